import Testing

/// Bounded overtaking: from the age of ten seconds on, nobody who conflicts with a waiter and came later passes it.
@Suite struct OvertakingTests {
    @Test func untilTheLastMillisecondAndNotLater() {
        Scenario.play(
            """
            A asks R PR            -> A granted
            B asks R EX            -> B queued 1
            at 9_999
            C asks R PR            -> C granted
            at 10_000
            D asks R PR            -> D queued 2
            E asks R PR no-wait    -> E busy
            A unlocks R            -> A released
            C unlocks R            -> C released, B granted
            B unlocks R            -> B released, D granted
            """)
    }

    /// Experiment D1 of 1.7.2: a stream of overlapping readers kept the writer waiting until the stream ended.
    @Test func aStreamOfReadersDoesNotStarveAWriter() {
        Scenario.play(
            """
            A asks R PR     -> A granted
            W asks R EX     -> W queued 1
            at 4_000
            B asks R PR     -> B granted
            A unlocks R     -> A released
            at 8_000
            C asks R PR     -> C granted
            B unlocks R     -> B released
            at 12_000
            D asks R PR     -> D queued 2
            C unlocks R     -> C released, W granted
            at 16_000
            E asks R PR     -> E queued 2
            W unlocks R     -> W released, D granted, E granted
            """)
    }

    @Test func onlyThoseWhoConflictAreBarred() {
        Scenario.play(
            """
            A asks R PR     -> A granted
            B asks R PW     -> B queued 1
            at 60_000
            C asks R NL     -> C granted
            D asks R CR     -> D granted
            E asks R PR     -> E queued 2
            F asks R CW     -> F queued 3
            """)
    }

    @Test func eachOfSeveralOldWaitersBars() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R PW     -> B queued 1
            C asks R EX     -> C queued 2
            at 10_000
            A unlocks R     -> A released, B granted
            // CR is compatible with the holder, but not with C, who is old.
            D asks R CR     -> D queued 2
            C hangs up      -> D granted
            """)
    }

    @Test func oldWaitersBarOnlyThoseWhoCameLater() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R PR     -> B queued 1
            C asks R EX     -> C queued 2
            D asks R PR     -> D queued 3
            at 10_000
            A unlocks R     -> A released, B granted
            waiting C, D
            B unlocks R     -> B released, C granted
            C unlocks R     -> C released, D granted
            """)
    }

    @Test(arguments: ["B expires", "B hangs up", "B unlocks R   -> B released", "B asks S EX  -> B granted"])
    func theBarredGoOnWhenTheBarringLeaves(_ leaving: String) {
        let halves = leaving.split(separator: "->")
        let own = halves.count > 1 ? String(halves[1]) : ""
        // A new request of B itself is answered after those whom its old one barred.
        let isReplaced = leaving.contains("asks")
        let freed = " C granted, D granted"
        let parts = isReplaced ? [freed, own] : [own, freed]
        let answers = parts.filter { !$0.isEmpty }.joined(separator: ",")
        Scenario.play(
            """
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            at 10_000
            C asks R PR     -> C queued 2
            D asks R CR     -> D queued 3
            E asks R CW     -> E queued 4
            \(halves[0]) -> \(answers)
            waiting E
            A unlocks R     -> A released
            """)
    }

    @Test func aWaiterOfTheSameKindDoesNotOvertakeTheBarredOnes() {
        Scenario.play(
            """
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            at 10_000
            C asks R PR     -> C queued 2
            at 15_000
            D asks R PR     -> D queued 3
            A unlocks R     -> A released, B granted
            B unlocks R     -> B released, C granted, D granted
            """)
    }

    @Test func strictOrder() {
        Scenario.play(
            """
            policy fifo
            A asks R PR            -> A granted
            B asks R EX            -> B queued 1
            C asks R PR            -> C queued 2
            D asks R PR no-wait    -> D busy
            A unlocks R            -> A released, B granted
            B unlocks R            -> B released, C granted
            """)
    }

    @Test func withoutAnyBound() {
        Scenario.play(
            """
            policy overtake
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            at 1_000_000_000
            C asks R PR     -> C granted
            """)
    }

    @Test func aBoundOfOnesOwn() {
        Scenario.play(
            """
            policy 250
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            at 249
            C asks R PR     -> C granted
            at 250
            D asks R PR     -> D queued 2
            """)
    }
}
