package import FlomModel

/// What the engine knows of a request that has not ended.
struct OpenEntry {
    enum Phase {
        /// Until somebody creates this resource.
        case awaitingCreation(ResourceName)
        case waiting(since: Instant)
        /// It has its part of everything, but has not been granted it: see `EngineOffering`.
        case offered(waitsSince: Instant)
        case held
    }

    /// One of the resources that it asks for.
    struct Part {
        let ask: Ask
        /// Of the resource: for a path the one of its root level.
        let identity: ResourceName
        /// Where the resource is; meaningful unless its creation is awaited.
        var slot = -1
        var grant: Grant?
        /// What it is offered, of a kind that has elements.
        var reserved: [UInt8]?

        init(_ ask: Ask) {
            self.ask = ask
            identity = ask.name.identity
        }
    }

    private(set) var first: Part
    private var others: [Part]
    /// Of its parts: see `LockPart.precedes`.
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
    /// It has been passed over, and nothing has been heard of it since: it has its place, but stands in nobody's way.
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
        idleLifespanMilliseconds = request.idleLifespanMilliseconds
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

    /// Whether the lanes of its resource's kind say all about its place in the queue.
    var isPlain: Bool { others.isEmpty && parent == nil }
    /// Of one that is not plain.
    var compoundKey: CompoundWaiters.Key { CompoundWaiters.Key(asks: canonicalOrder.map { self[$0].ask }, parent: parent) }

    /// Each resource once, though it may be asked for two of its paths.
    var slots: [Int] {
        var slots: [Int] = []
        for index in indices where !slots.contains(self[index].slot) { slots.append(self[index].slot) }
        return slots
    }

    /// Whether a part of it is of a kind whose elements must never come again.
    var hasDurableElements: Bool {
        first.identity.kind.hasDurableElements || others.contains { $0.identity.kind.hasDurableElements }
    }

    var isHeld: Bool { if case .held = phase { true } else { false } }

    /// What a session is told of its grant.
    var granted: Answer.Body? {
        guard let grant = first.grant else { return nil }
        return .granted(grant, others: others.compactMap(\.grant))
    }
}

extension RequestID {
    /// The number of a part: they follow that of the first, in the order given.
    package func part(_ index: Int) -> RequestID { RequestID(number + Int64(index)) }
}
