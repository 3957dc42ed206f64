/// The lock rules: who gets what, and when. Pure and deterministic: the only inputs are `step`'s arguments, the only outputs
/// its effects.
///
/// **Grant rule.** A request is granted if and only if its mode is compatible with every holder of the resource and no older
/// waiter that it conflicts with bars the resource (`QueuePolicy`). **Wake-up rule.** After every change the heads of the lanes
/// are tested by ticket until nothing changes; so nobody who could be granted ever waits.
package struct Engine {
    private let policy: QueuePolicy
    private var nextRequest: Int64
    private var lastTokenCounter: Int64
    private let epoch: Int64

    private var requests: [RequestID: OpenEntry] = [:]
    private var sessions: [SessionID: RequestID] = [:]
    /// Those who wait for a creator, by name, in the order of their tickets.
    private var awaitingCreation: [ResourceName: Lane] = [:]
    /// False between reading the journal and `recovered`: nobody is granted a lock who is about to be found gone.
    private var isSettled: Bool

    private var slots: [Resource?] = []
    private var freeSlots: [Int] = []
    private var slotOfName: [ResourceName: Int] = [:]
    private var expiries = Expiries()

    private struct OpenEntry {
        let resource: ResourceName
        let mode: LockMode
        let canResume: Bool
        let idleLifespanMilliseconds: Int32
        var session: SessionID?
        var phase: Phase
        var command: ProcessIdentity?
        var isOrphan = false
    }

    private enum Phase {
        case awaitingCreation
        case waiting(slot: Int, since: Instant)
        case held(slot: Int)
    }

    /// - Parameter open: what the journal says is open, in the order of request numbers. Nobody has a session yet: the shell
    ///   reports what is `gone`, and who comes back.
    package init(policy: QueuePolicy, nextRequest: Int64, epoch: Int64, lastTokenCounter: Int64, open: [OpenRequest] = []) {
        self.policy = policy
        self.nextRequest = nextRequest
        self.epoch = epoch
        self.lastTokenCounter = lastTokenCounter
        isSettled = open.isEmpty
        for request in open { restore(request) }
    }

    // MARK: - What the shell may ask

    /// When to send `deadlinePassed`; nil if nothing waits for time to pass.
    package var nextDeadline: Instant? { expiries.first?.at }
    /// Whether no resource exists and nobody waits for one: the daemon's life may end.
    package var isIdle: Bool { slotOfName.isEmpty && awaitingCreation.isEmpty }
    package var openRequestCount: Int { requests.count }
    package func request(of session: SessionID) -> RequestID? { sessions[session] }
    package func holdsLock(_ session: SessionID) -> Bool { sessions[session].map(isHeld) ?? false }
    /// Whether somebody holds or awaits the resource, or its life has not been ended yet.
    package func exists(_ name: ResourceName) -> Bool { slotOfName[name] != nil }

    /// A resource whose holders exclude each other, if there is one. Only a damaged journal can make this non-nil.
    package var overgranted: ResourceName? {
        slots.lazy.compactMap { $0 }.first(where: \.isOvergranted)?.name
    }

    // MARK: - The step

    package mutating func step(_ input: Input, at now: Instant, into effects: inout Effects) {
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
                wake(slot, at: now, into: &effects)
                idleIfEmpty(slot, at: now)
            }
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
            expireResources(at: now)
        }
    }

    // MARK: - Asking

    private mutating func lock(_ session: SessionID, _ request: LockRequest, at now: Instant, into effects: inout Effects) {
        let id = RequestID(nextRequest)
        nextRequest += 1
        effects.events.append(Event(id, .requested(request)))

        guard hasTokens else { return refuse(id, of: session, .tokensUsedUp, into: &effects) }
        if let earlier = sessions[session] {
            if isHeld(earlier) { return refuse(id, of: session, .alreadyAsking, into: &effects) }
            end(earlier, as: .withdrawn(.unlocked), at: now, into: &effects)
        }

        expireResources(at: now)
        guard let slot = slotOfName[request.resource] ?? (request.mayCreate ? create(request) : nil) else {
            guard request.mayWait else { return refuse(id, of: session, .unknownResource, into: &effects) }
            admit(id, request, session, .awaitingCreation)
            awaitingCreation[request.resource, default: Lane()].join(id)
            effects.events.append(Event(id, .awaitingCreation))
            effects.answers.append(Answer(session, id, .awaitingCreation))
            return
        }

        if isGrantable(request.mode, ticket: id, on: slot, at: now) {
            admit(id, request, session, .held(slot: slot))
            grant(id, on: slot, into: &effects)
        } else if request.mayWait {
            admit(id, request, session, .waiting(slot: slot, since: now))
            enqueue(id, on: slot, into: &effects)
        } else {
            return refuse(id, of: session, .busy, into: &effects)
        }
        admitThoseWhoAwaited(slot, at: now, into: &effects)
    }

    private mutating func admit(_ id: RequestID, _ request: LockRequest, _ session: SessionID, _ phase: Phase) {
        sessions[session] = id
        requests[id] = OpenEntry(
            resource: request.resource, mode: request.mode, canResume: request.client.canResume,
            idleLifespanMilliseconds: request.idleLifespanMilliseconds, session: session, phase: phase)
    }

    private func refuse(_ id: RequestID, of session: SessionID, _ refusal: Refusal, into effects: inout Effects) {
        effects.events.append(Event(id, .refused(refusal)))
        effects.answers.append(Answer(session, id, .refused(refusal)))
    }

    /// The resource has just been created: those who waited for that are newcomers now, in the order in which they came.
    private mutating func admitThoseWhoAwaited(_ slot: Int, at now: Instant, into effects: inout Effects) {
        guard !awaitingCreation.isEmpty, let name = slots[slot]?.name, var lane = awaitingCreation.removeValue(forKey: name)
        else { return }
        while let id = lane.removeFirst() {
            guard let mode = requests[id]?.mode else { continue }
            if isGrantable(mode, ticket: id, on: slot, at: now) {
                grant(id, on: slot, into: &effects)
            } else {
                requests[id]?.phase = .waiting(slot: slot, since: now)
                enqueue(id, on: slot, into: &effects)
            }
        }
    }

    private mutating func enqueue(_ id: RequestID, on slot: Int, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        slots[slot]!.join(id, entry.mode)
        let position = slots[slot]!.waiterCount
        effects.events.append(Event(id, .queued(position: position)))
        if let session = entry.session { effects.answers.append(Answer(session, id, .queued(position: position))) }
    }

    // MARK: - Granting

    private func isGrantable(_ mode: LockMode, ticket: RequestID, on slot: Int, at now: Instant) -> Bool {
        guard hasTokens, slots[slot]!.fits(mode) else { return false }
        return !slots[slot]!.heads.contains { head in
            guard head.ticket < ticket, !head.mode.isCompatible(with: mode) else { return false }
            guard case .waiting(_, let since) = requests[head.ticket]?.phase else { return false }
            return policy.bars(waitingSince: since, at: now)
        }
    }

    private var hasTokens: Bool { lastTokenCounter < FencingToken.largestCounter }

    private mutating func grant(_ id: RequestID, on slot: Int, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        slots[slot]!.take(entry.mode)
        requests[id]!.phase = .held(slot: slot)
        lastTokenCounter += 1
        let token = FencingToken(epoch: epoch, counter: lastTokenCounter)
        effects.events.append(Event(id, .granted(token)))
        if let session = entry.session { effects.answers.append(Answer(session, id, .granted(token))) }
    }

    /// Grants every waiter that can be granted now, oldest first, until nothing changes.
    private mutating func wake(_ slot: Int, at now: Instant, into effects: inout Effects) {
        guard isSettled else { return }
        while let next = slots[slot]!.heads.sorted(by: { $0.ticket < $1.ticket })
            .first(where: { isGrantable($0.mode, ticket: $0.ticket, on: slot, at: now) })
        {
            slots[slot]!.leave(next.ticket, next.mode)
            grant(next.ticket, on: slot, into: &effects)
        }
    }

    /// Recorded once, however often it is told.
    private mutating func started(_ id: RequestID, _ process: ProcessIdentity, into effects: inout Effects) {
        guard requests[id]?.command != process else { return }
        requests[id]!.command = process
        effects.events.append(Event(id, .started(process)))
    }

    // MARK: - Ending

    private mutating func unlock(
        _ session: SessionID, _ name: ResourceName, _ completion: Completion, at now: Instant, into effects: inout Effects
    ) {
        guard let id = sessions[session], requests[id]?.resource == name else {
            effects.answers.append(Answer(session, sessions[session], .notHeld))
            return
        }
        effects.answers.append(Answer(session, id, .released))
        end(id, as: isHeld(id) ? .released(completion) : .withdrawn(.unlocked), at: now, into: &effects)
    }

    private mutating func hungUp(_ session: SessionID, at now: Instant, into effects: inout Effects) {
        guard let id = sessions[session], let entry = requests[id] else { return }
        guard isHeld(id) else { return end(id, as: .withdrawn(.hungUp), at: now, into: &effects) }
        guard entry.canResume else { return end(id, as: .released(.disconnected), at: now, into: &effects) }
        sessions[session] = nil
        requests[id]!.session = nil
        effects.inquiries.append(id)
    }

    /// Takes a request out of everything, records how it ended, and wakes who can go on.
    private mutating func end(_ id: RequestID, as kind: Event.Kind, at now: Instant, into effects: inout Effects) {
        guard let entry = requests.removeValue(forKey: id) else { return }
        if let session = entry.session { sessions[session] = nil }
        effects.events.append(Event(id, kind))

        switch entry.phase {
        case .awaitingCreation:
            awaitingCreation[entry.resource]?.leave(id)
            if awaitingCreation[entry.resource]?.isEmpty == true { awaitingCreation[entry.resource] = nil }
            return
        case .waiting(let slot, _):
            slots[slot]!.leave(id, entry.mode)
            wake(slot, at: now, into: &effects)
            idleIfEmpty(slot, at: now)
        case .held(let slot):
            slots[slot]!.give(entry.mode)
            wake(slot, at: now, into: &effects)
            idleIfEmpty(slot, at: now)
        }
    }

    /// The newest first: nobody is barred by a newer one, so nobody is granted on the way.
    private mutating func withdrawWaiters(at now: Instant, into effects: inout Effects) {
        for id in requests.keys.filter({ !isHeld($0) }).sorted(by: >) {
            if let session = requests[id]?.session { effects.answers.append(Answer(session, id, .refused(.shutDown))) }
            end(id, as: .withdrawn(.shutDown), at: now, into: &effects)
        }
    }

    private func isHeld(_ id: RequestID) -> Bool {
        if case .held = requests[id]?.phase { true } else { false }
    }

    // MARK: - Existence

    private mutating func create(_ request: LockRequest) -> Int {
        create(request.resource, idleLifespanMilliseconds: request.idleLifespanMilliseconds)
    }

    private mutating func create(_ name: ResourceName, idleLifespanMilliseconds: Int32) -> Int {
        let resource = Resource(name: name, idleLifespanMilliseconds: idleLifespanMilliseconds)
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(resource) } else { slots[slot] = resource }
        slotOfName[name] = slot
        return slot
    }

    private mutating func idleIfEmpty(_ slot: Int, at now: Instant) {
        guard isSettled, slots[slot]!.isIdle else { return }
        let life = ResourceLife.milliseconds(idleLifespan: slots[slot]!.idleLifespanMilliseconds)
        let end = now.advanced(byMilliseconds: life)
        slots[slot]!.expiresAt = end
        if !slots[slot]!.hasExpiryEntry {
            slots[slot]!.hasExpiryEntry = true
            expiries.insert(.init(at: end, slot: slot))
        }
    }

    private mutating func expireResources(at now: Instant) {
        while let entry = expiries.first, entry.at <= now {
            expiries.removeFirst()
            slots[entry.slot]!.hasExpiryEntry = false
            guard let end = slots[entry.slot]!.expiresAt else { continue }
            if end <= now {
                slotOfName[slots[entry.slot]!.name] = nil
                slots[entry.slot] = nil
                freeSlots.append(entry.slot)
            } else {
                slots[entry.slot]!.hasExpiryEntry = true
                expiries.insert(.init(at: end, slot: entry.slot))
            }
        }
    }

    // MARK: - Recovery

    private mutating func restore(_ open: OpenRequest) {
        let request = open.request
        var entry = OpenEntry(
            resource: request.resource, mode: request.mode, canResume: request.client.canResume,
            idleLifespanMilliseconds: request.idleLifespanMilliseconds, session: nil, phase: .awaitingCreation)
        switch open.phase {
        case .awaitingCreation:
            awaitingCreation[request.resource, default: Lane()].join(open.id)
        case .waiting:
            let slot = slotOfName[request.resource] ?? create(request)
            slots[slot]!.join(open.id, request.mode)
            entry.phase = .waiting(slot: slot, since: open.queuedAt ?? open.askedAt)
        case .held:
            let slot = slotOfName[request.resource] ?? create(request)
            slots[slot]!.take(request.mode)
            entry.phase = .held(slot: slot)
        }
        entry.command = open.command
        entry.isOrphan = open.isOrphan
        requests[open.id] = entry
    }
}
