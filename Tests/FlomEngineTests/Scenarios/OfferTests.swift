import Testing

/// A waiter is offered its lock and has it when it confirms. After two seconds the next one is offered it.
@Suite struct OfferTests {
    @Test func whatIsOfferedIsHeldOnlyWhenItIsConfirmed() {
        Scenario.play(
            """
            A asks R EX confirming local    -> A granted
            B asks R EX confirming local    -> B queued 1
            C asks R EX                     -> C queued 2
            A unlocks R                     -> A released, B offered
                journal A released
            holding nobody
            waiting B, C
            D asks R EX no-wait             -> D busy
            B confirms                      -> B granted
                journal B granted
            holding B
            // Once more: nothing happens.
            B confirms
            B unlocks R                     -> B released, C granted
            """)
    }

    @Test func whoDoesNotTakeItInTimeIsPassedOverAndKeepsItsPlace() {
        Scenario.play(
            """
            policy fifo
            at 0
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            C asks R EX                     -> C queued 2
            D asks R EX                     -> D queued 3
            A unlocks R                     -> A released, B offered
            at 1_999
            deadline
            at 2_000
            deadline                        -> C granted
                journal B passed over, C granted
            waiting B, D
            // It stands in nobody's way, though it is the oldest and nobody may be passed here.
            C unlocks R                     -> C released, D granted
            waiting B
            // Its late answer runs nothing, and brings it back before all who have come since.
            E asks R EX                     -> E queued 2
            B confirms                      -> B queued 1
                journal B resumed
            D unlocks R                     -> D released, B offered
            B confirms                      -> B granted
            B unlocks R                     -> B released, E granted
            """)
    }

    /// Alone, it is granted as soon as it is heard of.
    @Test func itsLockIsFreeMeanwhile() {
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            A unlocks R                     -> A released, B offered
            after 2_000
            deadline
                journal B passed over
            C asks R EX no-wait             -> C granted
            C unlocks R                     -> C released
            after 60_000
            deadline
            B confirms                      -> B offered
                journal B resumed
            B confirms                      -> B granted
            """)
    }

    @Test func aNetworkIsGivenMoreTime() {
        Scenario.play(
            """
            at 0
            A asks R EX                     -> A granted
            B asks R EX confirming          -> B queued 1
            A unlocks R                     -> A released, B offered
            at 4_999
            deadline
                journal nothing
            at 5_000
            deadline
                journal B passed over
            """)
    }

    /// A client that loses its connection may come back for what it was offered; one that is gone leaves it at once.
    @Test func overAnotherConnection() {
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            C asks R EX                     -> C queued 2
            A unlocks R                     -> A released, B offered
            B loses its connection
                inquire B
            B resumes                       -> B granted
                journal B resumed, B granted
            B unlocks R                     -> B released, C granted
            D asks R EX confirming local    -> D queued 1
            E asks R EX                     -> E queued 2
            C unlocks R                     -> C released, D offered
            D loses its connection
            D gone                          -> E granted
                journal D withdrawn gone, E granted
            """)
    }

    @Test func onePassedOverComesBackOverAnotherConnection() {
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            A unlocks R                     -> A released, B offered
            after 2_000
            deadline
                journal B passed over
            C asks R EX                     -> C granted
            B loses its connection
            B promises
            B resumes                       -> B queued 1
            C unlocks R                     -> C released, B offered
            // Its first answer is about its place, also where the lock is free.
            after 2_000
            deadline
            B loses its connection
            B resumes                       -> B queued 1, B offered
            B confirms                      -> B granted
            """)
    }

    /// After a restart it is a waiter like all others, and says again that it confirms.
    @Test func anOfferEndsWithItsDaemon() {
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            C asks R EX                     -> C queued 2
            A unlocks R                     -> A released, B offered
            D asks S EX                     -> D granted
            restart
            waiting B, C
            B promises
            B resumes                       -> B queued 1
            C resumes                       -> C queued 2
            recovered                       -> B offered
            B confirms                      -> B granted
            """)
    }

    @Test(arguments: ["expires", "hangs up untold", "broken", "unlocks R"])
    func whoLeavesGivesItBackAtOnce(leaving: String) {
        let answers = ["broken": "B revoked, C granted", "unlocks R": "B released, C granted"][leaving] ?? "C granted"
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            C asks R EX                     -> C queued 2
            A unlocks R                     -> A released, B offered
            B \(leaving)                    -> \(answers)
            after 2_000
            deadline
                journal nothing
            """)
    }

    @Test func oneThatIsPassedOverMayLeave() {
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R EX confirming local    -> B queued 1
            A unlocks R                     -> A released, B offered
            after 2_000
            deadline
            B expires
                journal B timed out
            after 10_000
            deadline
            // The resource has ended with it: it does not exist any more.
            C asks R EX no-create no-wait   -> C unknown
            """)
    }

    // MARK: - Kinds

    @Test func allReadersAreOfferedAtOnceAndOneThatIsStoppedHoldsUpNobody() {
        Scenario.play(
            """
            A asks R EX                     -> A granted
            B asks R PR confirming local    -> B queued 1
            C asks R PR confirming local    -> C queued 2
            D asks R EX                     -> D queued 3
            A unlocks R                     -> A released, B offered, C offered
            C confirms                      -> C granted
            C unlocks R                     -> C released
            after 2_000
            deadline                        -> D granted
                journal B passed over, D granted
            """)
    }

    @Test func ofAPool() {
        Scenario.play(
            """
            A asks n[3] quantity 3                     -> A granted
            B asks n[3] quantity 2 confirming local    -> B queued 1
            C asks n[3] quantity 1 confirming local    -> C queued 2
            D asks n[3] quantity 2                     -> D queued 3
            A unlocks n[3]                             -> A released, B offered, C offered
            C confirms                                 -> C granted
            after 2_000
            deadline                                   -> D granted
            B confirms                                 -> B queued 1
            C unlocks n[3]                             -> C released
            D unlocks n[3]                             -> D released, B offered
            """)
    }

    /// Nobody has seen the number: it comes again, also of a sequence that gives none back.
    @Test(arguments: ["_s_n[1]", "_S_n[1]"]) func aNumberThatNobodyTookIsGivenAgain(name: String) {
        Scenario.play(
            """
            A asks \(name)                     -> A granted 1
            B asks \(name) confirming local    -> B queued 1
            C asks \(name)                     -> C queued 2
            A unlocks \(name) status 0         -> A released, B offered
            after 2_000
            deadline                          -> C granted 2
            C unlocks \(name) status 0         -> C released
            B confirms                        -> B offered
                journal B resumed
            B confirms                        -> B granted 3
            B unlocks \(name) status 0         -> B released
            D asks \(name)                     -> D granted 4
            """)
    }

    @Test func anElementOfASet() {
        Scenario.play(
            """
            A asks a.b                     -> A granted a
            B asks a.b                     -> B granted b
            C asks a.b confirming local    -> C queued 1
            A unlocks a.b                  -> A released, C offered
            D asks a.b no-wait             -> D busy
            after 2_000
            deadline
            D asks a.b no-wait             -> D granted a
            """)
    }

    @Test func severalResourcesAreOfferedTogether() {
        Scenario.play(
            """
            A asks R EX                            -> A granted
            B asks R EX confirming local & S EX    -> B queued 1
            C asks S EX                            -> C granted
            D asks R EX                            -> D queued 2
            C unlocks S                            -> C released
            A unlocks R                            -> A released, B offered
            E asks S EX no-wait                    -> E busy
            after 2_000
            deadline                               -> D granted
                journal B passed over, B.2 passed over, D granted
            E asks S EX no-wait                    -> E granted
            E unlocks S                            -> E released
            B confirms                             -> B queued 1
            D unlocks R                            -> D released, B offered
            B confirms                             -> B granted
                journal B granted, B.2 granted
            """)
    }

    @Test func whoAwaitedTheCreation() {
        Scenario.play(
            """
            A asks R PR confirming local no-create    -> A awaits creation
            B asks R PR                               -> B granted, A offered
            A confirms                                -> A granted
            """)
    }

    /// The next daemon does not know that a number was offered, and gives it out.
    @Test func aNumberThatWasOfferedOutlivesItsDaemon() {
        Scenario.play(
            """
            A asks _s_n[2] EX               -> A granted 1
            B asks _s_n[2] EX               -> B granted 2
            C asks _s_n[2] EX confirming    -> C queued 1
            D asks _s_n[2] EX               -> D queued 2
            A unlocks _s_n[2]               -> A released, C offered
            B unlocks _s_n[2]               -> B released, D granted 4
            restart
            D resumes                       -> D granted 4
            C gone
            recovered
            E asks _s_n[2] EX               -> E granted 3
            """)
    }

    /// In the lanes of the tree it stands behind another waiter, and leaves them from the middle.
    @Test func onePassedOverComesBackToATree() {
        Scenario.play(
            """
            A asks /t/a EX                  -> A granted
            B asks /t/b EX                  -> B granted
            C asks /t/b EX                  -> C queued 1
            D asks /t/a EX confirming local -> D queued 2
            A unlocks /t/a                  -> A released, D offered
            after 2_000
            deadline
                journal D passed over
            D confirms                      -> D offered
                journal D resumed
            D confirms                      -> D granted
            B unlocks /t/b                  -> B released, C granted
            """)
    }
}
