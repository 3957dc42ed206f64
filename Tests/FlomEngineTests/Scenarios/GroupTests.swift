import Testing

/// Several resources at once: all of them or none.
@Suite struct GroupTests {
    @Test func togetherOrNotAtAll() {
        Scenario.play(
            """
            H asks S                -> H granted
            A asks R & S            -> A queued 1
                journal A requested, A.2 requested, A queued 1, A.2 queued 1
            // While it waits, it has nothing.
            B asks R                -> B granted
            H unlocks S             -> H released
            B unlocks R             -> B released, A granted
                journal B released, A granted, A.2 granted
            holding A, A.2
            A unlocks R             -> A released
                journal A released, A.2 released
            """)
    }

    @Test func inOppositeOrdersAtOnce() {
        Scenario.play(
            """
            H asks A                -> H granted
            I asks B                -> I granted
            X asks A & B            -> X queued 1
            Y asks B & A            -> Y queued 2
            I unlocks B             -> I released
            H unlocks A             -> H released, X granted
                journal H released, X granted, X.2 granted
            X unlocks A             -> X released, Y granted
                journal X released, X.2 released, Y.2 granted, Y granted
            """)
    }

    @Test func aLongHolderOfTheFirstDoesNotShutTheSecond() {
        Scenario.play(
            """
            H asks A                -> H granted
            W asks B & A            -> W queued 1
            at 10_000
            X asks B                -> X granted
            Y asks A NL             -> Y granted
            Z asks A                -> Z queued 2
            // W fits on A, and bars up to B.
            Z expires
            H unlocks A             -> H released
            V asks A PR             -> V queued 2
            U asks B PR no-wait     -> U busy
            X unlocks B             -> X released, W granted
            """)
    }

    @Test func whoseBarringEndsLetsOthersGoOn() {
        Scenario.play(
            """
            H asks B PR             -> H granted
            W asks A PR & B EX      -> W queued 1
            at 10_000
            X asks B PR             -> X queued 2
            // Not in W's way at A, so W goes on blocking B; a nested one is.
            Y asks A CR             -> Y granted
            P asks C                -> P granted
            N asks A EX under P     -> N queued 2
            waiting W, W.2, X, N
            Y unlocks A             -> Y released
            at 20_000
            // It has waited as long as W had: W does not fit on A any more, and does not bar B.
            deadline                -> N granted, X granted
            """)
    }

    @Test func soItIsWithTwoPathsOfOneTree() {
        Scenario.play(
            """
            policy fifo
            H asks /r/b PR             -> H granted
            W asks /r/a PR & /r/b CW   -> W queued 1
            X asks /r/b PR             -> X queued 2
            // W does not fit on /r/a any more, and does not bar /r/b.
            N asks /r/a PW under H     -> N granted, X granted
            """)
    }

    @Test func busyAndImpossibleAndOverlapping() {
        Scenario.play(
            """
            H asks S                       -> H granted
            A asks R no-wait & S & T       -> A busy
                journal A requested, A.2 requested, A.3 requested, A refused together with 3, A.2 refused busy, A.3 refused together with 3
            B asks R & n[2] quantity 3     -> B impossible
                journal B requested, B.2 requested, B refused together with 6, B.2 refused impossible
            C asks R & S & R PR            -> C R overlaps R
            D asks /a/b & /a               -> D /a/b overlaps /a
            E asks /a/b PR & /a PR         -> E granted
            F asks /a/b & /a/c             -> F queued 1
            G asks /a PR & /a PR           -> G /a overlaps /a
            I asks n[2] & n[2]             -> I n[2] overlaps n[2]
            E unlocks /a/b                 -> E released, F granted
            J asks /a/c no-wait            -> J busy
            K asks /a/d no-wait            -> K granted
            """)
    }

    @Test func allMustExistAtOneMoment() {
        Scenario.play(
            """
            A asks R no-create no-wait & S    -> A unknown
                journal A requested, A.2 requested, A refused unknown, A.2 refused together with 1
            H asks S                          -> H granted
            B asks R no-create & S            -> B awaits creation
            awaiting B, B.2
            H unlocks S                       -> H released
            at 2_000
            // S has ceased to exist when R comes.
            I asks R                          -> I granted
            awaiting B, B.2
            J asks S                          -> J granted, B queued 1
            I unlocks R                       -> I released
            J unlocks S                       -> J released, B granted
            """)
    }

    @Test func elementsInTheOrderGiven() {
        Scenario.play(
            """
            A asks x.y & R & _S_n[2] & b.c    -> A granted x 1 b
                journal A requested, A.2 requested, A.3 requested, A.4 requested, A.2 granted, A.3 granted 1, A.4 granted b, A granted x
            B asks b.c & _S_n[2]              -> B granted c 2
            // Both numbers go back, and the elements with them.
            A unlocks x.y rollback            -> A released
            B unlocks b.c status 0            -> B released
            C asks _S_n[2] & b.c & x.y        -> C granted 1 b y
            C expires
            D asks _S_n[2] & b.c              -> D granted 1 c
            """)
    }

    @Test func stampsAmongOthers() {
        Scenario.play(
            """
            A asks _t_%H:%M:%S[2] & R         -> A granted 00:00:00
            A unlocks _t_%H:%M:%S[2]          -> A released
            B asks R & _t_%H:%M:%S[2]         -> B queued 1
            at 999
            deadline
            at 1_000
            deadline                          -> B granted 00:00:01
            """)
    }

    @Test(arguments: ["A hangs up", "A expires", "A unlocks R -> A released"])
    func whoLeavesLeavesEveryQueue(_ leaving: String) {
        let halves = leaving.split(separator: "->")
        let own = halves.count > 1 ? String(halves[1]) + "," : ""
        Scenario.play(
            """
            H asks S PR             -> H granted
            A asks R EX & S EX      -> A queued 1
            at 10_000
            B asks R PR             -> B queued 2
            C asks S PR             -> C queued 2
            \(halves[0]) ->\(own) B granted, C granted
            waiting nobody
            D asks R PR             -> D granted
            """)
    }

    @Test(arguments: ["R", "S"])
    func anEqualIsNextWhereverTheLockIsFreed(_ one: String) {
        Scenario.play(
            """
            H asks \(one)            -> H granted
            A asks R & S            -> A queued 1
            B asks R & S            -> B queued 2
            A expires
            H unlocks \(one)         -> H released, B granted
            """)
    }

    @Test func aConnectionIsLostAndTheHolderFoundGone() {
        Scenario.play(
            """
            A asks R & S            -> A granted
            A starts
                journal A started, A.2 started
            A hangs up
                inquire A
            B asks S                -> B queued 1
            A client gone
                journal A orphaned, A.2 orphaned
            A gone                  -> B granted
                journal A reclaimed, A.2 reclaimed, B granted
            """)
    }

    @Test func everyPhaseOutlivesARestart() {
        Scenario.play(
            """
            A asks R & a.b                      -> A granted a
            B asks S & R                        -> B queued 1
            C asks S no-create & T              -> C awaits creation
            restart
            recovered
            holding A, A.2
            waiting B, B.2
            awaiting C, C.2
            D asks T                            -> D granted
            waiting B, B.2, C, C.2
            A gone
                journal A reclaimed, A.2 reclaimed, B.2 granted, B granted
            E asks a.b                          -> E granted b
            B gone
            D unlocks T                         -> D released
                journal D released, C granted, C.2 granted
            """)
    }

    @Test func everyResourceHasItsOwnLife() {
        Scenario.play(
            """
            A asks R life 5000 & S              -> A granted
            B asks S                            -> B queued 1
            A unlocks R                         -> A released, B granted
            at 5_999
            deadline
            C asks R no-create no-wait          -> C granted
            C unlocks R                         -> C released
            at 12_000
            D asks R no-create no-wait          -> D unknown
            E asks S no-create no-wait          -> E busy
            """)
    }
}
