package import FlomModel

/// The lock rules: which request gets what, and when. Pure and deterministic: the only inputs are the arguments of `step`, the only
/// outputs its effects.
///
/// **Grant rule.** A request is granted if and only if all that it asks for fits beside the holders (`Kind`), no older waiter that
/// it conflicts with blocks one of its resources (`EngineOvertaking`), and no older waiter stands in its own lane. **Wake-up rule.**
/// After every change the heads of the lanes are tested by ticket until nothing changes, so no request that could be granted ever
/// waits.
///
/// This file holds the state. Asking, granting, overtaking, deadlocks, ending and the existence of resources have a file each;
/// `EngineInvariants` says what holds between steps.
package struct Engine {
    let policy: QueuePolicy
    /// The limits for new requests and resources. Existing waiters and resources stay.
    package var limits = EngineLimits()
    var nextRequest: Int64
    var lastTokenCounter: Int64
    let epoch: Int64

    /// The open requests by the number of their first part.
    var requests: [RequestID: OpenEntry] = [:]
    /// The open request of each session that has one.
    var sessions: [SessionID: RequestID] = [:]
    /// The requests that wait until a resource is created, by its name.
    var awaitingCreation: [ResourceName: Lane] = [:]
    /// The waiters that are nested in a lock.
    var nestedWaiters: Set<RequestID> = []
    /// The resources to look at before the step ends, each with what the request that changed it asks for; nil: any request.
    var dirty: [(slot: SlotIndex, near: Ask?)] = []
    var isGrantingWaiters = false
    /// Whether locks are given only to clients that held them before: see `Input.reinstated`.
    package private(set) var isShut: Bool
    /// False between reading the journal and `Input.recovered`: no lock is granted to a request whose client may be found gone.
    var isRecovered: Bool

    var table = ResourceTable()
    var alarms = MinHeap<Alarm>()
    /// The end of every open offer.
    var offers: [RequestID: Instant] = [:]
    /// Not later than the end of any offer; nil if no offer has been made since the last one ended.
    var nextOfferEnd: Instant?
    /// The resources of which the journal has to be told at the end of the step.
    var changedSlots: [SlotIndex] = []
    /// The last stamp of time stamps whose resource does not exist now: a stamp is never given twice, however long ago.
    var lastStamps: [ResourceName: TimestampValue]
    let renderer: StampRenderer

    /// - Parameters:
    ///   - open: what the journal says is open, in the order of request numbers. No request has a session yet: the shell reports
    ///     which clients are `gone`, and which come back.
    ///   - living: the resources that existed. Those of open requests exist in any case.
    ///   - lastStamps: the last stamp that was ever given under each name.
    ///   - isShut: whether the journal is an older copy, so that holders that it does not know get time to say so (`opened`).
    package init(
        policy: QueuePolicy, nextRequest: Int64, epoch: Int64, lastTokenCounter: Int64, open: [OpenRequest] = [],
        living: [StoredResource] = [], lastStamps: [ResourceName: TimestampValue] = [:], renderer: StampRenderer = .plain,
        isShut: Bool = false
    ) {
        precondition(nextRequest > 0, "the first request would have number \(nextRequest)")
        precondition(0...FencingToken.largestEpoch ~= epoch, "epoch \(epoch) does not fit into a token")
        precondition(
            0...FencingToken.largestCounter ~= lastTokenCounter, "counter \(lastTokenCounter) does not fit into a token")
        self.isShut = isShut
        self.policy = policy
        self.nextRequest = nextRequest
        self.epoch = epoch
        self.lastTokenCounter = lastTokenCounter
        self.lastStamps = lastStamps
        self.renderer = renderer
        isRecovered = open.isEmpty && living.isEmpty
        for resource in living { restore(resource) }
        restore(open)
    }

    // MARK: - What the shell may ask

    /// The number of the newest request; 0 before the first.
    package var newestRequest: RequestID { RequestID(nextRequest - 1) }
    /// When to send `deadlinePassed`; nil if nothing waits for time to pass.
    package var nextDeadline: Instant? {
        guard let offer = nextOfferEnd else { return alarms.first?.at }
        return alarms.first.map { min($0.at, offer) } ?? offer
    }
    /// Whether no resource exists and no request waits for one: the daemon may end.
    package var isIdle: Bool { table.isEmpty && awaitingCreation.isEmpty }
    package var openRequestCount: Int { requests.count }
    package var resourceCount: Int { table.count }
    /// The number of sessions that have an open request.
    package var sessionCount: Int { sessions.count }
    package func request(of session: SessionID) -> RequestID? { sessions[session] }
    /// The session over which a request's client is heard; nil while it has none.
    package func session(of id: RequestID) -> SessionID? { requests[id]?.session }
    package func isOpen(_ id: RequestID) -> Bool { requests[id] != nil }
    /// The open request that a number belongs to: that of the first part, whichever part the number is of.
    package func leader(of id: RequestID) -> RequestID? {
        if requests[id] != nil { return id }
        return requests.first { $0.key < id && id < $0.key.part($0.value.count) }?.key
    }
    /// What an open request asks for, in the order given.
    package func resources(of id: RequestID) -> [ResourceName] {
        guard let entry = requests[id] else { return [] }
        return entry.indices.map { entry[$0].ask.name }
    }
    /// The holders of something that conflicts with an exclusive lock of a resource, the oldest first. Looks at all open requests.
    package func holders(of name: ResourceName) -> [RequestID] {
        guard let slot = table.index(of: name.identity) else { return [] }
        let all = Ask(LockPart(name, .exclusive))
        return requests.filter { _, entry in
            entry.isHeld && entry.indices.contains { entry[$0].slot == slot && table[slot].kind.conflict(entry[$0].ask, all) }
        }.keys.sorted()
    }
    package func holdsLock(_ session: SessionID) -> Bool { sessions[session].map(isHeld) ?? false }
    /// Whether a request holds what it asked for.
    package func isHeld(_ id: RequestID) -> Bool { requests[id]?.isHeld ?? false }
    /// The names of all resources that exist, of paths those of the root levels.
    package var existingResources: [ResourceName] { table.indices.map { table[$0].name } }
    /// Whether the resource exists: it has holders or waiters, or its lifespan is not over.
    package func exists(_ name: ResourceName) -> Bool { table.index(of: name.identity) != nil }

    /// Whether the resource has holders or waiters now. By its identity.
    package func isInUse(_ identity: ResourceName) -> Bool {
        table.index(of: identity).map { !table[$0].isIdle } ?? false
    }

    /// A resource whose holders exclude each other, if there is one. Only a damaged journal can make this non-nil.
    package var overgranted: ResourceName? {
        table.indices.first { table[$0].kind.isOvergranted }.map { table[$0].name }
    }

    // MARK: - The step

    package mutating func step(_ input: Input, at now: Moment, into effects: inout Effects) {
        precondition(!isGrantingWaiters, "\(input) comes within another step")
        apply(input, at: now, into: &effects)
        precondition(dirty.isEmpty || !isRecovered, "\(dirty.count) changes are left after \(input)")
        for slot in changedSlots {
            guard table.contains(slot), table[slot].isChanged else { continue }
            table[slot].isChanged = false
            effects.lives.append(.lives(table[slot].stored))
        }
        changedSlots.removeAll(keepingCapacity: true)
    }

    private mutating func apply(_ input: Input, at now: Moment, into effects: inout Effects) {
        switch input {
        case .lock(let session, let request):
            lock(session, request, at: now, into: &effects)
        case .unlock(let session, let name, let completion):
            unlock(session, name, completion, at: now, into: &effects)
        case .described(let session, let command):
            if let id = sessions[session], let entry = requests[id] {
                record(.described(command: command), id, entry, into: &effects)
            }
        case .describedRefused(let id, let parts, let command):
            for index in 0..<parts where requests[id] == nil {
                effects.events.append(Event(id.part(index), .described(command: command)))
            }
        case .started(let session, let process):
            if let id = sessions[session], isHeld(id) { started(id, process, into: &effects) }
        case .expired(let session):
            if let id = sessions[session] { end(id, as: .withdrawn(.timedOut), at: now, into: &effects) }
        case .hungUp(let session):
            hungUp(session, at: now, into: &effects)
        case .hungUpUntold(let session):
            if let id = sessions[session] { end(id, as: .withdrawn(.hungUp), at: now, into: &effects) }
        case .disconnected(let session):
            disconnected(session, at: now, into: &effects)
        case .confirmed(let session):
            confirmed(session, at: now, into: &effects)
        case .promisesToConfirm(let id):
            requests[id]?.confirmsOffers = true
        case .resumed(let session, let id):
            resumed(session, id, at: now, into: &effects)
        case .identified(let id, let process):
            identified(id, process, into: &effects)
        case .reinstated(let session, let request, let element):
            reinstate(session, request, element, at: now, into: &effects)
        case .opened:
            isShut = false
            for slot in table.indices { markDirty(slot, near: nil) }
            grantWaiters(at: now, into: &effects)
        case .broken(let id, let person, let reason):
            if let session = requests[id]?.session {
                effects.answers.append(Answer(session, id, .revoked(by: person, reason: reason)))
            }
            end(id, as: .broken(by: person, reason: reason), at: now, into: &effects)
        case .recovered:
            isRecovered = true
            for slot in table.indices { markDirty(slot, near: nil) }
            grantWaiters(at: now, into: &effects)
            admitAwaitersAfterRecovery(at: now, into: &effects)
            fireAlarms(at: now, into: &effects)
        case .clientGone(let id):
            guard isHeld(id), let entry = requests[id], entry.session == nil, !entry.isOrphan else { return }
            update(id) { $0.isOrphan = true }
            record(.orphaned, id, entry, into: &effects)
        case .commandFound(let id, let process):
            if isHeld(id) { started(id, process, into: &effects) }
        case .gone(let id, let proof):
            guard let entry = requests[id], entry.session == nil else { return }
            end(id, as: isHeld(id) ? .reclaimed(proof) : .withdrawn(.gone(proof)), at: now, into: &effects)
        case .cannotResume(let id):
            guard let entry = requests[id], entry.session == nil, !isHeld(id) else { return }
            end(id, as: .withdrawn(.cannotResume), at: now, into: &effects)
        case .shutDown:
            withdrawWaiters(at: now, into: &effects)
        case .livesEnd: effects.lives.append(.allEnded)
        case .deadlinePassed:
            fireAlarms(at: now, into: &effects)
        }
    }

    /// Changes an open request in place.
    mutating func update(_ id: RequestID, _ change: (inout OpenEntry) -> Void) {
        guard let index = requests.index(forKey: id) else { preconditionFailure("request \(id.number) is not open") }
        change(&requests.values[index])
    }

    /// Appends an event for every part: each resource has its own row in the history.
    func record(_ kind: Event.Kind, _ id: RequestID, _ entry: OpenEntry, into effects: inout Effects) {
        for index in entry.indices { effects.events.append(Event(id.part(index), kind)) }
    }
}
