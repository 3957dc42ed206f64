import FlomEngine
import FlomModel
import Testing

/// Request numbers, fencing tokens, deadlines: what a `Scenario` does not spell out.
@Suite struct NumberTests {
    private let request = LockRequest(resource: Script.resource("R"), mode: .protectedRead)
    private var effects = Effects()
    private let start = Instant(nanoseconds: 0)

    @Test mutating func numbersGoOnWhereTheJournalEnded() throws {
        var engine = Engine(policy: .bounded, nextRequest: 41, epoch: 3, lastTokenCounter: 7)
        for session in 1...3 { engine.step(.lock(SessionID(UInt64(session)), request), at: start, into: &effects) }
        #expect(effects.answers.map(\.request) == [RequestID(41), RequestID(42), RequestID(43)])
        #expect(effects.answers.map(\.body) == (8...10).map { .granted(Grant(FencingToken(epoch: 3, counter: $0))) })
        #expect(engine.request(of: SessionID(2)) == RequestID(42))
        #expect(engine.request(of: SessionID(9)) == nil)
    }

    @Test mutating func refusedRequestsHaveNumbersAndNoTokens() {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var refused = request
        (refused.mayWait, refused.mayCreate) = (false, false)
        engine.step(.lock(SessionID(1), refused), at: start, into: &effects)
        engine.step(.lock(SessionID(1), request), at: start, into: &effects)
        #expect(
            effects.answers == [
                Answer(SessionID(1), RequestID(1), .refused(.unknownResource)),
                Answer(SessionID(1), RequestID(2), .granted(Grant(FencingToken(epoch: 1, counter: 1)))),
            ])
    }

    @Test mutating func theEventTellsTheTokenOfTheAnswer() {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        engine.step(.lock(SessionID(1), request), at: start, into: &effects)
        let token = FencingToken(epoch: 1, counter: 1)
        #expect(effects.events == [Event(RequestID(1), .requested(request)), Event(RequestID(1), .granted(token))])
        #expect(effects.answers == [Answer(SessionID(1), RequestID(1), .granted(Grant(token)))])
    }

    @Test mutating func aFreshEngineIsIdleAndSoIsOneWhoseResourcesHaveDied() {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        #expect(engine.isIdle)
        #expect(engine.nextDeadline == nil)
        engine.step(.lock(SessionID(1), request), at: start, into: &effects)
        #expect(!engine.isIdle)
        #expect(engine.nextDeadline == nil)
        engine.step(.unlock(SessionID(1), request.resource, .disconnected), at: start, into: &effects)
        #expect(!engine.isIdle)
        #expect(engine.openRequestCount == 0)
        #expect(engine.nextDeadline == start.advanced(byMilliseconds: 2000))
        engine.step(.deadlinePassed, at: start.advanced(byMilliseconds: 1999), into: &effects)
        #expect(!engine.isIdle)
        engine.step(.deadlinePassed, at: start.advanced(byMilliseconds: 2000), into: &effects)
        #expect(engine.isIdle)
        #expect(engine.nextDeadline == nil)
    }

    @Test mutating func oneWhoAwaitsCreationKeepsTheDaemon() {
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var awaiting = request
        awaiting.mayCreate = false
        engine.step(.lock(SessionID(1), awaiting), at: start, into: &effects)
        #expect(!engine.isIdle)
        #expect(engine.nextDeadline == nil)
        engine.step(.hungUp(SessionID(1)), at: start, into: &effects)
        #expect(engine.isIdle)
    }

    @Test func aJournalInWhichHoldersExcludeEachOtherIsNoticed() {
        func held(_ number: Int64, _ mode: LockMode) -> OpenRequest {
            let request = LockRequest(resource: Script.resource("R"), mode: mode)
            return OpenRequest(
                id: RequestID(number), request: request, phase: .held(FencingToken(epoch: 1, counter: number)), askedAt: start)
        }
        for one in LockMode.allCases {
            for other in LockMode.allCases {
                let engine = Engine(
                    policy: .bounded, nextRequest: 3, epoch: 1, lastTokenCounter: 2, open: [held(1, one), held(2, other)])
                #expect((engine.overgranted == nil) == one.isCompatible(with: other), "\(one), \(other)")
            }
            let alone = Engine(policy: .bounded, nextRequest: 2, epoch: 1, lastTokenCounter: 1, open: [held(1, one)])
            #expect(alone.overgranted == nil)
        }
    }

    @Test func effectsAreEmptiedForTheNextTurn() {
        var effects = Effects()
        effects.inquiries.append(RequestID(1))
        effects.events.append(Event(RequestID(1), .orphaned))
        effects.answers.append(Answer(SessionID(1), nil, .notHeld))
        effects.removeAll()
        #expect(effects.events.isEmpty && effects.answers.isEmpty && effects.inquiries.isEmpty)
    }
}
