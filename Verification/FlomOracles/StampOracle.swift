internal import FlomModel
internal import Glibc

/// What a format of a time stamp means, found out by asking the C library and looking at the texts.
struct StampOracle {
    enum Reading: Equatable {
        case refused
        case accepted(granuleMicroseconds: Int64)
    }

    /// Nil if the format may be accepted or refused: its texts are nearly too long.
    let reading: Reading?

    init(_ format: [UInt8]) {
        guard let parts = Self.parts(of: format), parts.allSatisfy(Self.isKnown) else {
            reading = .refused
            return
        }
        // Mid-month, mid-day: one unit more changes nothing but this unit.
        let noon: Int64 = 1_750_155_630
        let digits = parts.map { if case .fraction(let digits) = $0 { digits } else { 0 } }.max() ?? 0
        let granules: [Int64] = [1_000_000, 60 * 1_000_000, 3600 * 1_000_000]
        let text = Self.text(format, at: noon * 1_000_000)
        let granule =
            digits > 0
            ? [100_000, 10_000, 1000, 100, 10, 1][digits - 1]
            : granules.first { Self.text(format, at: noon * 1_000_000 + $0) != text }
        guard let granule, let text, text.count <= Self.longest else {
            reading = .refused
            return
        }
        reading = Self.longestText(parts) <= Self.longest ? .accepted(granuleMicroseconds: granule) : nil
    }

    /// What a first answer to 1.7.2 has room for: section 1.5.
    private static let longest = 353

    /// After which time texts come again that lack a unit: seconds.
    private static let distances: [Int64] =
        [1, 10, 60, 3600, 43_200, 86_400] + [7, 28, 29, 30, 31, 350, 364, 365, 366, 1461].map { $0 * 86_400 }

    /// Whether texts that should be distinct are: of two granules of the first round after `start`, by `pick`.
    static func complaint(
        about format: StampFormat, start: Int64, pick: (_ below: Int64) -> Int64
    ) -> String? {
        let granule = format.granuleMicroseconds
        let first = start - start % granule
        // Twenty years of a complete format: it may have a year of two digits.
        let round = (format.cycleMicroseconds ?? 20 * 365 * 86_400 * 1_000_000) / granule
        let granules = distances.map { $0 * 1_000_000 / granule }.filter { (1..<round).contains($0) }
        let distance = granules.isEmpty ? 0 : granules[Int(pick(Int64(granules.count)))]
        let left = first + pick(round - distance) * granule
        let right = pick(4) > 0 ? left + distance * granule : first + pick(round) * granule
        guard let one = text(format.text, at: left), let other = text(format.text, at: right),
            let sameGranule = text(format.text, at: left + pick(granule))
        else { return "\(String(decoding: format.text, as: UTF8.self)) gives no text" }
        let name = String(decoding: format.text, as: UTF8.self)
        if (left == right) != (one == other) {
            return
                "\(name) gives \(String(decoding: one, as: UTF8.self)) at \(left) and \(String(decoding: other, as: UTF8.self)) at \(right)"
        }
        if one != sameGranule { return "\(name) gives two texts in the granule at \(left)" }
        return one.count <= longest ? nil : "\(name) gives \(one.count) bytes"
    }

    // MARK: - The parts of a format

    private enum Part {
        case plain
        case fraction(digits: Int)
        /// Flags and width are not in `text`: the C library knows any.
        case conversion(text: [UInt8], width: Int)
    }

    /// Nil if a percent sign has nothing behind it.
    private static func parts(of format: [UInt8]) -> [Part]? {
        var parts: [Part] = []
        var rest = format[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "#"), case let digits = min(6, rest.prefix { $0 == UInt8(ascii: "f") }.count), digits > 0 {
                rest = rest.dropFirst(digits)
                parts.append(.fraction(digits: digits))
            } else if byte == UInt8(ascii: "%") {
                // `#f` is a fraction wherever it stands, so a flag is a `#` that no f follows.
                while rest.first == UInt8(ascii: "#"), rest.dropFirst().first != UInt8(ascii: "f") { rest = rest.dropFirst() }
                let width = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
                rest = rest.dropFirst(width.count)
                let modifier = rest.first.flatMap { "EO".utf8.contains($0) ? $0 : nil }
                if modifier != nil { rest = rest.dropFirst() }
                guard let letter = rest.popFirst(), letter != UInt8(ascii: "#") else { return nil }
                let number = width.isEmpty ? 0 : Int(String(decoding: width, as: UTF8.self)) ?? 1000
                parts.append(
                    .conversion(text: [UInt8(ascii: "%")] + (modifier.map { [$0] } ?? []) + [letter], width: min(number, 1000)))
            } else {
                parts.append(.plain)
            }
        }
        return parts
    }

    /// POSIX says which conversions may have a modifier; which there are, the C library: others it copies.
    private static func isKnown(_ part: Part) -> Bool {
        guard case .conversion(let text, _) = part else { return true }
        let letter = text[text.count - 1]
        if text.count == 3 {
            let allowed = text[1] == UInt8(ascii: "E") ? "cCxXyY" : "bBdeHImMSuUVwWy"
            return allowed.utf8.contains(letter)
        }
        return letter == UInt8(ascii: "%") || rendered(text, at: 0)?.first != UInt8(ascii: "%")
    }

    /// More than enough for each.
    private static func longestText(_ parts: [Part]) -> Int {
        parts.reduce(0) { sum, part in
            switch part {
            case .plain: sum + 1
            case .fraction(let digits): sum + 1 + digits
            // The zone's sign and digits may have that width each.
            case .conversion(let text, let width): sum + max(36, text.last == UInt8(ascii: "z") ? 2 * width : width)
            }
        }
    }

    // MARK: - The C library

    /// The text at so many microseconds since 1970, in UTC; nil if it has more than 4095 bytes.
    static func text(_ format: [UInt8], at microseconds: Int64) -> [UInt8]? {
        let fraction = String(microseconds % 1_000_000 + 1_000_000).utf8.dropFirst()
        var pattern: [UInt8] = []
        var rest = format[...]
        while let byte = rest.popFirst() {
            let digits = byte == UInt8(ascii: "#") ? min(6, rest.prefix { $0 == UInt8(ascii: "f") }.count) : 0
            pattern += digits > 0 ? [UInt8(ascii: ".")] + fraction.prefix(digits) : [byte]
            rest = rest.dropFirst(digits)
        }
        return rendered(pattern, at: microseconds / 1_000_000)
    }

    private static func rendered(_ pattern: [UInt8], at second: Int64) -> [UInt8]? {
        var time = time_t(second)
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 4096)
        // The byte in front tells an empty text from one that does not fit.
        let length = strftime(&text, text.count, [46] + pattern.map { CChar(bitPattern: $0) } + [0], &parts)
        return length == 0 ? nil : text[1..<length].map { UInt8(bitPattern: $0) }
    }
}
