import Testing

/// Stamps that nobody gets twice: section 5.6. The clock starts at 00:00:00 with the script.
@Suite struct TimestampTests {
    @Test func oneStampInAGranuleAndInOrder() {
        Scenario.play(
            """
            A asks _t_%d%H%M%S[2]          -> A granted 01000000
            B asks _t_%d%H%M%S[2]          -> B queued 1
            C asks _t_%d%H%M%S[2]          -> C queued 2
            D asks _t_%d%H%M%S[2] no-wait  -> D busy
            at 1_000
            // D10: not even at the right moment may one who has just come pass.
            D asks _t_%d%H%M%S[2] no-wait  -> B granted 01000001, D busy
            at 2_000
            deadline
            A unlocks _t_%d%H%M%S[2]       -> A released, C granted 01000002
            """)
    }

    /// D9: whoever has to wait for the next granule is served in it, whatever was released before.
    @Test func noStall() {
        Scenario.play(
            """
            A asks _t_%d%H%M%S[1] life 8000     -> A granted 01000000
            B asks _t_%d%H%M%S[1]               -> B queued 1
            C asks _t_%d%H%M%S[1]               -> C queued 2
            at 1_500
            A unlocks _t_%d%H%M%S[1]            -> A released, B granted 01000001
            B unlocks _t_%d%H%M%S[1]            -> B released
            at 2_000
            deadline                            -> C granted 01000002
            """)
    }

    /// D11: not after idle loss, nor a restart, nor a clock that was put back.
    @Test func noStampTwice() {
        Scenario.play(
            """
            A asks _t_%d%H:%M[1]           -> A granted 0100:00
            A unlocks _t_%d%H:%M[1]        -> A released
            at 10_000
            deadline
            A asks _t_%d%H:%M[1] no-wait   -> A busy
            restart
            recovered
            A asks _t_%d%H:%M[1] no-wait   -> A busy
            at 60_000
            A asks _t_%d%H:%M[1] no-wait   -> A granted 0100:01
            A unlocks _t_%d%H:%M[1]        -> A released
            clock -30_000
            A asks _t_%d%H:%M[1]           -> A queued 1
            at 149_999
            deadline
            at 150_000
            deadline                       -> A granted 0100:02
            """)
    }

    @Test func aClockThatIsFarBehindIsRefused() {
        Scenario.play(
            """
            at 200_000
            A asks _t_%d%H%M%S[1]          -> A granted 01000320
            B asks _t_%d%H%M%S[1]          -> B queued 1
            clock -61_000
            C asks _t_%d%H%M%S[1]          -> C clock behind
            A unlocks _t_%d%H%M%S[1]       -> A released, B clock behind
                journal A released, B refused clock behind
            after 1_000
            C asks _t_%d%H%M%S[1]          -> C queued 1
            after 61_000
            deadline                       -> C granted 01000321
            """)
    }

    /// Without larger units the texts come round: not in one life of the resource.
    @Test func noSecondRound() {
        Scenario.play(
            """
            A asks _t_%S[2] life 90000     -> A granted 00
            A unlocks _t_%S[2]             -> A released
            at 59_000
            A asks _t_%S[2]                -> A granted 59
            B asks _t_%S[2]                -> B stamps used up
            A unlocks _t_%S[2]             -> A released
            at 61_000
            A asks _t_%S[2]                -> A stamps used up
            at 150_000
            deadline
            A asks _t_%S[2]                -> A granted 30
            A unlocks _t_%S[2]             -> A released
            // A new life does not begin with the last text of the old one.
            at 210_000
            deadline
            A asks _t_%S[2] no-wait        -> A busy
            after 1_000
            A asks _t_%S[2] no-wait        -> A granted 31
            """)
    }

    @Test func fractions() {
        Scenario.play(
            """
            A asks _t_%d%T#ff[9]          -> A granted 01%T.00
            A unlocks _t_%d%T#ff[9]       -> A released
            at 10
            A asks _t_%d%T#ff[9]          -> A granted 01%T.01
            B asks _t_%d%T#ff[9]          -> B queued 1
            at 20
            deadline                      -> B granted 01%T.02
            """)
    }
}
