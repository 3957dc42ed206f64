import Testing

/// What one connection may do, and what becomes of its request when it ends.
@Suite struct SessionTests {
    @Test func aSecondRequestReplacesTheOneThatWaits() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R EX     -> B queued 1
            C asks R EX     -> C queued 2
            B asks S EX     -> B granted
                journal B#2 requested, B withdrawn, B#2 granted
            A unlocks R     -> A released, C granted
            B unlocks S     -> B released
            """)
    }

    @Test func askingAgainForTheSameGivesUpThePlace() {
        Scenario.play(
            """
            A asks R EX            -> A granted
            B asks R EX            -> B queued 1
            C asks R EX            -> C queued 2
            B asks R EX            -> B queued 2
            waiting C, B#2
            C asks R EX no-wait    -> C busy
                journal C#2 requested, C withdrawn, C#2 refused busy
            waiting B#2
            """)
    }

    @Test func aReplacedRequestNoLongerAwaitsCreation() {
        Scenario.play(
            """
            B asks R EX no-create    -> B awaits creation
            B asks R EX no-create    -> B awaits creation
            awaiting B#2
            // The creator replaces its own wait.
            B asks R EX              -> B granted
            awaiting nobody
            """)
    }

    @Test func whoHoldsMayNotAskAgain() {
        Scenario.play(
            """
            A asks R EX            -> A granted
            A asks S EX            -> A already asking
                journal A#2 requested, A#2 refused already asking
            A asks R EX no-wait    -> A already asking
            holding A
            B asks S EX no-create no-wait    -> B unknown
            A unlocks R            -> A released
            A asks S EX            -> A granted
            """)
    }

    @Test func anUnlockMustNameWhatIsHeld() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R EX     -> B queued 1
            A unlocks S     -> A not held
                journal nothing
            B unlocks S     -> B not held
            C unlocks R     -> C not held
            holding A
            waiting B
            """)
    }

    @Test func aSecondUnlockDoesNothing() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R EX     -> B queued 1
            A unlocks R     -> A released, B granted
            A unlocks R     -> A not held
                journal nothing
            holding B
            """)
    }

    @Test func oneConnectionCanLockAgainAndAgain() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            A unlocks R     -> A released
            A asks R EX     -> A granted
            A unlocks R     -> A released
            A asks R EX     -> A granted
            holding A#3
            """)
    }

    @Test func anExpiredWaiterLeaves() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R EX     -> B queued 1
            C asks R EX     -> C queued 2
            B expires
                journal B timed out
            B expires
                journal nothing
            A unlocks R     -> A released, C granted
            """)
    }

    /// The client had given up before it saw the grant, so no command of its ran.
    @Test func anExpiryThatCrossedTheGrantEndsIt() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R EX     -> B queued 1
            C asks R EX     -> C queued 2
            A unlocks R     -> A released, B granted
            B expires       -> C granted
                journal B timed out, C granted
            holding C
            B hangs up
                journal nothing
            """)
    }

    @Test func aWaiterThatHangsUpIsWithdrawn() {
        Scenario.play(
            """
            A asks R EX           -> A granted
            B asks R EX           -> B queued 1
            C asks R EX legacy    -> C queued 2
            B hangs up
                journal B withdrawn hung up
                inquire nobody
            C hangs up
                journal C withdrawn hung up
            A unlocks R           -> A released
            """)
    }

    /// No command can have run.
    @Test func aHolderThatWasNeverToldIsNone() {
        Scenario.play(
            """
            A asks R EX           -> A granted
            B asks R EX           -> B queued 1
            A hangs up untold     -> B granted
                journal A withdrawn hung up, B granted
                inquire nobody
            holding B
            C asks R EX           -> C queued 1
            C hangs up untold
                journal C withdrawn hung up
                inquire nobody
            waiting nobody
            """)
    }

    @Test func aHolderOf172LosesItsLockWithItsConnection() {
        Scenario.play(
            """
            A asks R EX legacy    -> A granted
            B asks R EX           -> B queued 1
            A hangs up            -> B granted
                journal A disconnected, B granted
                inquire nobody
            """)
    }

    /// The lock follows the command, not its wrapper.
    @Test func aHolderOfOursKeepsItUntilNothingOfItLives() {
        Scenario.play(
            """
            A asks R EX        -> A granted
            A describes
                journal A described
            A starts
                journal A started
            B asks R EX        -> B queued 1
            A hangs up
                journal nothing
                inquire A
            A client gone
                journal A orphaned
            at 3_600_000
            C asks R EX no-wait    -> C busy
            A gone             -> B granted
                journal A reclaimed, B granted
            """)
    }

    @Test func aCommandThatWasNeverToldOfIsFound() {
        Scenario.play(
            """
            A asks R EX        -> A granted
            A hangs up
                inquire A
            A command found
                journal A started
            A client gone
                journal A orphaned
            A gone
                journal A reclaimed
            holding nobody
            """)
    }

    @Test func nothingIsProvenOfOneWhoIsConnected() {
        Scenario.play(
            """
            A asks R EX       -> A granted
            B asks R EX       -> B queued 1
            A gone
                journal nothing
            A client gone
                journal nothing
            B gone
                journal nothing
            B cannot resume
                journal nothing
            holding A
            waiting B
            """)
    }

    @Test func newsOfWhatHasEndedIsIgnored() {
        Scenario.play(
            """
            A asks R EX       -> A granted
            A hangs up
            A gone
                journal A reclaimed
            A gone
                journal nothing
            A client gone
                journal nothing
            A command found
                journal nothing
            A cannot resume
                journal nothing
            A expires
                journal nothing
            A starts
                journal nothing
            A hangs up
                journal nothing
            """)
    }

    @Test func aCommandStartsOnlyUnderALock() {
        Scenario.play(
            """
            A asks R EX       -> A granted
            B asks R EX       -> B queued 1
            B starts
                journal nothing
            B describes
                journal B described
            """)
    }

    /// `-X`: holders keep their locks for the next daemon, waiters go without one.
    @Test func aShutDownSendsTheWaitersAway() {
        Scenario.play(
            """
            A asks R PR                 -> A granted
            B asks R EX                 -> B queued 1
            C asks S EX no-create       -> C awaits creation
            at 10_000
            // Barred by B alone: it must not slip in as B leaves.
            D asks R PR                 -> D queued 2
            shut down                   -> D shut down, C shut down, B shut down
                journal D withdrawn shut down, C withdrawn shut down, B withdrawn shut down
            holding A
            waiting nobody
            awaiting nobody
            A unlocks R                 -> A released
            """)
    }

    @Test func waitersWithoutAConnectionGoToo() {
        Scenario.play(
            """
            A asks R EX                 -> A granted
            B asks R EX                 -> B queued 1
            restart
            recovered
            C asks R EX                 -> C queued 2
            shut down                   -> C shut down
                journal C withdrawn shut down, B withdrawn shut down
            holding A
            """)
    }

    @Test func anOrphanIsReportedOnce() {
        Scenario.play(
            """
            A asks R EX       -> A granted
            A hangs up
            A client gone
                journal A orphaned
            A client gone
                journal nothing
            """)
    }
}
