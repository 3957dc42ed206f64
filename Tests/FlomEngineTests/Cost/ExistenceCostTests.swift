import FlomEngine
import FlomModel
import FlomRandom
import Testing

/// The same for what is created, awaited, forgotten and recovered.
@Suite(.serialized) struct ExistenceCostTests {
    @Test func creationAdmitsAllWhoAwaitedInOrder() {
        var crowd = Crowd()
        for session in 1...10_000 { crowd.ask(session, .protectedRead, mayCreate: false) }
        crowd.ask(0, .protectedRead)
        #expect(crowd.granted == Array(0...10_000))
    }

    @Test func awaitingCreation() {
        let ratio = Cost.ratio { count in
            var crowd = Crowd()
            return Cost.seconds { for session in 1...count { crowd.ask(session, mayCreate: false) } }
        }
        #expect(ratio < Cost.generousRatio)
    }

    @Test func leavingTheWaitForCreation() {
        // Fewer: while this is quadratic, the usual number takes long.
        let ratio = Cost.ratio(few: 250, many: 6_000) { count in
            var crowd = Crowd()
            for session in 1...count { crowd.ask(session, mayCreate: false) }
            return Cost.seconds { for session in (1...count).reversed() { crowd.hangUp(session) } }
        }
        #expect(ratio < Cost.generousRatio)
    }

    @Test func manyResourcesLiveAndDie() {
        let ratio = Cost.ratio { count in
            var random = SeededRandom(seed: 6)
            let requests = (0..<count).map { number in
                var request = LockRequest(resource: Script.resource("R\(number)"), mode: .exclusive)
                request.idleLifespanMilliseconds = Int32(1 + random.below(10_000))
                return request
            }
            var crowd = Crowd()
            return Cost.seconds {
                for (number, request) in requests.enumerated() {
                    crowd.step(.lock(SessionID(UInt64(number)), request))
                    crowd.step(.unlock(SessionID(UInt64(number)), request.resource, .exited(status: 0)))
                }
                // Some each millisecond.
                for millisecond in 0...12_000 {
                    if crowd.engine.nextDeadline == nil { break }
                    crowd.step(.deadlinePassed, at: Int64(millisecond))
                }
                if !crowd.engine.isIdle { Issue.record("not all resources have died") }
            }
        }
        #expect(ratio < Cost.generousRatio)
    }

    @Test func recovering() {
        let ratio = Cost.ratio { count in
            let open = (1...count).map { number in
                OpenRequest(
                    id: RequestID(Int64(number)), request: LockRequest(resource: Script.resource("R"), mode: .exclusive),
                    phase: number == 1 ? .held(FencingToken(1)) : .waiting, askedAt: Instant(nanoseconds: 0))
            }
            return Cost.seconds {
                var engine = Engine(
                    policy: .bounded, nextRequest: Int64(count) + 1, epoch: 1, lastTokenCounter: 1, open: open)
                var effects = Effects()
                engine.step(.recovered, at: Instant(nanoseconds: 0), into: &effects)
            }
        }
        #expect(ratio < Cost.generousRatio)
    }
}
