package import FlomModel

/// What the engine knows of a request that has not ended.
struct OpenEntry {
    enum Phase {
        /// Waits until this resource is created.
        case awaitingCreation(ResourceName)
        case waiting(since: Instant)
        /// Has its part of every resource, but has not been granted it: see `EngineOffering`.
        case offered(waitsSince: Instant)
        case held
    }

    /// One of the resources that the request asks for.
    struct Part {
        let ask: Ask
        /// The name of the resource: for a path that of its root level.
        let identity: ResourceName
        var grant: Grant?
        /// The element that it is offered, of a kind that has elements.
        var reserved: [UInt8]?
        private var resolved: SlotIndex?

        /// The slot of the resource. Reading it traps while the request awaits the creation of one of its resources.
        var slot: SlotIndex {
            get {
                guard let resolved else { preconditionFailure("\(identity) was not resolved") }
                return resolved
            }
            set { resolved = newValue }
        }

        init(_ ask: Ask) {
            self.ask = ask
            identity = ask.name.identity
        }
    }

    private(set) var first: Part
    private var others: [Part]
    /// The indices of the parts in canonical order: see `LockPart.precedes`.
    let canonicalOrder: [Int]

    let parent: RequestID?
    let mayBeRefusedAsDeadlock: Bool
    let canResume: Bool
    let idleLifespanMilliseconds: Int32
    var phase: Phase
    var session: SessionID?
    var command: ProcessIdentity?
    var isOrphan = false
    var confirmsOffers: Bool
    let isLocal: Bool
    /// Whether the client holds the lock itself: see `LockRequest.runsNoCommand`.
    let runsNoCommand: Bool
    /// Whether the waiter was passed over and has not been heard of since: it keeps its place, but is in nobody's way.
    var isSetAside = false

    init(_ request: LockRequest, session: SessionID?, phase: Phase) {
        first = Part(Ask(request))
        others = request.others.map { Part(Ask($0)) }
        canonicalOrder = others.isEmpty ? Self.alone : Self.order(request.parts)
        parent = request.parent
        mayBeRefusedAsDeadlock = request.mayBeRefusedAsDeadlock
        canResume = request.client.canResume
        confirmsOffers = request.confirmsOffers
        isLocal = request.client.isLocal
        runsNoCommand = request.runsNoCommand
        idleLifespanMilliseconds = request.idleLifespanMilliseconds
        precondition(canonicalOrder.count == others.count + 1, "the canonical order has \(canonicalOrder.count) parts")
        self.phase = phase
        self.session = session
    }

    private static let alone = [0]

    private static func order(_ parts: [LockPart]) -> [Int] {
        parts.indices.sorted { parts[$0].precedes(parts[$1]) }
    }

    // MARK: - Parts, in the order given

    var count: Int { 1 + others.count }
    var indices: Range<Int> { 0..<count }

    subscript(index: Int) -> Part {
        get { index == 0 ? first : others[index - 1] }
        set { if index == 0 { first = newValue } else { others[index - 1] = newValue } }
    }

    /// Whether every part has its slot: not while it awaits the creation of a resource.
    var isResolved: Bool { if case .awaitingCreation = phase { false } else { true } }

    /// Whether the lanes of its resource's kind alone determine its place in the queue.
    var isPlain: Bool { others.isEmpty && parent == nil }
    /// The lane of a request that is not plain.
    var compoundKey: CompoundWaiters.Key {
        precondition(!isPlain, "a plain request for \(first.identity) waits in a lane of its kind")
        return CompoundWaiters.Key(asks: canonicalOrder.map { self[$0].ask }, parent: parent)
    }

    /// The slots of its resources, each once, even if the request is for two paths of one.
    var slots: [SlotIndex] {
        var slots: [SlotIndex] = []
        for index in indices where !slots.contains(self[index].slot) { slots.append(self[index].slot) }
        return slots
    }

    /// Whether one of its resources has elements that must never come again.
    var hasDurableElements: Bool {
        first.identity.kind.hasDurableElements || others.contains { $0.identity.kind.hasDurableElements }
    }

    var isHeld: Bool { if case .held = phase { true } else { false } }

    /// The answer that tells a session of its grant; nil before the grant.
    var granted: Answer.Body? {
        guard let grant = first.grant else { return nil }
        return .granted(grant, others: others.compactMap(\.grant))
    }
}

extension RequestID {
    /// The number of a part. The numbers of the parts follow that of the first, in the order given.
    package func part(_ index: Int) -> RequestID {
        precondition(index >= 0, "part \(index) of request \(number)")
        return RequestID(number + Int64(index))
    }
}
