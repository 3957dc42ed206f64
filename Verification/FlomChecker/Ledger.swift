// The checker's memory: requests and their parts, resources, clients.

/// One request, with a part for each of its resources. Parts are granted together.
final class Unit {
    enum Phase { case new, awaitingCreation, waiting, offered, holding, over }

    /// The number of its first part: the lower one came first.
    let ticket: Int64
    let client: ClientState
    let mayWait: Bool
    let group: Int64?
    let parent: Int64?
    let mayBeRefusedAsDeadlock: Bool
    let isLeaseless: Bool
    /// The daemon that accepted it, or that heard last of its client.
    var incarnation: Int
    /// Whether a person has ordered its end.
    var mayBeBroken = false
    var parts: [Part] = []
    var phase = Phase.new
    /// Since when it has its place in the queue.
    var waitsSince: Int64 = 0
    /// Whether the client's word has been used by the end of one of its parts.
    var hasLetGo = false
    /// Whether its client has been told of the grant, or will be.
    var isTold = false
    /// Whether the journal has its place in the queue.
    var isQueued = false
    /// Whether it was passed over, and its client has not been heard of since.
    var isSetAside = false
    var offeredAt: Int64 = 0
    var offerEndsAt: Int64 = 0

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

    /// The parts in the order in which they block: by the bytes of their names.
    fileprivate(set) lazy var inOrder = parts.sorted { $0.want.name.lexicographicallyPrecedes($1.want.name) }
}

extension Unit {
    /// Ends the references between the parts and the unit.
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
    var isOffered = false
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
    /// The parts that hold it or are offered it.
    var holders: [Part] = []
    /// By ticket.
    var queue: [Part] = []
    /// Commands that run under a grant that still protects them.
    var commands: [Part] = []
    var awaiting: [Part] = []
    var life: Life?
    /// The stamps that must not come again: complete ones of all lives, incomplete ones of this life.
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
    /// When a daemon has last taken its request, and its first connection since then was lost.
    var heardAt: Int64 = 0
    var cutAt: Int64?
    /// The number of messages that end a request and have not had their effect yet.
    var words = 0

    func isHeard(at moment: Int64) {
        heardAt = moment
        // What is written late may lie before the loss.
        if let cut = cutAt, cut < moment { cutAt = nil }
    }

    init(isLocal: Bool, canResume: Bool, killsOnLoss: Bool) {
        self.killsOnLoss = killsOnLoss
        self.isLocal = isLocal
        self.canResume = canResume
    }
}
