internal import FlomModel

/// How a request is received: granted, queued or refused.
extension Engine {
    mutating func lock(_ session: SessionID, _ request: LockRequest, at now: Moment, into effects: inout Effects) {
        let id = RequestID(nextRequest)
        var request = request
        // A family has no circles: the parent is the older one.
        if let parent = request.parent, parent >= id { request.parent = nil }
        var entry = OpenEntry(request, session: session, phase: .waiting(since: now.boottime))
        nextRequest += Int64(entry.count)
        for index in entry.indices {
            effects.events.append(Event(id.part(index), .requested(request.row(of: index, group: id))))
        }

        if request.isForbidden { return refuse(id, entry, .notAllowed, into: &effects) }
        guard hasTokens(entry.count) else { return refuse(id, entry, .tokensUsedUp, into: &effects) }
        if let earlier = sessions[session] {
            if isHeld(earlier) { return refuse(id, entry, .alreadyAsking, into: &effects) }
            end(earlier, as: .withdrawn(.unlocked), at: now, into: &effects)
        }
        if let (refusal, part) = Self.impossible(request) { return refuse(id, entry, refusal, part: part, into: &effects) }

        fireAlarms(at: now, into: &effects)
        if request.mayCreate, let part = beyondLimit(entry) {
            return refuse(id, entry, .tooManyResources(limit: limits.resources), part: part, into: &effects)
        }
        if let missing = resolveResources(&entry, mayCreate: request.mayCreate) {
            guard request.mayWait else { return refuse(id, entry, .unknownResource, part: missing, into: &effects) }
            admit(id, entry)
            awaitCreation(of: entry[missing].identity, id)
            record(.awaitingCreation, id, entry, into: &effects)
            effects.answers.append(Answer(session, id, .awaitingCreation))
            return
        }
        // A waiter that waited for this very moment goes first.
        for index in entry.indices where table[entry[index].slot].wakesAt != nil {
            markDirty(entry[index].slot, near: nil)
        }
        grantWaiters(at: now, into: &effects)

        switch verdict(on: entry, ticket: id, at: now) {
        case .granted:
            admit(id, entry)
            grant(id, at: now, into: &effects)
        case .waits(let until, let part):
            guard request.mayWait else {
                refuse(id, entry, .busy, part: part, into: &effects)
                break
            }
            if let full = entry.indices.first(where: { table[entry[$0].slot].waiterCount >= limits.waitersPerResource }) {
                refuse(id, entry, .queueFull(limit: limits.waitersPerResource), part: full, into: &effects)
                break
            }
            if let links = deadlock(of: id, entry, at: now) {
                refuse(id, entry, .deadlock(links), part: part, into: &effects)
                break
            }
            admit(id, entry)
            enqueue(id, until: until, into: &effects)
        case .refused(let refusal, let part):
            refuse(id, entry, refusal, part: part, into: &effects)
        }
        admitAwaiters(entry.slots, at: now, into: &effects)
        for index in entry.indices { markIdleIfUnused(entry[index].slot, at: now) }
    }

    /// Gives a lock that the journal has forgotten back to its holder, if nobody else holds it.
    mutating func reinstate(
        _ session: SessionID, _ request: LockRequest, _ element: [UInt8]?, at now: Moment, into effects: inout Effects
    ) {
        let id = RequestID(nextRequest)
        var entry = OpenEntry(request, session: session, phase: .held)
        nextRequest += 1
        effects.events.append(Event(id, .requested(request)))
        guard isShut, entry.count == 1, hasTokens(1), sessions[session] == nil, Self.impossible(request) == nil else {
            return refuse(id, entry, .busy, into: &effects)
        }
        _ = resolveResources(&entry, mayCreate: true)
        let slot = entry.first.slot
        var kind = table[slot].kind
        kind.restore(entry.first.ask, element)
        guard !kind.isOvergranted else {
            refuse(id, entry, .busy, into: &effects)
            return markIdleIfUnused(slot, at: now)
        }
        table[slot].kind = kind
        let grant = addHolder(slot, element, id, into: &effects)
        entry[0].grant = grant
        admit(id, entry)
        effects.answers.append(Answer(session, id, .granted(grant), isDurable: entry.hasDurableElements))
    }

    /// Why a request can never be granted, as far as it follows from the request alone: a name says how much of the resource there
    /// is (1.7.2 lets requests that await its creation run without a lock), and no request can hold a resource against itself.
    static func impossible(_ request: LockRequest) -> (Refusal, part: Int)? {
        if request.others.isEmpty {
            return impossible(request.resource, request.quantity).map { ($0, 0) }
        }
        let parts = request.parts
        for (index, part) in parts.enumerated() {
            if let refusal = impossible(part.resource, part.quantity) { return (refusal, index) }
            for earlier in parts[..<index] where overlap(earlier, part) { return (.overlapping(earlier, part), index) }
        }
        return nil
    }

    private static func impossible(_ name: ResourceName, _ quantity: Int32) -> Refusal? {
        guard case .numeric(let capacity) = name.kind else { return nil }
        return quantity > 0 && quantity <= capacity ? nil : .impossible(quantity: quantity, capacity: capacity)
    }

    /// Whether two parts of a request exclude each other. A request has one part of a resource, or several paths of one tree.
    private static func overlap(_ one: LockPart, _ other: LockPart) -> Bool {
        guard one.resource.identity == other.resource.identity else { return false }
        guard case .hierarchical = one.resource.kind, one.resource != other.resource else { return true }
        return HierarchicalKind().conflict(Ask(one), Ask(other))
    }

    /// Finds or creates the resource of every part.
    ///
    /// - Returns: the first part, in canonical order, whose resource does not exist and is not created.
    private mutating func resolveResources(_ entry: inout OpenEntry, mayCreate: Bool) -> Int? {
        for index in entry.canonicalOrder {
            let identity = entry[index].identity
            if let slot = table.index(of: identity) {
                entry[index].slot = slot
            } else if mayCreate {
                entry[index].slot = create(identity, idleLifespanMilliseconds: entry.idleLifespanMilliseconds)
            } else {
                return index
            }
        }
        return nil
    }

    /// The first part whose resource would be one too many; nil if none is.
    private func beyondLimit(_ entry: OpenEntry) -> Int? {
        guard table.count + entry.count > limits.resources else { return nil }
        var fresh: Set<ResourceName> = []
        return entry.indices.first { index in
            let identity = entry[index].identity
            guard table.index(of: identity) == nil else { return false }
            fresh.insert(identity)
            return table.count + fresh.count > limits.resources
        }
    }

    private mutating func admit(_ id: RequestID, _ entry: OpenEntry) {
        precondition(id.number + Int64(entry.count) <= nextRequest, "request \(id.number) was not numbered yet")
        if let session = entry.session {
            let earlier = sessions.updateValue(id, forKey: session)
            precondition(earlier == nil, "session \(session.number) asks for \(id.number) and \(earlier?.number ?? 0)")
        }
        requests[id] = entry
    }

    /// - Parameter part: the part that is the reason.
    func refuse(
        _ id: RequestID, _ entry: OpenEntry, _ refusal: Refusal, part: Int = 0, into effects: inout Effects
    ) {
        precondition(entry.indices.contains(part), "part \(part) of \(entry.count) is the reason for a refusal")
        for index in entry.indices {
            let reason = index == part ? refusal : .together(with: id.part(part))
            effects.events.append(Event(id.part(index), .refused(reason)))
        }
        if let session = entry.session { effects.answers.append(Answer(session, id, .refused(refusal))) }
    }

    /// Refuses a request that waits or awaits a creation.
    mutating func refuseWaiter(_ id: RequestID, _ refusal: Refusal, part: Int, into effects: inout Effects) {
        guard let entry = requests[id] else { preconditionFailure("request \(id.number) is refused and is not open") }
        precondition(!entry.isHeld, "request \(id.number) is refused and holds its locks")
        forget(id, entry)
        if case .waiting = entry.phase { dequeue(id, entry) }
        refuse(id, entry, refusal, part: part, into: &effects)
    }

    // MARK: - Waiting for creation

    mutating func awaitCreation(of resource: ResourceName, _ id: RequestID) {
        precondition(!isRecovered || table.index(of: resource) == nil, "\(resource) exists, and request \(id.number) awaits it")
        update(id) { $0.phase = .awaitingCreation(resource) }
        awaitingCreation[resource, default: Lane()].join(id)
    }

    /// Treats the requests that awaited resources which exist now as newcomers, in the order in which they came. A request that
    /// lacks another resource as well goes on waiting.
    mutating func admitAwaiters(_ created: [SlotIndex], at now: Moment, into effects: inout Effects) {
        guard !awaitingCreation.isEmpty else { return }
        var newcomers: [RequestID] = []
        for slot in created {
            guard table.contains(slot), var lane = awaitingCreation.removeValue(forKey: table[slot].name) else { continue }
            while let id = lane.removeFirst() { newcomers.append(id) }
        }
        for id in newcomers.sorted() {
            guard var entry = requests[id] else { continue }
            precondition(!entry.isHeld, "request \(id.number) awaits a creation and holds its locks")
            if let missing = resolveResources(&entry, mayCreate: false) {
                awaitCreation(of: entry[missing].identity, id)
                continue
            }
            requests[id] = entry
            switch verdict(on: entry, ticket: id, at: now) {
            case .granted:
                grantOrOffer(id, entry, at: now, into: &effects)
            case .waits(let until, let part):
                if let links = deadlock(of: id, entry, at: now) {
                    refuseWaiter(id, .deadlock(links), part: part, into: &effects)
                } else {
                    update(id) { $0.phase = .waiting(since: now.boottime) }
                    enqueue(id, until: until, into: &effects)
                }
            case .refused(let refusal, let part):
                refuseWaiter(id, refusal, part: part, into: &effects)
            }
        }
    }

    // MARK: - Queueing

    private mutating func enqueue(_ id: RequestID, until: Instant?, into effects: inout Effects) {
        guard let entry = requests[id], case .waiting = entry.phase else {
            preconditionFailure("request \(id.number) queues and does not wait")
        }
        join(id, entry)
        if let until { setAlarm(entry.first.slot, until) }
        for index in entry.indices {
            let position = table[entry[index].slot].waiterCount
            effects.events.append(Event(id.part(index), .queued(position: position)))
        }
        if let session = entry.session { effects.answers.append(Answer(session, id, .queued(position: position(of: entry)))) }
    }

    /// The length of the longest queue that the request is in.
    private func position(of entry: OpenEntry) -> Int {
        entry.indices.reduce(0) { max($0, table[entry[$1].slot].waiterCount) }
    }

    mutating func join(_ id: RequestID, _ entry: OpenEntry) {
        precondition(!entry.isSetAside, "request \(id.number) queues and was set aside")
        if entry.isPlain {
            table[entry.first.slot].kind.join(id, entry.first.ask)
            table[entry.first.slot].addWaiter()
            return
        }
        for slot in entry.slots {
            table[slot].compoundWaiters.join(id, entry.compoundKey)
            table[slot].addWaiter()
        }
        if entry.parent != nil { nestedWaiters.insert(id) }
    }

    mutating func dequeue(_ id: RequestID, _ entry: OpenEntry) {
        precondition(!entry.isSetAside, "request \(id.number) leaves its queues and was set aside")
        if entry.isPlain {
            table[entry.first.slot].kind.leave(id, entry.first.ask)
            table[entry.first.slot].removeWaiter()
            return
        }
        for slot in entry.slots {
            table[slot].compoundWaiters.leave(id, entry.compoundKey)
            table[slot].removeWaiter()
        }
        guard entry.parent != nil else { return }
        let nested = nestedWaiters.remove(id)
        precondition(nested != nil, "request \(id.number) is nested, waits, and is not known as such")
    }
}
