import Testing

/// One of several elements: section 5.3.
@Suite struct SetTests {
    @Test func anIdleSetGoesRound() {
        Scenario.play(
            """
            A asks a.b.c        -> A granted a
            A unlocks a.b.c     -> A released
            A asks a.b.c        -> A granted b
            A unlocks a.b.c     -> A released
            A asks a.b.c        -> A granted c
            A unlocks a.b.c     -> A released
            A asks a.b.c        -> A granted a
            """)
    }

    /// D15: the pointer of 1.7.2 drifts from what was chosen.
    @Test func theOneThatHasRestedLongest() {
        Scenario.play(
            """
            A asks a.b.c        -> A granted a
            B asks a.b.c        -> B granted b
            C asks a.b.c        -> C granted c
            D asks a.b.c        -> D queued 1
            E asks a.b.c        -> E queued 2
            F asks a.b.c no-wait    -> F busy
            B unlocks a.b.c     -> B released, D granted b
            A unlocks a.b.c     -> A released, E granted a
            C unlocks a.b.c     -> C released
            D unlocks a.b.c     -> D released
            F asks a.b.c        -> F granted c
            G asks a.b.c        -> G granted b
            """)
    }

    @Test func elementsAndTheirRestSurviveARestart() {
        Scenario.play(
            """
            A asks a.b.c        -> A granted a
            B asks a.b.c        -> B granted b
            A unlocks a.b.c     -> A released
            restart
            recovered
            C asks a.b.c        -> C granted c
            D asks a.b.c        -> D granted a
            E asks a.b.c        -> E queued 1
            B gone              -> E granted b
            """)
    }

    @Test func equalElementsAreTwo() {
        Scenario.play(
            """
            A asks a.a          -> A granted a
            B asks a.a          -> B granted a
            C asks a.a          -> C queued 1
            restart
            recovered
            A gone
                journal A reclaimed, C granted a
            """)
    }
}
