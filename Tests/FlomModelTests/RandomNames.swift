import FlomOracles
import FlomRandom

/// Names of every shape, and what becomes of them when somebody mistypes.
struct RandomNames {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// A valid name, or nearly one: up to three mutations.
    mutating func next(_ shape: NameGrammar.Shape) -> [UInt8] {
        var bytes = valid(shape)
        for _ in 0..<random.pick([0, 0, 0, 1, 1, 1, 2, 3]) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = random.below(bytes.count + 1)
        let end = random.below(bytes.count - place + 1) + place
        switch random.below(7) {
        case 0: bytes.insert(byte(), at: place)
        case 1 where place < bytes.count: bytes[place] = byte()
        case 2 where place < bytes.count: bytes.remove(at: place)
        case 3: bytes.removeSubrange(place...)
        case 4: bytes.insert(contentsOf: Array(bytes[place..<end]), at: place)
        case 5 where bytes.count > 1: bytes.swapAt(random.below(bytes.count), random.below(bytes.count))
        default: bytes.append(byte())
        }
    }

    private static let telling = Array("aZsStT059_-[[]]./%#fEOHMSIp\\:\n\0 @`{\u{7F}".utf8)

    private mutating func byte() -> UInt8 {
        random.chance(percent: 85) ? random.pick(Self.telling[...]) : UInt8(truncatingIfNeeded: random.next())
    }

    private mutating func valid(_ shape: NameGrammar.Shape) -> [UInt8] {
        switch shape {
        case .simple: random.chance(percent: 5) ? Array("_RESOURCE".utf8) : identifier()
        case .numeric: identifier() + number()
        case .set: Array((0..<2 + random.below(3)).map { _ in identifier() }.joined(separator: ".".utf8))
        case .hierarchical:
            (0..<1 + random.below(3)).flatMap { _ in Array("/".utf8) + (0..<1 + random.below(4)).map { _ in levelByte() } }
        case .sequence: Array(random.pick(["_s_", "_S_"]).utf8) + identifier() + number()
        case .timestamp: Array("_t_".utf8) + format() + number()
        }
    }

    private mutating func identifier() -> [UInt8] {
        let letters = Array("abcxyzABCXYZ".utf8)
        let others = letters + Array("0189".utf8)
        return [random.pick(letters[...])] + (0..<random.below(6)).map { _ in random.pick(others[...]) }
    }

    private mutating func levelByte() -> UInt8 {
        let byte =
            random.chance(percent: 60) ? random.pick(Array("ab._[1] ".utf8)[...]) : UInt8(truncatingIfNeeded: random.next())
        return "/\\\n\0".utf8.contains(byte) ? 0xE9 : byte
    }

    /// Half of them beside the limits.
    private mutating func number() -> [UInt8] {
        let limits = ["0", "1", "2147483646", "2147483647", "2147483648", "4294967297", "9999999999", "18446744073709551617"]
        let digits = random.chance(percent: 30) ? random.pick(limits[...]) : String(1 + random.below(2_000_000_000))
        let zeros = String(repeating: "0", count: random.chance(percent: 20) ? 1 + random.below(4) : 0)
        return Array("[\(zeros)\(digits)]".utf8)
    }

    private mutating func format() -> [UInt8] {
        var text = random.pick(["", "", "x", "Z"])
        for _ in 0..<1 + random.below(7) {
            switch random.below(10) {
            case 0..<6: text += conversion()
            case 6: text += "#" + String(repeating: "f", count: 1 + random.below(7))
            case 7 where !text.isEmpty: text += random.pick([".", ":", "\\", "_"].dropLast())
            case 8: text += random.pick(["%%", "a", "T", "#", "##"])
            default: text += random.pick(["%Y%m%d", "%H%M%S", "%T", "%F", "%s", "%z", "%S"])
            }
        }
        return Array(text.utf8)
    }

    private mutating func conversion() -> String {
        let letters = "aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWxXyYzZ%"
        let rest = random.chance(percent: 3) ? "JLNqQvfi" : letters
        let modifier = random.chance(percent: 5) ? random.pick(["E", "O"]) : ""
        let flags = random.chance(percent: 10) ? String(repeating: "#", count: 1 + random.below(2)) : ""
        let widths = [0, 1, 2, 7, 30, 200, 352, 353, 354, 100_000_000_000]
        let width = random.chance(percent: 10) ? String(random.pick(widths[...])) : ""
        return "%" + flags + width + modifier + String(random.pick(Array(rest)[...]))
    }
}
