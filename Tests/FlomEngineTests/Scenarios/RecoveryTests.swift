import Testing

/// A new engine from what the journal holds open.
@Suite struct RecoveryTests {
    @Test func holdersHoldAndWaitersKeepTheirPlaces() {
        Scenario.play(
            """
            A asks R EX        -> A granted
            B asks R EX        -> B queued 1
            C asks R EX        -> C queued 2
            D asks S PR        -> D granted
            restart
            recovered
                journal nothing
            holding A, D
            waiting B, C
            E asks R EX        -> E queued 3
            F asks S PR        -> F granted
            G asks S EX no-wait    -> G busy
            A gone
                journal A reclaimed, B granted
            B gone
                journal B reclaimed, C granted
            C gone             -> E granted
            """)
    }

    @Test func agesAreKept() {
        Scenario.play(
            """
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            at 5_000
            restart
            recovered
            at 9_999
            C asks R PR     -> C granted
            at 10_000
            D asks R PR     -> D queued 2
            """)
    }

    @Test func theAgeOfOneWhoAwaitedCreationStillCountsFromTheCreation() {
        Scenario.play(
            """
            B asks R EX no-create    -> B awaits creation
            at 60_000
            A asks R PR              -> A granted, B queued 1
            restart
            recovered
            at 69_999
            C asks R PR              -> C granted
            at 70_000
            D asks R PR              -> D queued 2
            """)
    }

    @Test func thoseWhoAwaitCreationStillDo() {
        Scenario.play(
            """
            B asks R PR no-create    -> B awaits creation
            C asks R EX no-create    -> C awaits creation
            D asks S EX no-create    -> D awaits creation
            at 50_000
            restart
            recovered
                journal nothing
            awaiting B, C, D
            D gone
                journal D withdrawn gone
            E asks S EX no-wait      -> E granted
            A asks R PR              -> A granted
                journal A requested, A granted, B granted, C queued 1
            at 59_999
            F asks R PR              -> F granted
            at 60_000
            G asks R PR              -> G queued 2
            """)
    }

    @Test func anotherPolicyCountsFromTheRestart() {
        Scenario.play(
            """
            policy fifo
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            C asks R PR     -> C queued 2
            restart overtake
            recovered
                journal C granted
            waiting B
            restart fifo
            recovered
                journal nothing
            D asks R PR     -> D queued 2
            """)
    }

    @Test func a172ClientCannotComeBackForItsPlace() {
        Scenario.play(
            """
            A asks R EX           -> A granted
            B asks R EX legacy    -> B queued 1
            C asks R EX           -> C queued 2
            restart
            B cannot resume
                journal B withdrawn cannot resume
            recovered
            A cannot resume
                journal nothing
            A gone
                journal A reclaimed, C granted
            """)
    }

    @Test func orphansStayOrphans() {
        Scenario.play(
            """
            A asks R EX        -> A granted
            A starts
            A hangs up
            A client gone
                journal A orphaned
            restart
            recovered
            B asks R EX        -> B queued 1
            A gone             -> B granted
            """)
    }

    @Test func aBarringWaiterThatIsGoneOpensTheWay() {
        Scenario.play(
            """
            A asks R PR       -> A granted
            B asks R EX       -> B queued 1
            at 10_000
            C asks R PR       -> C queued 2
            restart
            recovered
                journal nothing
            B gone
                journal B withdrawn gone, C granted
            """)
    }

    @Test func oldConnectionsMeanNothing() {
        Scenario.play(
            """
            A asks R EX       -> A granted
            restart
            recovered
            A unlocks R       -> A not held
            A expires
                journal nothing
            A hangs up
                journal nothing
            holding A
            """)
    }

    @Test func severalRestarts() {
        Scenario.play(
            """
            A asks R EX       -> A granted
            B asks R EX       -> B queued 1
            restart
            restart
            recovered
            C asks R EX       -> C queued 2
            restart
            recovered
            A gone
                journal A reclaimed, B granted
            holding B
            waiting C
            """)
    }

    /// The shell proves one open request after the other. A holder that is found gone first frees the resource for a waiter
    /// of 1.7.2, whose own turn comes next: it must be withdrawn, or it holds for ever a lock of which it never hears.
    @Test func noLockForOneWhoCannotComeBack() {
        Scenario.play(
            """
            A asks R EX           -> A granted
            B asks R EX legacy    -> B queued 1
            C asks R EX           -> C queued 2
            restart
            A gone
            B cannot resume
            recovered
            holding C
            waiting nobody
            """)
    }

    /// A restart does not end a resource's life; idling for its life time does.
    @Test func anIdleResourceOutlivesARestart() {
        Scenario.play(
            """
            A asks R EX life 60000           -> A granted
            A unlocks R                      -> A released
            restart
            recovered
            at 30_000
            B asks R EX no-create no-wait    -> B granted
            """)
    }

    @Test func idlingCountsWhileThereIsNoDaemon() {
        Scenario.play(
            """
            A asks R EX life 60000           -> A granted
            A unlocks R                      -> A released
            at 61_000
            restart
            recovered
            B asks R EX no-create no-wait    -> B unknown
            """)
    }

    @Test func theLifeIsThatOfTheCreatorAfterARestartToo() {
        Scenario.play(
            """
            A asks R PR life 60000           -> A granted
            B asks R PR                      -> B granted
            A unlocks R                      -> A released
            restart
            recovered
            B gone
            at 30_000
            C asks R PR no-create no-wait    -> C granted
            """)
    }
}
