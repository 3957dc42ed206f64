import Testing

/// Nested requests that can never be granted are refused, and only those. A link: who waits, for what, who holds that.
@Suite struct DeadlockTests {
    @Test func whatItsOwnAncestorHolds() {
        Scenario.play(
            """
            P asks R EX                      -> P granted
            C asks R EX under P refusable    -> C deadlock 2 R 1
                journal C requested, C refused deadlock 2 R 1
            D asks R EX under P              -> D queued 1
            E asks R NL under P refusable    -> E granted
            """)
    }

    @Test func whatItsGrandparentHolds() {
        Scenario.play(
            """
            G asks R EX                      -> G granted
            P asks S EX under G              -> P granted
            C asks R EX under P refusable    -> C deadlock 3 R 1
            """)
    }

    @Test func onePartOfSeveral() {
        Scenario.play(
            """
            P asks S EX                          -> P granted
            C asks R under P refusable & S       -> C deadlock 3 S 1
                journal C requested, C.2 requested, C refused together with 3, C.2 refused deadlock 3 S 1
            """)
    }

    @Test func twoFamiliesInACircle() {
        Scenario.play(
            """
            A asks R                          -> A granted
            B asks S                          -> B granted
            C asks S under A refusable        -> C queued 1
            D asks R under B refusable        -> D deadlock 4 R 1 3 S 2
            // C goes on when B ends, which the refusal has made possible.
            B unlocks S                       -> B released, C granted
            """)
    }

    @Test func threeFamiliesInACircle() {
        Scenario.play(
            """
            A asks R                          -> A granted
            B asks S                          -> B granted
            C asks T                          -> C granted
            D asks S under A                  -> D queued 1
            E asks T under B                  -> E queued 1
            F asks R under C refusable        -> F deadlock 6 R 1 4 S 2 5 T 3
            """)
    }

    @Test func familiesThatHoldAndAskForSeveral() {
        Scenario.play(
            """
            A asks Q & R                      -> A granted
            B asks S                          -> B granted
            C asks S under A & T              -> C queued 1
            D asks V under B refusable & R    -> D deadlock 7 R 1 4 S 3
            """)
    }

    @Test(arguments: ["p[2]", "a.b", "_s_p[2]"])
    func notWhileSomebodyElseMayGiveBack(_ pool: String) {
        Scenario.play(
            """
            A asks \(pool)                      \(Self.granted(pool, "A", 0))
            H asks \(pool)                      \(Self.granted(pool, "H", 1))
            C asks \(pool) under A refusable    -> C queued 1
            // Now H waits as well, and nobody else is left: E waits for A, and C under A does so too.
            E asks \(pool) under H refusable    -> E deadlock 4 \(pool) 1 3 \(pool) 1
            """)
    }

    private static func granted(_ pool: String, _ name: String, _ index: Int) -> String {
        let elements = pool.hasPrefix("p") ? ["", ""] : pool.hasPrefix("_") ? [" 1", " 2"] : [" a", " b"]
        return "-> \(name) granted\(elements[index])"
    }

    @Test func notWhileASiblingHoldsIt() {
        Scenario.play(
            """
            P asks R                          -> P granted
            S asks S under P                  -> S granted
            C asks S under P refusable        -> C queued 1
            S unlocks S                       -> S released, C granted
            """)
    }

    @Test func notWhoDoesNotWantToKnow() {
        Scenario.play(
            """
            A asks R                          -> A granted
            B asks S                          -> B granted
            C asks S under A                  -> C queued 1
            D asks R under B                  -> D queued 1
            D expires
            E asks R under B no-wait refusable    -> E busy
            """)
    }

    @Test func notOneWhoseParentHasEnded() {
        Scenario.play(
            """
            A asks R                          -> A granted
            B asks S                          -> B granted
            Q asks T                          -> Q granted
            Q unlocks T                       -> Q released
            C asks S under A                  -> C queued 1
            D asks R under B                  -> D queued 1
            E asks R under Q refusable        -> E queued 2
            """)
    }

    @Test func afterARestartToo() {
        Scenario.play(
            """
            A asks R & Q                      -> A granted
            B asks S                          -> B granted
            C asks S under A                  -> C queued 1
            restart
            recovered
            D asks R under B refusable        -> D deadlock 5 R 1 4 S 3
            """)
    }

    @Test func whenItsResourceIsCreated() {
        Scenario.play(
            """
            P asks R                                     -> P granted
            C asks S under P refusable no-create & R     -> C awaits creation
            H asks S                                     -> H granted, C deadlock 3 R 1
            """)
    }
}
