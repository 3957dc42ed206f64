import FlomModel
import FlomRandom

/// A sequence of things that happen. Each stands on its own, so that any of them can be left out of a schedule.
enum ScheduleStep {
    /// Perhaps under the command of the n-th holder, counted around; one in that many is no holder any more.
    case lock(client: Int, LockRequest, under: Int?)
    /// An unlock of what the client asked for, or of something else.
    case unlock(client: Int, wrong: Bool, Completion)
    case expire(client: Int)
    case hangUp(client: Int)
    case start(client: Int)
    /// News about the n-th request that has no connection, counted around.
    case gone(Int)
    case clientGone(Int)
    case commandFound(Int)
    case cannotResume(Int)
    case pass(milliseconds: Int64)
    case deadline
    case shutDown
    /// A new engine; what became of some of the absent is known before it goes on, of others later.
    case restart(maxOvertake: Int64, goneBefore: [Int])
}

struct Schedule {
    var maxOvertake: Int64
    /// What there is to lock; the first ones are asked for most.
    var world: [ResourceName]
    var steps: [ScheduleStep]
    /// Whether requests are for several resources at once, and nested.
    var isEntangled: Bool

    /// One for each kind, and simple ones twice.
    static let worlds = [
        ["R", "S"], ["n[5]", "m[1]"], ["a.b.c", "x.y"], ["/r/a", "/r", "/r/a/b", "/r/c", "/r/a/b/c/d", "/r/ab", "/s"],
        ["_S_p[3]", "_s_q[2]"], ["/r", "/r/a/b", "/r/a", "/r/a/c", "/s/a", "/s"],
    ].map { $0.map(Script.resource) }
    /// For requests that are entangled: few resources of all kinds, so that much conflicts.
    static let entangledWorlds = [
        ["A", "B", "C"], ["B", "a.b", "n[3]"], ["/r/a", "/r", "/r/b", "B", "/s"], ["A", "_S_p[2]", "m[1]", "/t/x", "/t"],
    ].map { $0.map(Script.resource) }
    static let clients = 12
    static let bounds: [Int64] = [0, 1000, 1000, 10_000, .max]

    /// The same for the same seed.
    init(seed: UInt64, length: Int, world: [ResourceName], isEntangled: Bool = false) {
        var random = SeededRandom(seed: seed)
        maxOvertake = random.pick(Self.bounds)
        self.world = world
        self.isEntangled = isEntangled
        // Some schedules are about writers, some about readers: an even mix rarely builds long queues of one kind.
        let favourite = random.pick(LockMode.allCases)
        let restartPercent = random.pick([0, 1, 4])
        steps = (0..<length).map { _ in
            var scheduled = Self.scheduled(&random, world, favourite: favourite, restartPercent: restartPercent)
            if isEntangled { Self.entangle(&scheduled, &random, world) }
            return scheduled
        }
        if isEntangled { repeatSome(&random) }
    }

    private static func scheduled(
        _ random: inout SeededRandom, _ world: [ResourceName], favourite: LockMode, restartPercent: Int
    ) -> ScheduleStep {
        if random.chance(percent: restartPercent) {
            let count = random.below(4)
            return .restart(maxOvertake: random.pick(bounds), goneBefore: (0..<count).map { _ in random.below(8) })
        }
        let client = random.below(clients)
        switch random.below(100) {
        case ..<38: return .lock(client: client, request(&random, world, favourite: favourite), under: nil)
        case ..<61:
            let completion = random.pick([Completion.exited(status: 0), .unlocked(rollback: true), .signalled(9)])
            return .unlock(client: client, wrong: random.chance(percent: 5), completion)
        case ..<63: return .expire(client: client)
        case ..<67: return .hangUp(client: client)
        case ..<68: return .start(client: client)
        case ..<78: return .gone(random.below(8))
        case ..<79: return .clientGone(random.below(8))
        case ..<80: return .commandFound(random.below(8))
        case ..<82: return .cannotResume(random.below(8))
        case ..<84: return random.chance(percent: 15) ? .shutDown : .deadline
        default: return .pass(milliseconds: random.pick([1, 10, 499, 500, 999, 1000, 1500, 2000, 4000, 10_000]))
        }
    }

    private static func name(_ random: inout SeededRandom, _ world: [ResourceName]) -> ResourceName {
        if world.count > 2 { return random.pick(world[...]) }
        return world[random.chance(percent: 80) ? 0 : 1]
    }

    private static func request(
        _ random: inout SeededRandom, _ world: [ResourceName], favourite: LockMode
    ) -> LockRequest {
        let mode = random.chance(percent: 40) ? favourite : random.pick(LockMode.allCases)
        var request = LockRequest(resource: name(&random, world), mode: mode)
        request.quantity = Int32(random.pick([1, 1, 1, 2, 2, 3, 5, 6]))
        request.mayWait = random.chance(percent: 85)
        request.mayCreate = random.chance(percent: 75)
        request.idleLifespanMilliseconds = random.pick([0, 0, 500, 1000, 3000])
        request.client.canResume = random.chance(percent: 60)
        return request
    }

    /// Many commands ask for the very same: otherwise hardly any request would wait behind its equal.
    private mutating func repeatSome(_ random: inout SeededRandom) {
        var first: LockRequest?
        for (index, scheduled) in steps.enumerated() {
            guard case .lock(let client, let request, let under) = scheduled else { continue }
            guard let example = first else {
                if !request.others.isEmpty { first = request }
                continue
            }
            guard random.chance(percent: 30) else { continue }
            steps[index] = .lock(client: client, example, under: under == nil ? nil : 0)
        }
    }

    /// Makes a request one of several, or a nested one, or both.
    private static func entangle(_ scheduled: inout ScheduleStep, _ random: inout SeededRandom, _ world: [ResourceName]) {
        guard case .lock(let client, var request, _) = scheduled else { return }
        if random.chance(percent: 50) {
            // Rarely the same one twice: that is refused.
            var names = random.chance(percent: 90) ? world.filter { $0 != request.resource } : world
            names.shuffle(using: &random)
            request.others = names.prefix(random.pick([1, 1, 2, 3])).map { name in
                LockPart(name, random.pick(LockMode.allCases), quantity: Int32(random.pick([1, 1, 1, 2, 3])))
            }
        }
        let under = random.chance(percent: 40) ? random.below(clients) : nil
        request.mayBeRefusedAsDeadlock = random.chance(percent: 60)
        scheduled = .lock(client: client, request, under: under)
    }
}

extension Schedule: CustomStringConvertible {
    var description: String {
        (["bound \(maxOvertake) ms"] + steps.enumerated().map { "\($0.offset + 1). \($0.element)" }).joined(separator: "\n")
    }
}

extension ScheduleStep: CustomStringConvertible {
    var description: String {
        switch self {
        case .lock(let client, let request, let under):
            "client \(client) asks "
                + request.parts.map { "\($0.resource) \($0.mode.shortName) quantity \($0.quantity)" }.joined(separator: " & ")
                + (under.map { " under holder \($0)" } ?? "") + (request.mayBeRefusedAsDeadlock ? " refusable" : "")
                + (request.mayWait ? "" : " no-wait") + (request.mayCreate ? "" : " no-create")
                + (request.client.canResume ? "" : " legacy") + " life \(request.idleLifespanMilliseconds)"
        case .unlock(let client, let isWrong, _): "client \(client) unlocks" + (isWrong ? " something else" : "")
        case .expire(let client): "client \(client) expires"
        case .hangUp(let client): "client \(client) hangs up"
        case .start(let client): "client \(client) starts"
        case .gone(let place): "absent \(place) gone"
        case .clientGone(let place): "absent \(place) client gone"
        case .commandFound(let place): "absent \(place) command found"
        case .cannotResume(let place): "absent \(place) cannot resume"
        case .pass(let milliseconds): "\(milliseconds) ms pass"
        case .deadline: "deadline"
        case .shutDown: "shut down"
        case .restart(let bound, let gone): "restart with bound \(bound) ms, gone before it goes on: \(gone)"
        }
    }
}
