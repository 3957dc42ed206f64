/// The lock rules: who gets what, and when. Pure and deterministic: the only inputs are `step`'s arguments, the only outputs
/// its effects.
///
/// **Grant rule.** A request is granted if and only if it fits the holders of the resource (`Kind`), no older waiter that it
/// conflicts with bars the resource (`QueuePolicy`), and nobody of its own lane was there before it. **Wake-up rule.** After every
/// change the heads of the lanes are tested by ticket until nothing changes; so nobody who could be granted ever waits.
///
/// What it knows is in this file; then asking and granting, ending, and the lives of resources have a file each.
package struct Engine {
    let policy: QueuePolicy
    var nextRequest: Int64
    var lastTokenCounter: Int64
    let epoch: Int64

    var requests: [RequestID: OpenEntry] = [:]
    var sessions: [SessionID: RequestID] = [:]
    /// Those who wait for a creator, by name, in the order of their tickets.
    var awaitingCreation: [ResourceName: Lane] = [:]
    /// False between reading the journal and `recovered`: nobody is granted a lock who is about to be found gone.
    var isSettled: Bool

    var slots: [Resource?] = []
    var freeSlots: [Int] = []
    var slotOfName: [ResourceName: Int] = [:]
    var alarms = Alarms()
    /// Resources of which the journal has to be told at the end of the step.
    var changedSlots: [Int] = []
    /// Of time stamps whose resource does not exist now: a stamp is never given twice, whatever lies between.
    var lastStamps: [ResourceName: TimeStamp]
    let renderer: StampRenderer

    struct OpenEntry {
        let ask: Ask
        /// Of its resource.
        let identity: ResourceName
        let canResume: Bool
        let idleLifespanMilliseconds: Int32
        var session: SessionID?
        var phase: Phase
        var element: [UInt8]?
        var command: ProcessIdentity?
        var isOrphan = false

        init(_ request: LockRequest, session: SessionID?, phase: Phase) {
            ask = Ask(request)
            identity = request.resource.identity
            canResume = request.client.canResume
            idleLifespanMilliseconds = request.idleLifespanMilliseconds
            self.session = session
            self.phase = phase
        }
    }

    enum Phase {
        case awaitingCreation
        case waiting(slot: Int, since: Instant)
        case held(slot: Int)
    }

    /// - Parameter open: what the journal says is open, in the order of request numbers. Nobody has a session yet: the shell
    ///   reports what is `gone`, and who comes back.
    /// - Parameter living: the resources that existed. Those of open requests exist in any case.
    /// - Parameter lastStamps: of every time stamp that was ever given under a name.
    package init(
        policy: QueuePolicy, nextRequest: Int64, epoch: Int64, lastTokenCounter: Int64, open: [OpenRequest] = [],
        living: [LivingResource] = [], lastStamps: [ResourceName: TimeStamp] = [:], renderer: StampRenderer = .plain
    ) {
        self.policy = policy
        self.nextRequest = nextRequest
        self.epoch = epoch
        self.lastTokenCounter = lastTokenCounter
        self.lastStamps = lastStamps
        self.renderer = renderer
        isSettled = open.isEmpty && living.isEmpty
        for resource in living { restore(resource) }
        for request in open { restore(request) }
    }

    // MARK: - What the shell may ask

    /// When to send `deadlinePassed`; nil if nothing waits for time to pass.
    package var nextDeadline: Instant? { alarms.first?.at }
    /// Whether no resource exists and nobody waits for one: the daemon's life may end.
    package var isIdle: Bool { slotOfName.isEmpty && awaitingCreation.isEmpty }
    package var openRequestCount: Int { requests.count }
    package func request(of session: SessionID) -> RequestID? { sessions[session] }
    package func holdsLock(_ session: SessionID) -> Bool { sessions[session].map(isHeld) ?? false }
    /// Whether somebody holds or awaits the resource, or its life has not been ended yet.
    package func exists(_ name: ResourceName) -> Bool { slotOfName[name.identity] != nil }

    /// A resource whose holders exclude each other, if there is one. Only a damaged journal can make this non-nil.
    package var overgranted: ResourceName? {
        slots.lazy.compactMap { $0 }.first { $0.kind.isOvergranted }?.name
    }

    // MARK: - The step

    package mutating func step(_ input: Input, at now: Moment, into effects: inout Effects) {
        take(input, at: now, into: &effects)
        for slot in changedSlots {
            guard let resource = slots[slot], resource.isChanged else { continue }
            slots[slot]!.isChanged = false
            effects.lives.append(.lives(resource.living))
        }
        changedSlots.removeAll(keepingCapacity: true)
    }

    private mutating func take(_ input: Input, at now: Moment, into effects: inout Effects) {
        switch input {
        case .lock(let session, let request):
            lock(session, request, at: now, into: &effects)
        case .unlock(let session, let name, let completion):
            unlock(session, name, completion, at: now, into: &effects)
        case .described(let session, let command):
            if let id = sessions[session] { effects.events.append(Event(id, .described(command: command))) }
        case .started(let session, let process):
            if let id = sessions[session], isHeld(id) { started(id, process, into: &effects) }
        case .expired(let session):
            if let id = sessions[session] { end(id, as: .withdrawn(.timedOut), at: now, into: &effects) }
        case .hungUp(let session):
            hungUp(session, at: now, into: &effects)
        case .recovered:
            isSettled = true
            for slot in slots.indices where slots[slot] != nil {
                wake(slot, near: nil, at: now, into: &effects)
                idleIfEmpty(slot, at: now)
            }
            soundAlarms(at: now, into: &effects)
        case .clientGone(let id):
            guard isHeld(id), let entry = requests[id], entry.session == nil, !entry.isOrphan else { return }
            requests[id]!.isOrphan = true
            effects.events.append(Event(id, .orphaned))
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
            soundAlarms(at: now, into: &effects)
        }
    }
}
