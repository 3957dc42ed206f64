package import FlomModel

/// The lock rules: who gets what, and when. Pure and deterministic: the only inputs are `step`'s arguments, the only outputs
/// its effects.
///
/// **Grant rule.** A request is granted if and only if all that it asks for fits the holders (`Kind`), no older waiter that it
/// conflicts with bars one of its resources (`EngineOvertaking`), and nobody of its own lane was there before it. **Wake-up rule.**
/// After every change the heads of the lanes are tested by ticket until nothing changes; so nobody who could be granted ever waits.
///
/// What it knows is in this file; then asking, granting, barring, deadlocks, ending, and the lives of resources have a file each.
package struct Engine {
    let policy: QueuePolicy
    /// For newcomers; whoever waits already, and what exists already, stays.
    package var limits = EngineLimits()
    var nextRequest: Int64
    var lastTokenCounter: Int64
    let epoch: Int64

    /// By the number of their first part.
    var requests: [RequestID: OpenEntry] = [:]
    var sessions: [SessionID: RequestID] = [:]
    /// Those who wait for a creator, by name, in the order of their tickets.
    var awaitingCreation: [ResourceName: Lane] = [:]
    /// Waiters that are nested in a lock.
    var nestedWaiters: Set<RequestID> = []
    /// What has to be looked at before the step ends: a resource, and what sort of request has changed there; nil: any.
    var dirty: [(slot: Int, near: Ask?)] = []
    var isGrantingWaiters = false
    /// Nobody is granted anything that was not his already: see `reinstated`.
    package private(set) var isShut: Bool
    /// False between reading the journal and `recovered`: nobody is granted a lock who is about to be found gone.
    var isRecovered: Bool

    var slots: [Resource?] = []
    var freeSlots: [Int] = []
    var slotOfName: [ResourceName: Int] = [:]
    var alarms = Alarms()
    /// What has been offered, and until when.
    var offers: [RequestID: Instant] = [:]
    /// Not later than the first of them ends; nil if there is none.
    var nextOfferEnd: Instant?
    /// Resources of which the journal has to be told at the end of the step.
    var changedSlots: [Int] = []
    /// Of time stamps whose resource does not exist now: a stamp is never given twice, whatever lies between.
    var lastStamps: [ResourceName: TimestampValue]
    let renderer: StampRenderer

    /// - Parameter open: what the journal says is open, in the order of request numbers. Nobody has a session yet: the shell
    ///   reports what is `gone`, and who comes back.
    /// - Parameter living: the resources that existed. Those of open requests exist in any case.
    /// - Parameter isShut: the journal is an older copy: whoever holds a lock that it does not know gets time to say so (`opened`).
    /// - Parameter lastStamps: of every time stamp that was ever given under a name.
    /// The request that was numbered last; 0 before the first.
    package var newestRequest: RequestID { RequestID(nextRequest - 1) }

    package init(
        policy: QueuePolicy, nextRequest: Int64, epoch: Int64, lastTokenCounter: Int64, open: [OpenRequest] = [],
        living: [StoredResource] = [], lastStamps: [ResourceName: TimestampValue] = [:], renderer: StampRenderer = .plain,
        isShut: Bool = false
    ) {
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

    /// When to send `deadlinePassed`; nil if nothing waits for time to pass.
    package var nextDeadline: Instant? {
        guard let offer = nextOfferEnd else { return alarms.first?.at }
        return alarms.first.map { min($0.at, offer) } ?? offer
    }
    /// Whether no resource exists and nobody waits for one: the daemon's life may end.
    package var isIdle: Bool { slotOfName.isEmpty && awaitingCreation.isEmpty }
    package var openRequestCount: Int { requests.count }
    package var resourceCount: Int { slotOfName.count }
    /// Sessions over which somebody holds or waits.
    package var sessionCount: Int { sessions.count }
    package func request(of session: SessionID) -> RequestID? { sessions[session] }
    /// The session over which a request's client is heard; nil while it is away.
    package func session(of id: RequestID) -> SessionID? { requests[id]?.session }
    package func isOpen(_ id: RequestID) -> Bool { requests[id] != nil }
    /// The open request that a number belongs to: of several resources asked for at once, the first one's.
    package func leader(of id: RequestID) -> RequestID? {
        if requests[id] != nil { return id }
        return requests.first { $0.key < id && id < $0.key.part($0.value.count) }?.key
    }
    /// What an open request asks for, in the order given.
    package func resources(of id: RequestID) -> [ResourceName] {
        guard let entry = requests[id] else { return [] }
        return entry.indices.map { entry[$0].ask.name }
    }
    /// Who holds something that conflicts with a resource in a mode that excludes everybody, the oldest first. Looks at all that
    /// is open.
    package func holders(of name: ResourceName) -> [RequestID] {
        guard let slot = slotOfName[name.identity] else { return [] }
        let all = Ask(LockPart(name, .exclusive))
        return requests.filter { _, entry in
            entry.isHeld && entry.indices.contains { entry[$0].slot == slot && slots[slot]!.kind.conflict(entry[$0].ask, all) }
        }.keys.sorted()
    }
    package func holdsLock(_ session: SessionID) -> Bool { sessions[session].map(isHeld) ?? false }
    /// Whether a request holds what it asked for.
    package func isHeld(_ id: RequestID) -> Bool { requests[id]?.isHeld ?? false }
    /// Whether somebody holds or awaits the resource, or its life has not been ended yet.
    package func exists(_ name: ResourceName) -> Bool { slotOfName[name.identity] != nil }

    /// Whether somebody holds or awaits the resource now. By its identity.
    package func isInUse(_ identity: ResourceName) -> Bool {
        slotOfName[identity].flatMap { slots[$0] }.map { !$0.isIdle } ?? false
    }

    /// A resource whose holders exclude each other, if there is one. Only a damaged journal can make this non-nil.
    package var overgranted: ResourceName? {
        slots.lazy.compactMap { $0 }.first { $0.kind.isOvergranted }?.name
    }

    // MARK: - The step

    package mutating func step(_ input: Input, at now: Moment, into effects: inout Effects) {
        apply(input, at: now, into: &effects)
        for slot in changedSlots {
            guard let resource = slots[slot], resource.isChanged else { continue }
            slots[slot]!.isChanged = false
            effects.lives.append(.lives(resource.living))
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
            for slot in slots.indices where slots[slot] != nil { markDirty(slot, near: nil) }
            grantWaiters(at: now, into: &effects)
        case .broken(let id, let person, let reason):
            if let session = requests[id]?.session {
                effects.answers.append(Answer(session, id, .revoked(by: person, reason: reason)))
            }
            end(id, as: .broken(by: person, reason: reason), at: now, into: &effects)
        case .recovered:
            isRecovered = true
            for slot in slots.indices where slots[slot] != nil { markDirty(slot, near: nil) }
            grantWaiters(at: now, into: &effects)
            admitAwaitersAfterRecovery(at: now, into: &effects)
            fireAlarms(at: now, into: &effects)
        case .clientGone(let id):
            guard isHeld(id), let entry = requests[id], entry.session == nil, !entry.isOrphan else { return }
            requests[id]!.isOrphan = true
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
        case .deadlinePassed:
            fireAlarms(at: now, into: &effects)
        }
    }

    /// An event of every part: each resource has its own row in the history.
    func record(_ kind: Event.Kind, _ id: RequestID, _ entry: OpenEntry, into effects: inout Effects) {
        for index in entry.indices { effects.events.append(Event(id.part(index), kind)) }
    }
}
