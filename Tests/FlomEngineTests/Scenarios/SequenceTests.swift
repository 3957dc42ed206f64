import FlomEngine
import FlomModel
import Testing

/// Numbers: section 5.5.
@Suite struct SequenceTests {
    @Test func aPlainOneCounts() {
        Scenario.play(
            """
            A asks _s_x[2]             -> A granted 1
            B asks _s_x[2]             -> B granted 2
            C asks _s_x[2]             -> C queued 1
            D asks _s_x[2] no-wait     -> D busy
            A unlocks _s_x[2] status 1     -> A released, C granted 3
            C hangs up
            C gone
            B unlocks _s_x[2] signal 9     -> B released
            D asks _s_x[2]             -> D granted 4
            """)
    }

    /// D13: death by a signal rolls back.
    @Test(arguments: ["status 1", "status 255", "signal 9", "rollback"])
    func aTransactionalOneTakesBack(_ failure: String) {
        Scenario.play(
            """
            A asks _S_x[3]             -> A granted 1
            B asks _S_x[3]             -> B granted 2
            C asks _S_x[3]             -> C granted 3
            B unlocks _S_x[3] \(failure)    -> B released
            A unlocks _S_x[3] \(failure)    -> A released
            C unlocks _S_x[3] status 0      -> C released
            A asks _S_x[3]             -> A granted 2
            B asks _S_x[3]             -> B granted 1
            C asks _S_x[3]             -> C granted 4
            """)
    }

    @Test func aLostConnectionOf172RollsBackAndAnUnknownOutcomeRetires() {
        Scenario.play(
            """
            A asks _S_x[1] legacy      -> A granted 1
            A hangs up
            B asks _S_x[1]             -> B granted 1
            B hangs up
            B gone
            C asks _S_x[1]             -> C granted 2
            D asks _S_x[1]             -> D queued 1
            C unlocks _S_x[1] status 3     -> C released, D granted 2
            """)
    }

    /// A program that holds the lock itself has not committed when it is gone.
    @Test func theEndOfAProgramRollsBack() {
        Scenario.play(
            """
            A asks _S_x[1] itself      -> A granted 1
            A hangs up
            A gone
            B asks _S_x[1]             -> B granted 1
            """)
    }

    @Test func whoNeverGotItsNumberConsumesNothing() {
        Scenario.play(
            """
            A asks _s_x[1]             -> A granted 1
            B asks _s_x[1]             -> B queued 1
            B expires
            C asks _s_x[1] no-wait     -> C busy
            A unlocks _s_x[1]          -> A released
            A asks _s_x[1]             -> A granted 2
            """)
    }

    @Test func whoWasNeverToldOfANumberGivesItBack() {
        Scenario.play(
            """
            A asks _S_x[1]             -> A granted 1
            A hangs up untold
            B asks _S_x[1]             -> B granted 1
            B expires
            C asks _S_x[1]             -> C granted 1
            C hangs up
            C gone
            D asks _S_x[1]             -> D granted 2
            """)
    }

    @Test func numbersGoOnAfterARestartAndBeginAnewWithANewLife() {
        Scenario.play(
            """
            A asks _S_x[3]             -> A granted 1
            B asks _S_x[3]             -> B granted 2
            C asks _S_x[3]             -> C granted 3
            B unlocks _S_x[3] status 1     -> B released
            restart
            recovered
            C gone
            D asks _S_x[3]             -> D granted 2
            E asks _S_x[3]             -> E granted 4
            A gone
            D unlocks _S_x[3]          -> D released
            E unlocks _S_x[3]          -> E released
            at 1_999
            restart
            recovered
            A asks _S_x[3]             -> A granted 5
            A unlocks _S_x[3]          -> A released
            after 2_000
            A asks _S_x[3]             -> A granted 1
            """)
    }

    /// After 4294967295 comes 1; what somebody still holds is passed over.
    @Test func theLargestIsFollowedByOne() {
        let name = Script.resource("_s_x[4]")
        func open(_ id: Int64, _ element: String) -> OpenRequest {
            var open = OpenRequest(
                id: RequestID(id), request: LockRequest(resource: name, mode: .exclusive), phase: .held(FencingToken(id)),
                askedAt: Instant(nanoseconds: 0))
            open.element = Array(element.utf8)
            return open
        }
        var engine = Engine(
            policy: .bounded, nextRequest: 10, epoch: 1, lastTokenCounter: 9, open: [open(1, "1"), open(2, "2")],
            living: [
                StoredResource(
                    name: name, idleLifespanMilliseconds: 0, idleSince: nil,
                    state: .sequence(next: 4_294_967_295, rolledBack: []))
            ])
        var effects = Effects()
        engine.step(.recovered, at: Instant(nanoseconds: 0), into: &effects)
        for session in 1...2 {
            engine.step(
                .lock(SessionID(UInt64(session)), LockRequest(resource: name, mode: .exclusive)), at: Instant(nanoseconds: 0),
                into: &effects)
        }
        let elements = effects.answers.compactMap { answer -> String? in
            guard case .granted(let grant, _) = answer.body, let element = grant.element else { return nil }
            return String(decoding: element, as: UTF8.self)
        }
        #expect(elements == ["4294967295", "3"])
    }
}
