/// A request comes, and is granted, queued or refused.
extension Engine {
    /// What is decided about a request.
    enum Verdict {
        case granted
        /// Not now. With a moment, nothing but time is in the way.
        case waits(until: Instant? = nil)
        case refused(Refusal)
    }

    mutating func lock(_ session: SessionID, _ request: LockRequest, at now: Moment, into effects: inout Effects) {
        let id = RequestID(nextRequest)
        nextRequest += 1
        effects.events.append(Event(id, .requested(request)))

        guard hasTokens else { return refuse(id, of: session, .tokensUsedUp, into: &effects) }
        if let earlier = sessions[session] {
            if isHeld(earlier) { return refuse(id, of: session, .alreadyAsking, into: &effects) }
            end(earlier, as: .withdrawn(.unlocked), at: now, into: &effects)
        }
        if let refusal = Self.impossible(request) { return refuse(id, of: session, refusal, into: &effects) }

        soundAlarms(at: now, into: &effects)
        let identity = request.resource.identity
        guard let slot = slotOfName[identity] ?? (request.mayCreate ? create(request) : nil) else {
            guard request.mayWait else { return refuse(id, of: session, .unknownResource, into: &effects) }
            admit(id, request, session, .awaitingCreation)
            awaitingCreation[identity, default: Lane()].join(id)
            effects.events.append(Event(id, .awaitingCreation))
            effects.answers.append(Answer(session, id, .awaitingCreation))
            return
        }
        // Whoever waited for this very moment goes first.
        if slots[slot]!.wakesAt != nil { wake(slot, near: nil, at: now, into: &effects) }

        switch verdict(on: Ask(request), ticket: id, slot, at: now) {
        case .granted:
            admit(id, request, session, .held(slot: slot))
            grant(id, on: slot, at: now, into: &effects)
        case .waits(let until):
            guard request.mayWait else {
                refuse(id, of: session, .busy, into: &effects)
                break
            }
            admit(id, request, session, .waiting(slot: slot, since: now.boottime))
            enqueue(id, on: slot, until: until, into: &effects)
        case .refused(let refusal):
            refuse(id, of: session, refusal, into: &effects)
        }
        admitThoseWhoAwaited(slot, at: now, into: &effects)
        idleIfEmpty(slot, at: now)
    }

    /// A name says how much there is, so this needs no resource and no waiting (1.7.2 let those who awaited its creation run
    /// without a lock).
    private static func impossible(_ request: LockRequest) -> Refusal? {
        guard case .numeric(let capacity) = request.resource.kind else { return nil }
        let isPossible = request.quantity > 0 && request.quantity <= capacity
        return isPossible ? nil : .impossible(quantity: request.quantity, capacity: capacity)
    }

    private mutating func admit(_ id: RequestID, _ request: LockRequest, _ session: SessionID, _ phase: Phase) {
        sessions[session] = id
        requests[id] = OpenEntry(request, session: session, phase: phase)
    }

    private func refuse(_ id: RequestID, of session: SessionID, _ refusal: Refusal, into effects: inout Effects) {
        effects.events.append(Event(id, .refused(refusal)))
        effects.answers.append(Answer(session, id, .refused(refusal)))
    }

    /// The resource has just been created: those who waited for that are newcomers now, in the order in which they came.
    private mutating func admitThoseWhoAwaited(_ slot: Int, at now: Moment, into effects: inout Effects) {
        guard !awaitingCreation.isEmpty, let name = slots[slot]?.name, var lane = awaitingCreation.removeValue(forKey: name)
        else { return }
        while let id = lane.removeFirst() {
            guard let ask = requests[id]?.ask else { continue }
            switch verdict(on: ask, ticket: id, slot, at: now) {
            case .granted:
                grant(id, on: slot, at: now, into: &effects)
            case .waits(let until):
                requests[id]?.phase = .waiting(slot: slot, since: now.boottime)
                enqueue(id, on: slot, until: until, into: &effects)
            case .refused(let refusal):
                turnAway(id, refusal, at: now, into: &effects)
            }
        }
    }

    private mutating func enqueue(_ id: RequestID, on slot: Int, until: Instant?, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        slots[slot]!.kind.join(id, entry.ask)
        slots[slot]!.waiterCount += 1
        slots[slot]!.idleSince = nil
        if let until { setAlarm(slot, until) }
        let position = slots[slot]!.waiterCount
        effects.events.append(Event(id, .queued(position: position)))
        if let session = entry.session { effects.answers.append(Answer(session, id, .queued(position: position))) }
    }

    // MARK: - Granting

    func verdict(on ask: Ask, ticket: RequestID, _ slot: Int, at now: Moment) -> Verdict {
        guard hasTokens else { return .waits() }
        let until: Instant?
        switch slots[slot]!.kind.fit(of: ask, at: now) {
        case .yes: until = nil
        case .no: return .waits()
        case .later(let moment): until = moment
        case .never(let refusal): return .refused(refusal)
        }
        guard slots[slot]!.waiterCount > 0 else { return until == nil ? .granted : .waits(until: until) }
        // Whoever is before it in its lane waits for what it waits for, or for this moment.
        if let head = slots[slot]!.kind.head(ofLaneOf: ask), head < ticket { return .waits(until: until) }
        if let older = slots[slot]!.kind.oldestInConflict(with: ask), older < ticket,
            case .waiting(_, let since) = requests[older]?.phase, policy.bars(waitingSince: since, at: now.boottime)
        {
            return .waits()
        }
        return until == nil ? .granted : .waits(until: until)
    }

    var hasTokens: Bool { lastTokenCounter < FencingToken.largestCounter }

    mutating func grant(_ id: RequestID, on slot: Int, at now: Moment, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        let element = slots[slot]!.kind.take(entry.ask, at: now)
        slots[slot]!.holderCount += 1
        slots[slot]!.idleSince = nil
        if slots[slot]!.hasState { change(slot) }
        requests[id]!.phase = .held(slot: slot)
        requests[id]!.element = element
        lastTokenCounter += 1
        let token = FencingToken(epoch: epoch, counter: lastTokenCounter)
        effects.events.append(Event(id, .granted(token, element: element)))
        if let session = entry.session { effects.answers.append(Answer(session, id, .granted(token, element: element))) }
    }

    /// Grants every waiter that can be granted now, oldest first.
    ///
    /// One pass by ticket is enough. A grant makes nobody fit who did not, and it opens the way only to younger ones, namely when
    /// it ends the barring; those come later in the pass.
    ///
    /// - Parameter ask: what has changed was a request like this one; nil: anything may have.
    mutating func wake(_ slot: Int, near ask: Ask?, at now: Moment, into effects: inout Effects) {
        guard isSettled, slots[slot]!.waiterCount > 0 else { return }
        slots[slot]!.wakesAt = nil
        var heads = TicketHeap(slots[slot]!.kind.heads(near: ask))
        while let id = heads.removeFirst() {
            guard let entry = requests[id] else { continue }
            switch verdict(on: entry.ask, ticket: id, slot, at: now) {
            case .waits(let until):
                if let until { setAlarm(slot, until) }
                continue
            case .granted:
                dequeue(id, entry.ask, slot)
                grant(id, on: slot, at: now, into: &effects)
            case .refused(let refusal):
                turnAway(id, refusal, at: now, into: &effects)
            }
            if let next = slots[slot]!.kind.head(ofLaneOf: entry.ask) { heads.insert(next) }
        }
    }

    mutating func dequeue(_ id: RequestID, _ ask: Ask, _ slot: Int) {
        slots[slot]!.kind.leave(id, ask)
        slots[slot]!.waiterCount -= 1
    }
}
