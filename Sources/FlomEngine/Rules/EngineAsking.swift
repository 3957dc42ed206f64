internal import FlomModel

/// A request comes, and is granted, queued or refused.
extension Engine {
    mutating func lock(_ session: SessionID, _ request: LockRequest, at now: Moment, into effects: inout Effects) {
        let id = RequestID(nextRequest)
        var request = request
        // A family has no circles: whoever is older was there first.
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
        // Whoever waited for this very moment goes first.
        for index in entry.indices where slots[entry[index].slot]!.wakesAt != nil {
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
            if let full = entry.indices.first(where: { slots[entry[$0].slot]!.waiterCount >= limits.waitersPerResource }) {
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

    /// A holder that the journal has forgotten takes its place again, if nobody is in it.
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
        var kind = slots[slot]!.kind
        kind.restore(entry.first.ask, element)
        guard !kind.isOvergranted else {
            refuse(id, entry, .busy, into: &effects)
            return markIdleIfUnused(slot, at: now)
        }
        slots[slot]!.kind = kind
        let grant = addHolder(slot, element, id, into: &effects)
        entry[0].grant = grant
        admit(id, entry)
        effects.answers.append(Answer(session, id, .granted(grant), isDurable: entry.hasDurableElements))
    }

    /// What needs no resource and no waiting to be told: a name says how much there is (1.7.2 let those who awaited its creation
    /// run without a lock), and nobody can hold a resource against himself.
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

    /// A request has one part of a resource, but for paths: several of one tree, if they do not exclude each other.
    private static func overlap(_ one: LockPart, _ other: LockPart) -> Bool {
        guard one.resource.identity == other.resource.identity else { return false }
        guard case .hierarchical = one.resource.kind, one.resource != other.resource else { return true }
        return HierarchicalKind().conflict(Ask(one), Ask(other))
    }

    /// Finds every resource, or creates it.
    ///
    /// - Returns: the first part, in canonical order, whose resource does not exist and is not created.
    private mutating func resolveResources(_ entry: inout OpenEntry, mayCreate: Bool) -> Int? {
        for index in entry.canonicalOrder {
            let identity = entry[index].identity
            if let slot = slotOfName[identity] {
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
        guard slotOfName.count + entry.count > limits.resources else { return nil }
        var fresh: Set<ResourceName> = []
        return entry.indices.first { index in
            let identity = entry[index].identity
            guard slotOfName[identity] == nil else { return false }
            fresh.insert(identity)
            return slotOfName.count + fresh.count > limits.resources
        }
    }

    private mutating func admit(_ id: RequestID, _ entry: OpenEntry) {
        if let session = entry.session { sessions[session] = id }
        requests[id] = entry
    }

    /// - Parameter part: which of several resources is the reason.
    func refuse(
        _ id: RequestID, _ entry: OpenEntry, _ refusal: Refusal, part: Int = 0, into effects: inout Effects
    ) {
        for index in entry.indices {
            let reason = index == part ? refusal : .together(with: id.part(part))
            effects.events.append(Event(id.part(index), .refused(reason)))
        }
        if let session = entry.session { effects.answers.append(Answer(session, id, .refused(refusal))) }
    }

    /// Refuses one who waits, or who awaited the creation.
    mutating func refuseWaiter(_ id: RequestID, _ refusal: Refusal, part: Int, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        forget(id, entry)
        if case .waiting = entry.phase { dequeue(id, entry) }
        refuse(id, entry, refusal, part: part, into: &effects)
    }

    // MARK: - Waiting for creation

    mutating func awaitCreation(of resource: ResourceName, _ id: RequestID) {
        requests[id]!.phase = .awaitingCreation(resource)
        awaitingCreation[resource, default: Lane()].join(id)
    }

    /// The resources exist now: those who waited for that are newcomers, in the order in which they came. Who waits for another
    /// one as well goes on waiting.
    mutating func admitAwaiters(_ created: [Int], at now: Moment, into effects: inout Effects) {
        guard !awaitingCreation.isEmpty else { return }
        var newcomers: [RequestID] = []
        for slot in created {
            guard let name = slots[slot]?.name, var lane = awaitingCreation.removeValue(forKey: name) else { continue }
            while let id = lane.removeFirst() { newcomers.append(id) }
        }
        for id in newcomers.sorted() {
            guard var entry = requests[id] else { continue }
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
                    requests[id]!.phase = .waiting(since: now.boottime)
                    enqueue(id, until: until, into: &effects)
                }
            case .refused(let refusal, let part):
                refuseWaiter(id, refusal, part: part, into: &effects)
            }
        }
    }

    // MARK: - Queueing

    private mutating func enqueue(_ id: RequestID, until: Instant?, into effects: inout Effects) {
        let entry = requests[id]!
        join(id, entry)
        if let until { setAlarm(entry.first.slot, until) }
        for index in entry.indices {
            let position = slots[entry[index].slot]!.waiterCount
            effects.events.append(Event(id.part(index), .queued(position: position)))
        }
        if let session = entry.session { effects.answers.append(Answer(session, id, .queued(position: position(of: entry)))) }
    }

    /// Of several queues the longest.
    private func position(of entry: OpenEntry) -> Int {
        entry.indices.reduce(0) { max($0, slots[entry[$1].slot]!.waiterCount) }
    }

    mutating func join(_ id: RequestID, _ entry: OpenEntry) {
        if entry.isPlain {
            slots[entry.first.slot]!.kind.join(id, entry.first.ask)
            slots[entry.first.slot]!.waiterCount += 1
            slots[entry.first.slot]!.idleSince = nil
            return
        }
        for slot in entry.slots {
            slots[slot]!.compoundWaiters.join(id, entry.compoundKey)
            slots[slot]!.waiterCount += 1
            slots[slot]!.idleSince = nil
        }
        if entry.parent != nil { nestedWaiters.insert(id) }
    }

    mutating func dequeue(_ id: RequestID, _ entry: OpenEntry) {
        if entry.isPlain {
            slots[entry.first.slot]!.kind.leave(id, entry.first.ask)
            slots[entry.first.slot]!.waiterCount -= 1
            return
        }
        for slot in entry.slots {
            slots[slot]!.compoundWaiters.leave(id, entry.compoundKey)
            slots[slot]!.waiterCount -= 1
        }
        nestedWaiters.remove(id)
    }
}
