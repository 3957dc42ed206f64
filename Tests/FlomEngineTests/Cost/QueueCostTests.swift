import FlomEngine
import FlomModel
import FlomRandom
import Testing

/// With ten thousand waiters on one resource an operation does what it does with ten, and costs about the same.
@Suite(.serialized) struct QueueCostTests {
    @Test func tenThousandAreServedInOrder() {
        var crowd = Crowd.waiting(10_000)
        for session in 0..<10_000 {
            crowd.unlock(session)
            guard crowd.granted == [session + 1], crowd.effects.events.count == 2 else {
                Issue.record("\(session) lets go, \(crowd.granted) get the lock")
                return
            }
        }
        crowd.unlock(10_000)
        #expect(crowd.engine.openRequestCount == 0)
    }

    @Test func thousandsLeaveFromTheMiddleAndTheOthersKeepTheirOrder() {
        var random = SeededRandom(seed: 5)
        var crowd = Crowd.waiting(10_000)
        var staying: [Int] = []
        var leaving: [Int] = []
        for session in 1...10_000 { if random.chance(percent: 30) { staying.append(session) } else { leaving.append(session) } }
        leaving.shuffle(using: &random)
        for session in leaving { crowd.hangUp(session) }
        var holder = 0
        var served: [Int] = []
        while true {
            crowd.unlock(holder)
            guard let next = crowd.granted.first else { break }
            served.append(next)
            holder = next
        }
        #expect(served == staying)
    }

    /// It grows and shrinks by turns, and while most leave from the middle, some leave from the head: what a lane forgets must
    /// stay forgotten.
    @Test func aLongQueueInMotion() {
        var random = SeededRandom(seed: 8)
        var crowd = Crowd.waiting(500)
        var (holder, queue, newest) = (0, Array(1...500), 500)
        for step in 1...20_000 {
            let isGrowing = (step / 1_000).isMultiple(of: 2)
            switch random.below(100) {
            case ..<(isGrowing ? 80 : 10):
                newest += 1
                queue.append(newest)
                crowd.ask(newest)
                if crowd.effects.answers.map(\.body) != [.queued(position: queue.count)] {
                    Issue.record("step \(step): session \(newest) is told \(crowd.effects.answers)")
                    return
                }
            case ..<92 where queue.count > 1:
                crowd.hangUp(queue.remove(at: random.below(queue.count)))
            case ..<96 where queue.count > 1:
                crowd.hangUp(queue.removeFirst())
            default:
                guard !queue.isEmpty else { continue }
                crowd.unlock(holder)
                holder = queue.removeFirst()
                if crowd.granted != [holder] {
                    Issue.record("step \(step): \(crowd.granted) get the lock, it was the turn of \(holder)")
                    return
                }
            }
        }
        #expect(crowd.engine.openRequestCount == queue.count + 1)
    }

    @Test func allReadersAtOnce() {
        var crowd = Crowd.waiting(10_000) { _ in .protectedRead }
        crowd.unlock(0)
        #expect(crowd.granted == Array(1...10_000))
    }

    @Test func joining() {
        let ratio = Cost.ratio { count in
            Cost.seconds { _ = Crowd.waiting(count) }
        }
        #expect(ratio < Cost.generousRatio)
    }

    @Test func handingOver() {
        let ratio = Cost.ratio { count in
            var crowd = Crowd.waiting(count)
            return Cost.seconds { for session in 0..<count { crowd.unlock(session) } }
        }
        #expect(ratio < Cost.generousRatio)
    }

    /// Every mode waits, all are old enough to bar, and each release looks at the heads of all lanes.
    @Test func handingOverAmongMixedModes() {
        let ratio = Cost.ratio { count in
            var random = SeededRandom(seed: 3)
            var crowd = Crowd.waiting(count) { _ in random.pick(LockMode.allCases.dropFirst()) }
            var holders: [Int] = [0]
            return Cost.seconds {
                while let holder = holders.popLast() {
                    crowd.unlock(holder, at: 60_000)
                    holders += crowd.granted
                }
            }
        }
        #expect(ratio < Cost.generousRatio)
    }

    @Test(arguments: ["from the head", "from the tail", "from the middle"])
    func leaving(_ order: String) {
        let ratio = Cost.ratio { count in
            var random = SeededRandom(seed: 4)
            var crowd = Crowd.waiting(count)
            var sessions = Array(1...count)
            if order == "from the tail" { sessions.reverse() }
            if order == "from the middle" { sessions.shuffle(using: &random) }
            return Cost.seconds { for session in sessions { crowd.hangUp(session) } }
        }
        #expect(ratio < Cost.generousRatio)
    }

    /// As a client with a short deadline does that asks again and again.
    @Test func comingAndGoingBehindALongQueue() {
        let ratio = Cost.ratio { count in
            var crowd = Crowd.waiting(count)
            return Cost.seconds {
                for session in (count + 1)...(2 * count) {
                    crowd.ask(session)
                    crowd.hangUp(session)
                }
            }
        }
        #expect(ratio < Cost.generousRatio)
    }

    @Test func refusals() {
        let ratio = Cost.ratio { count in
            var crowd = Crowd.waiting(count)
            var request = LockRequest(resource: crowd.name, mode: .exclusive)
            request.mayWait = false
            return Cost.seconds { for session in 1...count { crowd.step(.lock(SessionID(UInt64(count + session)), request)) } }
        }
        #expect(ratio < Cost.generousRatio)
    }
}
