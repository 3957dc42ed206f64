import FlomModel
import Testing

@Suite struct LockModeTests {
    /// Row = held, column = asked; copied from the table in docs, not derived.
    static let columns: [LockMode] = [
        .nullLock, .concurrentRead, .concurrentWrite, .protectedRead, .protectedWrite, .exclusive,
    ]
    static let table: [(held: LockMode, mayJoin: [Bool])] = [
        //                  NL    CR     CW     PR     PW     EX
        (.nullLock, [true, true, true, true, true, true]),
        (.concurrentRead, [true, true, true, true, true, false]),
        (.concurrentWrite, [true, true, true, false, false, false]),
        (.protectedRead, [true, true, false, true, false, false]),
        (.protectedWrite, [true, true, false, false, false, false]),
        (.exclusive, [true, false, false, false, false, false]),
    ]

    @Test func all36PairsAreThoseOfTheTable() {
        var pairs = 0
        for row in Self.table {
            for (asked, expected) in zip(Self.columns, row.mayJoin) {
                #expect(row.held.isCompatible(with: asked) == expected, "\(asked) asked, \(row.held) held")
                pairs += 1
            }
        }
        #expect(pairs == 36)
    }

    @Test func theOrderOfTwoModesDoesNotMatter() {
        for one in LockMode.allCases {
            for other in LockMode.allCases {
                #expect(one.isCompatible(with: other) == other.isCompatible(with: one), "\(one), \(other)")
            }
        }
    }

    @Test func numbersAreThoseOfTheWire() {
        #expect(LockMode.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
        #expect(LockMode(rawValue: 6) == nil)
    }

    static let spellings: [(LockMode, short: String, long: String)] = [
        (.nullLock, "NL", "NullLock"),
        (.concurrentRead, "CR", "ConcurrentRead"),
        (.concurrentWrite, "CW", "ConcurrentWrite"),
        (.protectedRead, "PR", "ProtectedRead"),
        (.protectedWrite, "PW", "ProtectedWrite"),
        (.exclusive, "EX", "Exclusive"),
    ]

    @Test func theTwelveSpellingsAreAcceptedInAnyCase() {
        for (mode, short, long) in Self.spellings {
            #expect(mode.shortName == short)
            #expect(mode.longName == long)
            for spelling in [short, long] {
                for variant in [spelling, spelling.lowercased(), spelling.uppercased(), alternating(spelling)] {
                    #expect(LockMode(spelling: variant) == mode, "\(variant)")
                }
            }
        }
    }

    @Test(arguments: [
        "", " ", "E", "X", "N", "R", "0", "5", "EXNL", "PRPW", "private", "express", "crew", "Shared", "EX ", " EX",
        "EX\n", "E X", "Null", "NullLock1", "Null Lock", "Null_Lock", "Concurrent", "ExclusiveLock", "exclusiv",
        "ProtectedReadWrite", "ex\u{0}", "EX\u{301}", "\u{415}\u{425}", "\u{FF25}\u{FF38}",
    ])
    func everythingElseIsRefused(_ spelling: String) {
        #expect(LockMode(spelling: spelling) == nil)
    }

    /// U+212A, the Kelvin sign, is canonically equivalent to the letter K, and `String` compares by that.
    @Test func lettersThatOnlyLookAsciiAreRefused() {
        #expect(LockMode(spelling: "NullLoc\u{212A}") == nil)
    }

    private func alternating(_ text: String) -> String {
        text.enumerated().map { $0.offset.isMultiple(of: 2) ? $0.element.lowercased() : $0.element.uppercased() }.joined()
    }
}
