import Testing

/// `-e no`, and how long a resource exists.
@Suite struct CreationTests {
    @Test func anUnknownResourceIsRefusedToOneWhoDoesNotWait() {
        Scenario.play(
            """
            A asks R EX no-create no-wait    -> A unknown
                journal A requested, A refused unknown
            B asks R EX no-create no-wait    -> B unknown
            """)
    }

    @Test func aKnownOneIsLikeAnyOther() {
        Scenario.play(
            """
            A asks R PR                      -> A granted
            B asks R PR no-create no-wait    -> B granted
            C asks R EX no-create no-wait    -> C busy
            D asks R EX no-create            -> D queued 1
            A unlocks R                      -> A released
            B unlocks R                      -> B released, D granted
            """)
    }

    /// 1.7.2 handed over 1, n, n-1, ..., 2 (experiment D2).
    @Test func theCreatorIsFirstThenThoseWhoWaitedInTheOrderOfTheirArrival() {
        Scenario.play(
            """
            B asks R EX no-create    -> B awaits creation
                journal B requested, B awaits creation
            C asks R EX no-create    -> C awaits creation
            D asks R EX no-create    -> D awaits creation
            awaiting B, C, D
            A asks R EX              -> A granted, B queued 1, C queued 2, D queued 3
                journal A requested, A granted, B queued 1, C queued 2, D queued 3
            A unlocks R              -> A released, B granted
            B unlocks R              -> B released, C granted
            C unlocks R              -> C released, D granted
            """)
    }

    @Test func thoseWhoFitAreGrantedAtOnce() {
        Scenario.play(
            """
            B asks R PR no-create    -> B awaits creation
            C asks R EX no-create    -> C awaits creation
            D asks R PR no-create    -> D awaits creation
            A asks R PR              -> A granted, B granted, C queued 1, D granted
            """)
    }

    @Test func inAStrictQueueTheyArriveOneByOne() {
        Scenario.play(
            """
            policy fifo
            B asks R PR no-create    -> B awaits creation
            C asks R EX no-create    -> C awaits creation
            D asks R PR no-create    -> D awaits creation
            A asks R PR              -> A granted, B granted, C queued 1, D queued 2
            """)
    }

    @Test func theyDoNotCreateForEachOther() {
        Scenario.play(
            """
            A asks R EX no-create    -> A awaits creation
            B asks R EX no-create    -> B awaits creation
            C asks S EX              -> C granted
            A hangs up
                journal A withdrawn hung up
            awaiting B
            """)
    }

    @Test func whoLeavesBeforeTheCreationIsForgotten() {
        Scenario.play(
            """
            B asks R EX no-create    -> B awaits creation
            C asks R EX no-create    -> C awaits creation
            D asks R EX no-create    -> D awaits creation
            E asks R EX no-create    -> E awaits creation
            B expires
                journal B timed out
            C hangs up
            D unlocks R              -> D released
                journal D withdrawn
            A asks R EX              -> A granted, E queued 1
            """)
    }

    @Test func theAgeCountsFromTheCreation() {
        Scenario.play(
            """
            B asks R EX no-create    -> B awaits creation
            at 60_000
            A asks R PR              -> A granted, B queued 1
            at 69_999
            C asks R PR              -> C granted
            at 70_000
            D asks R PR              -> D queued 2
            """)
    }

    /// Section 6.1: what `-i` of the creator gives.
    @Test(arguments: [(0, 2000), (500, 1500), (1000, 2000), (3000, 4000)])
    func lifeAfterTheLastHasGone(idleLifespan: Int, life: Int) {
        Scenario.play(
            """
            A asks R EX life \(idleLifespan)        -> A granted
            at 100_000
            A unlocks R                             -> A released
            at \(100_000 + life - 1)
            B asks R EX no-create no-wait           -> B granted
            B unlocks R                             -> B released
            after \(life)
            C asks R EX no-create no-wait           -> C unknown
            C asks R EX no-create                   -> C awaits creation
            D asks R EX                             -> D granted, C queued 1
            """)
    }

    @Test func laterRequestsDoNotChangeTheLife() {
        Scenario.play(
            """
            A asks R EX                      -> A granted
            A unlocks R                      -> A released
            B asks R EX life 60000           -> B granted
            B unlocks R                      -> B released
            at 2_000
            C asks R EX no-create no-wait    -> C unknown
            // Created anew, with a life of its own.
            B asks R EX life 60000           -> B granted
            B unlocks R                      -> B released
            at 30_000
            C asks R EX no-create no-wait    -> C granted
            """)
    }

    @Test func waitersKeepAResourceAlive() {
        Scenario.play(
            """
            A asks R NL                      -> A granted
            at 10_000
            B asks R PR no-create no-wait    -> B granted
            B unlocks R                      -> B released
            at 20_000
            B asks R PR no-create no-wait    -> B granted
            A unlocks R                      -> A released
            C asks R EX                      -> C queued 1
            B unlocks R                      -> B released, C granted
            C hangs up
            C gone
            at 21_999
            D asks R EX no-create no-wait    -> D granted
            """)
    }

    @Test func whatHappensElsewhereDoesNotKeepAResource() {
        Scenario.play(
            """
            A asks R EX                      -> A granted
            A unlocks R                      -> A released
            at 1_900
            B asks S EX                      -> B granted
            B unlocks S                      -> B released
            at 2_000
            deadline
            B asks R EX no-create no-wait    -> B unknown
            B asks S EX no-create no-wait    -> B granted
            """)
    }

    @Test func theRefusedAndThoseWhoAwaitKeepNothing() {
        Scenario.play(
            """
            A asks R EX                      -> A granted
            B asks R EX no-wait              -> B busy
            A unlocks R                      -> A released
            at 2_000
            B asks R EX no-create            -> B awaits creation
            C asks R EX no-create no-wait    -> C unknown
            """)
    }
}
