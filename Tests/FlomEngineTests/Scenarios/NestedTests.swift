import Testing

/// A request from within a lock, and those who bar.
@Suite struct NestedTests {
    @Test func itPassesAtOnceWhoWaitsForItsOwnFamily() {
        Scenario.play(
            """
            P asks R EX                   -> P granted
            H asks S PR                   -> H granted
            W asks R EX & S EX            -> W queued 1
            at 10_000
            // W waits for R first, and bars nothing behind it.
            A asks S PR                   -> A granted
            V asks S EX                   -> V queued 2
            at 20_000
            B asks S PR                   -> B queued 3
            // V does not wait for P: its child is as patient as others.
            C asks S PR under P           -> C queued 4
            B expires
            C expires
            V expires
            waiting W, W.2
            """)
        Scenario.play(
            """
            P asks R PR                   -> P granted
            W asks R EX                   -> W queued 1
            at 10_000
            A asks R PR                   -> A queued 2
            C asks R PR under P           -> C granted
            D asks R PR under C           -> D granted
            """)
    }

    @Test func aGrandchildPassesWhoWaitsForItsGrandparent() {
        Scenario.play(
            """
            G asks R PR                   -> G granted
            P asks S EX under G           -> P granted
            W asks R EX                   -> W queued 1
            at 10_000
            C asks R PR under P           -> C granted
            P hangs up
            P gone
            // P has ended: whoever names it is nested in nothing.
            D asks R PR under P           -> D queued 2
            """)
    }

    @Test func whatItsFamilyDoesNotHoldItPassesWhenItHasWaitedAsLong() {
        Scenario.play(
            """
            P asks S EX                   -> P granted
            H asks R PR                   -> H granted
            W asks R EX                   -> W queued 1
            at 10_000
            C asks R PR under P           -> C queued 2
            D asks R PR                   -> D queued 3
            at 19_999
            deadline
            waiting W, C, D
            at 20_000
            deadline                      -> C granted
            waiting W, D
            """)
    }

    @Test func whoHasLostItsParentIsOneOfMany() {
        Scenario.play(
            """
            P asks S EX                   -> P granted
            H asks R PR                   -> H granted
            W asks R EX                   -> W queued 1
            at 10_000
            C asks R PR under P           -> C queued 2
            P unlocks S                   -> P released
            at 20_000
            deadline
            waiting W, C
            H unlocks R                   -> H released, W granted
            W unlocks R                   -> W released, C granted
            """)
    }

    @Test func whoNamesOneThatHoldsNothingYetIsOneOfMany() {
        Scenario.play(
            """
            P asks S EX                   -> P granted
            Q asks S EX                   -> Q queued 1
            H asks R PR                   -> H granted
            W asks R EX                   -> W queued 1
            at 10_000
            C asks R PR under Q           -> C queued 2
            at 20_000
            deadline
            waiting Q, W, C
            """)
    }

    @Test func inAStrictQueueItPassesEverybody() {
        Scenario.play(
            """
            policy fifo
            P asks S EX                   -> P granted
            H asks R PR                   -> H granted
            W asks R EX                   -> W queued 1
            C asks R PR under P           -> C granted
            """)
    }

    @Test func withoutAnyBoundNobodyBars() {
        Scenario.play(
            """
            policy overtake
            P asks S EX                   -> P granted
            H asks R PR                   -> H granted
            W asks R EX                   -> W queued 1
            at 1_000_000
            C asks R PR under P           -> C granted
            """)
    }

    @Test func aGroupFromWithinALock() {
        Scenario.play(
            """
            P asks R PR                   -> P granted
            H asks S PR                   -> H granted
            W asks R EX                   -> W queued 1
            V asks S EX                   -> V queued 1
            at 10_000
            // It may pass W, not V.
            C asks R PR under P & S PR    -> C queued 2
            at 19_999
            deadline
            waiting W, V, C, C.2
            at 20_000
            deadline                      -> C granted
            """)
    }

    @Test func familiesAreKnownAgainAfterARestart() {
        Scenario.play(
            """
            P asks R PR                   -> P granted
            H asks S PR                   -> H granted
            W asks R EX                   -> W queued 1
            V asks S EX                   -> V queued 1
            at 10_000
            C asks S PR under P           -> C queued 2
            restart
            recovered
            waiting W, V, C
            D asks R PR under P           -> D granted
            at 19_999
            deadline
            at 20_000
            deadline
                journal C granted
            """)
    }

    @Test func whatHappensLateIsNotForgotten() {
        Scenario.play(
            """
            P asks S EX                   -> P granted
            H asks R PR                   -> H granted
            W asks R EX                   -> W queued 1
            at 10_000
            C asks R PR under P           -> C queued 2
            at 25_000
            // The busy daemon has not come to its deadline yet.
            Q asks T EX                   -> C granted, Q granted
            """)
    }
}
