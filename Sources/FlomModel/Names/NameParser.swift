/// Reads a resource name from left to right. The first bytes decide what the rest has to be.
struct NameParser {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parse() throws(ResourceName.Invalid) -> ResourceKind {
        guard let first = bytes.first else { throw invalid(0, "it is empty; \(Self.shapes)") }
        if first == UInt8(ascii: "/") { return try hierarchical() }
        if first == UInt8(ascii: "_") { return try numbered() }
        guard Self.isLetter(first) else {
            throw invalid(0, "it starts neither with a letter (A-Z, a-z) nor with '/', '_s_', '_S_' or '_t_'; \(Self.shapes)")
        }
        let identifier = try self.identifier("a name")
        switch current {
        case nil: return .simple
        case UInt8(ascii: "["): return .numeric(capacity: try capacity(of: "a pool"))
        case UInt8(ascii: "."): return try set(first: identifier)
        default:
            throw invalid(
                place, "byte \(place + 1) is neither a letter (A-Z, a-z) nor a digit, nor the '[' of a pool or the '.' of a set")
        }
    }

    private static let shapes = "names are R, R[3], A.B, /a/b, _s_R[1], _S_R[1] or _t_FORMAT[1]"

    // MARK: - Kinds

    private mutating func set(first: [UInt8]) throws(ResourceName.Invalid) -> ResourceKind {
        var elements = [first]
        while current == UInt8(ascii: ".") {
            place += 1
            elements.append(try identifier("each element of a set"))
        }
        guard current == nil else {
            throw invalid(
                place, "byte \(place + 1) is neither a letter, a digit nor a dot, and a set is elements with dots between")
        }
        return .set(elements: elements)
    }

    private mutating func hierarchical() throws(ResourceName.Invalid) -> ResourceKind {
        var levels: [[UInt8]] = []
        while current == UInt8(ascii: "/") {
            place += 1
            let start = place
            while let byte = current, byte != UInt8(ascii: "/") {
                switch byte {
                case UInt8(ascii: "\\"):
                    throw invalid(place, "byte \(place + 1) is a backslash, which no level of a path may have")
                case UInt8(ascii: "\n"): throw invalid(place, "byte \(place + 1) is a line break, which no name may have")
                case 0: throw invalid(place, "byte \(place + 1) is a NUL, which no name may have")
                default: place += 1
                }
            }
            guard place > start else {
                throw invalid(place, "level \(levels.count + 1) of the path is empty, and each level needs a byte")
            }
            levels.append(Array(bytes[start..<place]))
        }
        return .hierarchical(levels: levels)
    }

    private mutating func numbered() throws(ResourceName.Invalid) -> ResourceKind {
        let prefix = Array(bytes.prefix(3))
        place = 3
        switch prefix {
        case Array("_s_".utf8), Array("_S_".utf8):
            _ = try identifier("what follows \(String(decoding: prefix, as: UTF8.self))")
            return .sequence(
                isTransactional: prefix[1] == UInt8(ascii: "S"), capacity: try capacity(of: "a sequence"))
        case Array("_t_".utf8):
            let start = place
            while let byte = current, byte != UInt8(ascii: "[") {
                guard Self.isFormat(byte, isFirst: place == start) else {
                    let accepted = place == start ? "a letter, '%' or '#'" : "a letter, a digit or one of % # \\ . :"
                    throw invalid(place, "byte \(place + 1) is not \(accepted), and the format of a time stamp has no others")
                }
                place += 1
            }
            guard place > start else { throw invalid(place, "the format of the time stamp is missing, as in _t_%Y%m%d%H%M%S[1]") }
            let text = Array(bytes[start..<place])
            let capacity = try self.capacity(of: "a time stamp")
            do { return .timestamp(try StampFormat(text), capacity: capacity) } catch {
                throw invalid(start + error.offset, error.reason)
            }
        default:
            throw invalid(0, "only _s_, _S_ and _t_ begin with an underscore: sequences and time stamps")
        }
    }

    // MARK: - Parts

    private mutating func identifier(_ what: String) throws(ResourceName.Invalid) -> [UInt8] {
        guard let first = current, Self.isLetter(first) else {
            throw invalid(place, "\(what) has to start with a letter (A-Z, a-z)")
        }
        let start = place
        while let byte = current, Self.isLetter(byte) || Self.isDigit(byte) { place += 1 }
        return Array(bytes[start..<place])
    }

    /// Reads `[N]`, which ends the name.
    private mutating func capacity(of what: String) throws(ResourceName.Invalid) -> Int32 {
        guard current == UInt8(ascii: "[") else {
            throw invalid(place, "\(what) ends with its number of holders in brackets, as in [1]")
        }
        place += 1
        let start = place
        var number: Int64 = 0
        while let byte = current, Self.isDigit(byte) {
            number = min(number * 10 + Int64(byte - UInt8(ascii: "0")), Int64(Int32.max) + 1)
            place += 1
        }
        guard place > start else { throw invalid(place, "a number is missing behind '['; \(what) ends with it, as in [1]") }
        guard current == UInt8(ascii: "]") else {
            throw invalid(place, "the number behind '[' is decimal digits up to a ']' at the end")
        }
        place += 1
        guard place == bytes.count else { throw invalid(place, "something follows the ']', and \(what) ends there") }
        guard let capacity = Int32(exactly: number), capacity > 0 else {
            throw ResourceName.Invalid(
                offset: start, reason: "the number in brackets is from 1 to \(Int32.max)", isImpossiblePool: what == "a pool")
        }
        return capacity
    }

    private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func invalid(_ offset: Int, _ reason: String) -> ResourceName.Invalid { .init(offset: offset, reason: reason) }

    static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func isFormat(_ byte: UInt8, isFirst: Bool) -> Bool {
        if isLetter(byte) || byte == UInt8(ascii: "%") || byte == UInt8(ascii: "#") { return true }
        return !isFirst
            && (isDigit(byte) || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":"))
    }
}
