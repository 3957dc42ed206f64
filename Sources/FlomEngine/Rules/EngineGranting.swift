internal import FlomModel

/// Which requests may go on, and what a grant changes.
extension Engine {
    /// What is decided about a request; `part` is the part that decides.
    enum Verdict {
        case granted
        /// Not now. With a moment, nothing but time is in the way.
        case waits(until: Instant? = nil, part: Int = 0)
        case refused(Refusal, part: Int)
    }

    func verdict(on entry: OpenEntry, ticket: RequestID, at now: Moment) -> Verdict {
        guard !isShut, hasTokens(entry.count) else { return .waits() }
        return entry.isPlain ? plainVerdict(on: entry.first, ticket, at: now) : compoundVerdict(on: entry, ticket, at: now)
    }

    private func plainVerdict(on part: OpenEntry.Part, _ ticket: RequestID, at now: Moment) -> Verdict {
        let until: Instant?
        switch table[part.slot].kind.fit(of: part.ask, at: now) {
        case .yes: until = nil
        case .no: return .waits()
        case .later(let moment): until = moment
        case .never(let refusal): return .refused(refusal, part: 0)
        }
        if table[part.slot].waiterCount > 0 {
            // An older request in the same lane waits for the same holders, or for the same moment.
            if let head = table[part.slot].kind.head(ofLaneOf: part.ask), head < ticket { return .waits(until: until) }
            if isBlocked(part, ticket, at: now) { return .waits() }
        }
        return until == nil ? .granted : .waits(until: until)
    }

    private func compoundVerdict(on entry: OpenEntry, _ ticket: RequestID, at now: Moment) -> Verdict {
        var until: Instant?
        var misfit: Int?
        for index in entry.canonicalOrder {
            switch table[entry[index].slot].kind.fit(of: entry[index].ask, at: now) {
            case .yes: continue
            case .no: misfit = misfit ?? index
            case .later(let moment): until = max(until ?? moment, moment)
            case .never(let refusal): return .refused(refusal, part: index)
            }
        }
        if let misfit { return .waits(part: misfit) }
        for index in entry.canonicalOrder {
            switch overtakeBlock(of: entry, index, ticket, at: now) {
            case .none: continue
            case .until(let end): return .waits(until: end, part: index)
            case .indefinite: return .waits(part: index)
            }
        }
        return until == nil ? .granted : .waits(until: until)
    }

    func hasTokens(_ count: Int) -> Bool { lastTokenCounter <= FencingToken.largestCounter - Int64(count) }

    /// Grants what a request has waited for, or offers it to a client that confirms offers.
    mutating func grantOrOffer(_ id: RequestID, _ entry: OpenEntry, at now: Moment, into effects: inout Effects) {
        if entry.confirmsOffers { offer(id, at: now, into: &effects) } else { grant(id, at: now, into: &effects) }
    }

    /// Grants all parts of a request at once.
    mutating func grant(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id] else { preconditionFailure("request \(id.number) is granted and is not open") }
        switch entry.phase {
        case .waiting, .awaitingCreation: break
        case .offered, .held: preconditionFailure("request \(id.number) is granted in phase \(entry.phase)")
        }
        for index in entry.canonicalOrder {
            let slot = entry[index].slot
            precondition(entry[index].grant == nil, "part \(index) of request \(id.number) is granted twice")
            let element = table[slot].kind.acquire(entry[index].ask, at: now)
            entry[index].grant = addHolder(slot, element, id.part(index), into: &effects)
        }
        entry.phase = .held
        requests[id] = entry
        if let session = entry.session, let body = entry.granted {
            effects.answers.append(Answer(session, id, body, isDurable: entry.hasDurableElements))
        }
        // It may have passed a waiter that blocks other resources only as long as this one is free for that waiter.
        for index in entry.indices { markOthersDirty(of: entry[index].slot) }
        grantWaiters(at: now, into: &effects)
    }

    /// Adds a holder to a resource, under a new token.
    mutating func addHolder(_ slot: SlotIndex, _ element: [UInt8]?, _ id: RequestID, into effects: inout Effects) -> Grant {
        table[slot].addHolder()
        return issueToken(for: slot, element, id, into: &effects)
    }

    mutating func issueToken(for slot: SlotIndex, _ element: [UInt8]?, _ id: RequestID, into effects: inout Effects) -> Grant {
        precondition(hasTokens(1), "token \(lastTokenCounter) of epoch \(epoch) is the last, and request \(id.number) needs one")
        precondition(table[slot].holderCount > 0, "\(table[slot].name) gets a token and has no holder")
        if table[slot].hasState { markChanged(slot) }
        lastTokenCounter += 1
        let grant = Grant(FencingToken(epoch: epoch, counter: lastTokenCounter), element: element)
        effects.events.append(Event(id, .granted(grant.token, element: element)))
        return grant
    }

    // MARK: - Waking

    /// Notes that something has changed at a resource.
    ///
    /// - Parameter ask: the request that has changed something there; nil: any request may have.
    mutating func markDirty(_ slot: SlotIndex, near ask: Ask?) {
        dirty.append((slot, ask))
        markOthersDirty(of: slot)
    }

    /// Marks the other resources of those that wait here: they may block these from now on, or no more.
    mutating func markOthersDirty(of slot: SlotIndex) {
        guard !table[slot].compoundWaiters.isEmpty else { return }
        for head in table[slot].compoundWaiters.heads {
            guard let entry = requests[head] else { preconditionFailure("waiter \(head.number) is not open") }
            guard entry.count > 1 else { continue }
            // Of two paths of one tree the one may end the overtake block of the other.
            let isRepeated = entry.indices.count { entry[$0].slot == slot } > 1
            for index in entry.indices where isRepeated || entry[index].slot != slot {
                dirty.append((entry[index].slot, entry[index].ask))
            }
        }
    }

    /// Grants every waiter that can be granted now.
    mutating func grantWaiters(at now: Moment, into effects: inout Effects) {
        guard isRecovered, !isGrantingWaiters else { return }
        isGrantingWaiters = true
        // One order of tickets for all resources: otherwise a waiter for two of them would be passed by way of the other.
        var candidates = MinHeap<RequestID>()
        var touched: [SlotIndex] = []
        var tested: RequestID?
        repeat {
            while let (slot, ask) = dirty.popLast() {
                guard table.contains(slot) else { continue }
                touched.append(slot)
                guard table[slot].waiterCount > 0 else { continue }
                table[slot].wakesAt = nil
                for head in table[slot].kind.heads(near: ask) { candidates.insert(head) }
                for head in table[slot].compoundWaiters.heads { candidates.insert(head) }
            }
            guard let id = candidates.removeFirst() else { break }
            if id == tested { continue }
            tested = id
            if let next = test(id, at: now, into: &effects) { candidates.insert(next) }
        } while true
        for slot in touched where table.contains(slot) { markIdleIfUnused(slot, at: now) }
        precondition(dirty.isEmpty, "\(dirty.count) changes were not looked at")
        isGrantingWaiters = false
    }

    /// Grants, refuses or leaves one waiter.
    ///
    /// A plain request marks nothing dirty: its grant makes no other request fit, and it opens the way only to younger ones, namely
    /// when it ends the overtake block. Those are candidates already, or wait at a resource that it marks.
    ///
    /// - Returns: the next waiter of its lane, if it waits no more.
    private mutating func test(_ id: RequestID, at now: Moment, into effects: inout Effects) -> RequestID? {
        guard let entry = requests[id], case .waiting = entry.phase else { return nil }
        precondition(!entry.isSetAside, "request \(id.number) is in a queue and was set aside")
        switch verdict(on: entry, ticket: id, at: now) {
        case .waits(let until, _):
            if let until { setAlarm(entry.first.slot, until) }
            return nil
        case .granted:
            dequeue(id, entry)
            grantOrOffer(id, entry, at: now, into: &effects)
        case .refused(let refusal, let part):
            refuseWaiter(id, refusal, part: part, into: &effects)
        }
        if entry.isPlain { return table[entry.first.slot].kind.head(ofLaneOf: entry.first.ask) }
        for index in entry.indices { markDirty(entry[index].slot, near: entry[index].ask) }
        return nil
    }
}
