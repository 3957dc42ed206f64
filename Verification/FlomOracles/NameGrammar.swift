/// The grammar of resource names once more: section 1.1 of the semantics as regular expressions, with nothing in common with the parser.
/// Two things are ours: a NUL is in no name, because 1.7.2's names are C strings, and so is no line break.
package enum NameGrammar {
    package enum Shape: CaseIterable {
        case simple, numeric, set, hierarchical, sequence, timestamp
    }

    package struct Verdict {
        /// Nil if it is no name.
        package var shape: Shape?
        /// The first byte behind which nothing could make it a name again; nil if it is the beginning of one.
        var stranger: Int?
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let digits = "0123456789"
    private static let identifier = Pattern.bytes(letters) + Pattern.bytes(letters + digits).repeated
    private static let level = Pattern.byte(of: Set(UInt8.min...UInt8.max).subtracting("/\\\n\0".utf8)).onceOrMore
    private static let number = .text("[") + Pattern.bytes(digits).onceOrMore + .text("]")

    package static func pattern(of shape: Shape) -> Pattern {
        switch shape {
        case .simple: identifier | .text("_RESOURCE")
        case .numeric: identifier + number
        case .set: identifier + (.text(".") + identifier).onceOrMore
        case .hierarchical: (.text("/") + level).onceOrMore
        case .sequence: .text("_") + .bytes("sS") + .text("_") + identifier + number
        case .timestamp: .text("_t_") + .bytes("%#" + letters) + .bytes("%#\\.:" + letters + digits).repeated + number
        }
    }

    private static let patterns = Shape.allCases.map { (shape: $0, pattern: pattern(of: $0)) }

    package static func judge(_ bytes: [UInt8]) -> Verdict {
        var left = patterns
        for (place, byte) in bytes.enumerated() {
            left = left.map { ($0.shape, $0.pattern.after(byte)) }.filter { $0.pattern != .nothing }
            if left.isEmpty { return Verdict(stranger: place) }
        }
        let matching = left.filter(\.pattern.matchesEmpty)
        precondition(matching.count < 2, "the shapes of names do not overlap")
        return Verdict(shape: matching.first?.shape)
    }

    /// N, of a name that has one: from 1 to 2147483647, compared as text. Nil if it is outside.
    package static func capacity(in bytes: [UInt8]) -> Int32? {
        let digits = bytes[(bytes.lastIndex(of: UInt8(ascii: "["))! + 1)...].dropLast().drop { $0 == UInt8(ascii: "0") }
        let largest = Array("2147483647".utf8)
        let fits = digits.count < largest.count || (digits.count == largest.count && !largest.lexicographicallyPrecedes(digits))
        return fits && !digits.isEmpty ? Int32(String(decoding: digits, as: UTF8.self)) : nil
    }
}
