// What the checker remembers: requests and their parts, resources, clients.

/// One request, with a part for each resource that it is about. Parts are granted together.
final class Unit {
    enum Phase { case new, awaitingCreation, waiting, holding, over }

    /// Of its first part: the lower one came first.
    let ticket: Int64
    let client: ClientState
    let mayWait: Bool
    let group: Int64?
    let parent: Int64?
    let mayBeRefusedAsDeadlock: Bool
    let isLeaseless: Bool
    /// Of the daemon that took it, or heard last that its client is there.
    var incarnation: Int
    /// A person has ordered it.
    var mayBeBroken = false
    var parts: [Part] = []
    var phase = Phase.new
    /// Since when it has its place in the queue.
    var waitsSince: Int64 = 0
    /// Its client's word has been used up by the end of one of its parts.
    var hasLetGo = false
    /// Its client has been told of its grant, or will be.
    var isTold = false

    init(_ asked: Asked, _ client: ClientState, incarnation: Int) {
        ticket = asked.request
        self.client = client
        mayWait = asked.mayWait
        group = asked.group
        parent = asked.parent
        mayBeRefusedAsDeadlock = asked.mayBeRefusedAsDeadlock
        isLeaseless = asked.isLeaseless
        self.incarnation = incarnation
    }

    /// The parts in the order in which resources are barred: by the bytes of their names.
    fileprivate(set) lazy var inOrder = parts.sorted { $0.want.name.lexicographicallyPrecedes($1.want.name) }
}

extension Unit {
    /// All is over: parts and unit know each other no more.
    func leave() {
        parts.removeAll()
        inOrder.removeAll()
    }

    /// Since when it waits, in nanoseconds; a new one has not waited yet.
    func age(at now: Int64) -> Int64 { phase == .waiting ? now - waitsSince : 0 }
}

final class Part {
    let request: Int64
    let want: Want
    let mayCreate: Bool
    let idleMilliseconds: Int64
    let resource: ResourceState
    let unit: Unit
    var token: Int64?
    var element: [UInt8]?
    var isHeld = false
    /// Its command runs, as its client says.
    var commandRuns = false
    var isOver = false

    init(_ asked: Asked, _ want: Want, _ resource: ResourceState, _ unit: Unit) {
        request = asked.request
        self.want = want
        mayCreate = asked.mayCreate
        idleMilliseconds = asked.idleMilliseconds
        self.resource = resource
        self.unit = unit
    }
}

/// A resource, whether it exists or not.
final class ResourceState {
    let identity: [UInt8]
    var holders: [Part] = []
    /// By ticket.
    var queue: [Part] = []
    /// Commands that run under a grant that still protects them.
    var commands: [Part] = []
    var awaiting: [Part] = []
    var life: Life?
    /// Complete stamps of all lives, those of others of this life.
    var stamps: Set<[UInt8]> = []

    init(_ identity: [UInt8]) { self.identity = identity }

    var isUnused: Bool { holders.isEmpty && queue.isEmpty }

    var certainlyExists: Bool { life.map { !$0.isUncertain || !isUnused } ?? false }

    func join(_ part: Part) {
        var place = queue.count
        while place > 0, part.unit.ticket < queue[place - 1].unit.ticket { place -= 1 }
        queue.insert(part, at: place)
    }

    func leave(_ part: Part) {
        queue.removeAll { $0 === part }
        holders.removeAll { $0 === part }
        awaiting.removeAll { $0 === part }
    }

    /// Whether a want could be held beside the present holders.
    func hasRoom(for part: Part) -> Bool { Self.hasRoom(for: part, beside: holders) }

    static func hasRoom(for part: Part, beside holders: [Part]) -> Bool {
        switch part.want.shape {
        case .simple, .path: !holders.contains { $0.unit !== part.unit && $0.want.conflicts(with: part.want) }
        case .pool(let capacity): holders.reduce(part.want.quantity) { $0 + $1.want.quantity } <= capacity
        case .set(let elements): holders.count < elements.count
        case .sequence(_, let capacity), .stamp(_, let capacity): holders.count < capacity
        }
    }
}

final class ClientState {
    let isLocal: Bool
    let canResume: Bool
    let killsOnLoss: Bool
    var isGone = false
    var lostAt: Int64?
    /// How often it has said something that ends a request, and has not been taken at its word yet.
    var words = 0

    init(isLocal: Bool, canResume: Bool, killsOnLoss: Bool) {
        self.killsOnLoss = killsOnLoss
        self.isLocal = isLocal
        self.canResume = canResume
    }
}
