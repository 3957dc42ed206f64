/// The lock modes and their compatibility, from the documented behaviour of FLoM.
package enum Mode: UInt8, CaseIterable, Sendable {
    case null, concurrentRead, concurrentWrite, protectedRead, protectedWrite, exclusive

    /// One row for each held mode; the columns are the requested modes, in the same order. Copied from the documented table, so that it
    /// can be compared by eye.
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
