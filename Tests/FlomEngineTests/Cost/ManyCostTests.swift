import FlomEngine
import FlomModel
import FlomRandom
import Testing

/// Requests that are spread over many resources, and groups and nested requests of one sort, cost what few do.
@Suite(.serialized) struct ManyCostTests {
    /// Ten at each resource, of whom one holds and the others wait. Each release hands over, and the one who let
    /// go asks again.
    @Test func holdersAndWaitersOfManyResources() {
        KindCostTests.compare("holders and waiters of many resources") { count in
            var crowd = Crowd()
            let names = (0..<max(1, count / 10)).map { Script.resource("R\($0)") }
            func request(_ session: Int) -> Input {
                .lock(SessionID(UInt64(session)), LockRequest(resource: names[session % names.count], mode: .protectedWrite))
            }
            for session in 0..<count { crowd.step(request(session)) }
            var holders = Array(0..<names.count)
            var random = SeededRandom(seed: 9)
            return Cost.seconds {
                for _ in 0..<Self.operations / 2 {
                    let place = random.below(names.count)
                    let holder = holders[place]
                    crowd.step(.unlock(SessionID(UInt64(holder)), names[place], .exited(status: 0)))
                    guard let next = crowd.granted.first else {
                        Issue.record("nobody gets \(names[place])")
                        return
                    }
                    holders[place] = next
                    crowd.step(request(holder))
                }
            } / Double(Self.operations)
        }
    }

    /// All ask for the same two resources; from within a lock or not.
    @Test(arguments: [false, true])
    func groupsOfOneSort(isNested: Bool) {
        var request = LockRequest(resource: Script.resource("R"), mode: .exclusive)
        request.others = [LockPart(Script.resource("S"), .exclusive)]
        if isNested { request.parent = RequestID(1) }
        let asked = request
        KindCostTests.compare(isNested ? "nested groups of one sort" : "groups of one sort", many: Cost.many) { count in
            var crowd = Crowd()
            crowd.step(.lock(SessionID(0), LockRequest(resource: Script.resource("P"), mode: .exclusive)))
            for session in 1...count { crowd.step(.lock(SessionID(UInt64(session)), asked)) }
            let rounds = min(count - 1, Self.operations / 2)
            return Cost.seconds {
                for session in 1...rounds {
                    crowd.step(.unlock(SessionID(UInt64(session)), asked.resource, .exited(status: 0)))
                    if crowd.granted != [session + 1] { Issue.record("\(crowd.granted) get the locks") }
                    crowd.step(.lock(SessionID(UInt64(session)), asked))
                }
            } / Double(2 * rounds)
        }
    }

    private static let operations = 2_000
}
