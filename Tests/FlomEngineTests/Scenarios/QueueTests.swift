import Testing

/// Which requests get a lock, and in which order, as long as none waits long.
@Suite struct QueueTests {
    @Test func oneAfterTheOther() {
        Scenario.play(
            """
            A asks R EX             -> A granted
                journal A requested, A granted
            B asks R EX             -> B queued 1
                journal B requested, B queued 1
            C asks R EX             -> C queued 2
            holding A
            waiting B, C
            A unlocks R status 0    -> A released, B granted
                journal A exited 0, B granted
            B unlocks R signal 9    -> B released, C granted
                journal B signalled 9, C granted
            C unlocks R rollback    -> C released
                journal C rolled back
            holding nobody
            """)
    }

    @Test func readersShareAndAWriterWaitsForTheLastOfThem() {
        Scenario.play(
            """
            A asks R PR    -> A granted
            B asks R PR    -> B granted
            C asks R EX    -> C queued 1
            A unlocks R    -> A released
            B unlocks R    -> B released, C granted
            """)
    }

    @Test func oneWhoDoesNotWaitIsTold() {
        Scenario.play(
            """
            A asks R EX            -> A granted
            B asks R EX no-wait    -> B busy
                journal B requested, B refused busy
            A unlocks R            -> A released
            B asks R EX no-wait    -> B granted
            """)
    }

    @Test func resourcesAreIndependent() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks S EX     -> B granted
            C asks r EX     -> C granted
            D asks R EX     -> D queued 1
            E asks S EX     -> E queued 1
            B unlocks S     -> B released, E granted
            A hangs up
            A gone          -> D granted
            """)
    }

    @Test func theNullLockNeitherBlocksNorWaits() {
        Scenario.play(
            """
            policy fifo
            A asks R EX    -> A granted
            B asks R EX    -> B queued 1
            C asks R NL    -> C granted
            A unlocks R    -> A released, B granted
            D asks R NL    -> D granted
            B unlocks R    -> B released
            E asks R EX    -> E granted
            holding C, D, E
            """)
    }

    @Test func aReleaseScansTheQueueFromHeadToTail() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R CR     -> B queued 1
            C asks R EX     -> C queued 2
            D asks R PR     -> D queued 3
            E asks R CW     -> E queued 4
            F asks R PR     -> F queued 5
            // Those who do not fit keep their place; nobody has waited long enough to bar.
            A unlocks R     -> A released, B granted, D granted, F granted
            waiting C, E
            D unlocks R     -> D released
            F unlocks R     -> F released, E granted
            B unlocks R     -> B released
            E unlocks R     -> E released, C granted
            """)
    }

    @Test func equalsAreServedInTheOrderOfTheirArrival() {
        Scenario.play(
            """
            A asks R PW     -> A granted
            B asks R PW     -> B queued 1
            C asks R PR     -> C queued 2
            D asks R PW     -> D queued 3
            E asks R PR     -> E queued 4
            A unlocks R     -> A released, B granted
            B unlocks R     -> B released, C granted, E granted
            C unlocks R     -> C released
            F asks R PW     -> F queued 2
            E unlocks R     -> E released, D granted
            D unlocks R     -> D released, F granted
            """)
    }

    @Test func youngNewcomersOvertakeAsIn172() {
        Scenario.play(
            """
            A asks R PR     -> A granted
            B asks R EX     -> B queued 1
            C asks R PR     -> C granted
            A unlocks R     -> A released
            D asks R CR     -> D granted
            C unlocks R     -> C released
            D unlocks R     -> D released, B granted
            """)
    }

    @Test func whoLeavesFromTheMiddleOrTheEndIsForgotten() {
        Scenario.play(
            """
            A asks R EX     -> A granted
            B asks R EX     -> B queued 1
            C asks R EX     -> C queued 2
            D asks R EX     -> D queued 3
            C hangs up
                journal C withdrawn hung up
            E asks R EX     -> E queued 3
            E expires
                journal E timed out
            B unlocks R     -> B released
                journal B withdrawn
            A unlocks R     -> A released, D granted
            waiting nobody
            """)
    }
}
