/// How far a holder shares the resource. Raw values are those of FLoM's wire and of its verbose listing.
package enum LockMode: UInt8, CaseIterable, Sendable {
    case nullLock = 0
    case concurrentRead = 1
    case concurrentWrite = 2
    case protectedRead = 3
    case protectedWrite = 4
    case exclusive = 5

    /// One row for each held mode. Bit n of a row is set if mode n may be held beside it. The matrix is symmetric.
    private static let joinable: [UInt8] = [
        // From the right: NL CR CW PR PW EX.
        0b111111,  // NL
        0b011111,  // CR
        0b000111,  // CW
        0b001011,  // PR
        0b000011,  // PW
        0b000001,  // EX
    ]

    /// Whether two holders may hold one resource at the same time, one in this mode and one in `other`.
    package func isCompatible(with other: LockMode) -> Bool {
        Self.joinable[Int(rawValue)] & (1 << other.rawValue) != 0
    }

    /// The two letters that 1.7.2 prints and accepts.
    package var shortName: String {
        switch self {
        case .nullLock: "NL"
        case .concurrentRead: "CR"
        case .concurrentWrite: "CW"
        case .protectedRead: "PR"
        case .protectedWrite: "PW"
        case .exclusive: "EX"
        }
    }

    package var longName: String {
        switch self {
        case .nullLock: "NullLock"
        case .concurrentRead: "ConcurrentRead"
        case .concurrentWrite: "ConcurrentWrite"
        case .protectedRead: "ProtectedRead"
        case .protectedWrite: "ProtectedWrite"
        case .exclusive: "Exclusive"
        }
    }

    /// Reads one of the twelve spellings, in upper or lower case; nil for everything else (1.7.2 looks for substrings and takes `EXNL`
    /// for NL).
    package init?(spelling: String) {
        let found = Self.allCases.first {
            Self.isSpelling(spelling, of: $0.shortName) || Self.isSpelling(spelling, of: $0.longName)
        }
        guard let found else { return nil }
        self = found
    }

    /// Compares byte by byte: `String` would take the Kelvin sign for a K.
    private static func isSpelling(_ text: String, of word: String) -> Bool {
        text.utf8.count == word.utf8.count && zip(text.utf8, word.utf8).allSatisfy { $0 | 0x20 == $1 | 0x20 }
    }
}
