import Testing

/// Pools: section 5.2.
@Suite struct NumericTests {
    @Test func aPoolIsNeverExceeded() {
        Scenario.play(
            """
            A asks n[3]                        -> A granted
            B asks n[3] quantity 2             -> B granted
            C asks n[3] quantity 2             -> C queued 1
            D asks n[3] no-wait                -> D busy
            A unlocks n[3]                     -> A released
            D asks n[3]                        -> D granted
            B unlocks n[3]                     -> B released, C granted
            """)
    }

    @Test func whatCanNeverBeHadIsRefusedAtOnce() {
        Scenario.play(
            """
            A asks n[2] quantity 3               -> A impossible
                journal A requested, A refused impossible
            A asks n[2] quantity 3 no-create     -> A impossible
            A asks n[2] quantity 3 no-wait       -> A impossible
            A asks n[2] quantity 0               -> A impossible
            A asks n[2] quantity -1              -> A impossible
            B asks n[2] quantity 2               -> B granted
            A asks n[2] quantity 3               -> A impossible
            """)
    }

    /// D1: bounded overtaking; the small ones stop passing when the big one has waited long enough.
    @Test func aBigRequestIsNotStarved() {
        Scenario.play(
            """
            A asks n[2]                 -> A granted
            B asks n[2] quantity 2      -> B queued 1
            C asks n[2]                 -> C granted
            A unlocks n[2]              -> A released
            at 10_000
            D asks n[2]                 -> D queued 2
            E asks n[2] no-wait         -> E busy
            C unlocks n[2]              -> C released, B granted
            B unlocks n[2]              -> B released, D granted
            """)
    }

    /// The end of the overtake block opens the way for younger ones, in the same step.
    @Test func whoeverBarredLetsTheOthersPass() {
        Scenario.play(
            """
            A asks n[3] quantity 2      -> A granted
            B asks n[3] quantity 3      -> B queued 1
            at 10_000
            C asks n[3]                 -> C queued 2
            B expires                   -> C granted
            A unlocks n[3]              -> A released
            D asks n[3] quantity 3      -> D queued 1
            at 20_000
            E asks n[3]                 -> E queued 2
            D unlocks n[3]              -> D released, E granted
            """)
    }

    @Test func afterARestartThePoolIsAsFull() {
        Scenario.play(
            """
            A asks n[3] quantity 2      -> A granted
            B asks n[3] quantity 2      -> B queued 1
            restart
            recovered
            C asks n[3] no-wait         -> C granted
            D asks n[3] no-wait         -> D busy
            A gone
            E asks n[3] no-wait         -> E busy
            """)
    }
}
