import Testing

/// When several resources change at one moment, the oldest who can go on goes first, wherever they wait.
@Suite struct TurnTests {
    @Test(arguments: ["R", "S"])
    func whoWaitsAtOneOfTwoResourcesIsNotPassedByWayOfTheOther(_ one: String) {
        Scenario.play(
            """
            H asks R & S    -> H granted
            A asks \(one)   -> A queued 1
            B asks R & S    -> B queued 2
            H unlocks R     -> H released, A granted
            A unlocks \(one) -> A released, B granted
            """)
    }

    @Test func norAfterARestart() {
        Scenario.play(
            """
            H asks R        -> H granted
            I asks S        -> I granted
            A asks S        -> A queued 1
            B asks R & S    -> B queued 2
            restart
            H gone
            I gone
            recovered
                journal A granted
            """)
    }

    @Test func norWhenPatienceEndsAtTheSameMoment() {
        Scenario.play(
            """
            P asks P PR               -> P granted
            H asks R PR               -> H granted
            I asks S PR               -> I granted
            V asks R EX               -> V queued 1
            W asks S EX               -> W queued 1
            at 10_000
            // Both are barred, one at R, the other at S, and want T.
            A asks S PR under P & T   -> A queued 2
            B asks R PR under P & T   -> B queued 2
            at 20_000
            deadline                  -> A granted
            """)
    }

    @Test func thoseWhoAwaitedWhatIsCreatedAtOneMoment() {
        Scenario.play(
            """
            A asks R no-create & S    -> A awaits creation
            H asks R                  -> H granted
            B asks R no-create & S    -> B awaits creation
            H unlocks R               -> H released
            at 2_000
            C asks R no-create & S    -> C awaits creation
            D asks R & S              -> D granted, A queued 1, B queued 2, C queued 3
            D unlocks R               -> D released, A granted
            A unlocks R               -> A released, B granted
            """)
    }
}
