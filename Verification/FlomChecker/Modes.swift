/// The lock modes and which of them go together, as the documented behaviour of FLoM has them.
package enum Mode: UInt8, CaseIterable, Sendable {
    case null, concurrentRead, concurrentWrite, protectedRead, protectedWrite, exclusive

    /// One row for each mode that is held; the columns are those asked for, in the same order. Copied from the table, so that it
    /// can be compared with it by looking.
    private static let table: [StaticString] = [
        // NL CR CW PR PW EX
        "+ + + + + +",  // NL
        "+ + + + + -",  // CR
        "+ + + - - -",  // CW
        "+ + - + - -",  // PR
        "+ + - - - -",  // PW
        "+ - - - - -",  // EX
    ]

    private static let compatible: [Bool] = table.flatMap { row in
        row.withUTF8Buffer { bytes in bytes.filter { $0 != UInt8(ascii: " ") }.map { $0 == UInt8(ascii: "+") } }
    }

    package func goesWith(_ other: Mode) -> Bool { Self.compatible[Int(rawValue) * 6 + Int(other.rawValue)] }

    private static let words = ["NL", "CR", "CW", "PR", "PW", "EX"]

    package var word: String { Self.words[Int(rawValue)] }

    package init?(word: Substring) {
        guard let found = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = found
    }
}
