import FlomModel
import Testing

/// Paths: section 5.4.
@Suite struct HierarchicalTests {
    /// All 36 pairs: same node, and one or three levels above and below, are the matrix; off the line nobody meets.
    @Test(arguments: LockMode.allCases)
    func theMatrix(held: LockMode) {
        let onLine = [
            ("/r/a", "/r/a"), ("/r", "/r/a"), ("/r", "/r/a/b/c"), ("/r/a", "/r"), ("/r/a/b/c", "/r"), ("/r/a", "/r/a/b"),
        ]
        let offLine = [("/r/a", "/r/b"), ("/r/a/x", "/r/b/x"), ("/r/a/b", "/r/a/bb"), ("/r/a", "/s/a"), ("/r", "/rr")]
        for asked in LockMode.allCases {
            let expected = held.isCompatible(with: asked) ? "granted" : "busy"
            for (one, other) in onLine {
                Scenario.play(
                    """
                    A asks \(one) \(held.shortName)                   -> A granted
                    B asks \(other) \(asked.shortName) no-wait        -> B \(expected)
                    """)
            }
            for (one, other) in offLine {
                Scenario.play(
                    """
                    A asks \(one) \(held.shortName)                   -> A granted
                    B asks \(other) \(asked.shortName) no-wait        -> B granted
                    """)
            }
        }
    }

    /// D5: however a holder ends, its own lock is freed and no other.
    @Test(arguments: ["B hangs up\nB gone", "B unlocks /a", "B unlocks /a/b"])
    func everyEndFreesItsOwnLock(end: String) {
        let answer = end.contains("unlocks") ? "-> B released, W granted" : "-> W granted"
        Scenario.play(
            """
            A asks /a/x EX        -> A granted
            B asks /a/b EX        -> B granted
            W asks /a/b EX        -> W queued 1
            \(end) \(answer)
            N asks /a/x EX no-wait    -> N busy
            holding A, W
            """)
    }

    @Test func theRootDecidesExistenceAndLife() {
        Scenario.play(
            """
            W asks /a/w EX no-create         -> W awaits creation
            A asks /a/b EX life 3000         -> A granted, W granted
            A unlocks /a/b                   -> A released
            W unlocks /a/w                   -> W released
            at 3_999
            B asks /a/z EX no-create no-wait     -> B granted
            B unlocks /a/z                   -> B released
            after 4_000
            B asks /a/b EX no-create no-wait     -> B unknown
            """)
    }

    /// D1: leaves do not starve the root, and siblings of those who wait pass.
    @Test func theRootIsNotStarved() {
        Scenario.play(
            """
            A asks /a/x EX      -> A granted
            R asks /a EX        -> R queued 1
            B asks /a/y EX      -> B granted
            A unlocks /a/x      -> A released
            at 10_000
            C asks /a/z EX      -> C queued 2
            D asks /b/z EX      -> D granted
            B unlocks /a/y      -> B released, R granted
            R unlocks /a        -> R released, C granted
            """)
    }

    @Test func onlyTheLineOfAWaiterIsBarred() {
        Scenario.play(
            """
            A asks /a/x/1 EX    -> A granted
            B asks /a/x EX      -> B queued 1
            at 10_000
            C asks /a/y EX      -> C granted
            D asks /a/x/2 EX    -> D queued 2
            E asks /a EX        -> E queued 3
            F asks /a/x/3 NL    -> F granted
            B expires           -> D granted
            """)
    }
}
