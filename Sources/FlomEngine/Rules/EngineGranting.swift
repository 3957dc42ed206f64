internal import FlomModel

/// Who may go on, and what a grant changes.
extension Engine {
    /// What is decided about a request; `part` is the one that decides.
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
        switch slots[part.slot]!.kind.fit(of: part.ask, at: now) {
        case .yes: until = nil
        case .no: return .waits()
        case .later(let moment): until = moment
        case .never(let refusal): return .refused(refusal, part: 0)
        }
        if slots[part.slot]!.waiterCount > 0 {
            // Whoever is before it in its lane waits for what it waits for, or for this moment.
            if let head = slots[part.slot]!.kind.head(ofLaneOf: part.ask), head < ticket { return .waits(until: until) }
            if isBlocked(part, ticket, at: now) { return .waits() }
        }
        return until == nil ? .granted : .waits(until: until)
    }

    private func compoundVerdict(on entry: OpenEntry, _ ticket: RequestID, at now: Moment) -> Verdict {
        var until: Instant?
        var misfit: Int?
        for index in entry.canonicalOrder {
            switch slots[entry[index].slot]!.kind.fit(of: entry[index].ask, at: now) {
            case .yes: continue
            case .no: misfit = misfit ?? index
            case .later(let moment): until = max(until ?? moment, moment)
            case .never(let refusal): return .refused(refusal, part: index)
            }
        }
        if let misfit { return .waits(part: misfit) }
        for index in entry.canonicalOrder {
            guard let patience = overtakeBlock(of: entry, index, ticket, at: now) else { continue }
            return .waits(until: patience, part: index)
        }
        return until == nil ? .granted : .waits(until: until)
    }

    func hasTokens(_ count: Int) -> Bool { lastTokenCounter <= FencingToken.largestCounter - Int64(count) }

    /// To somebody who has waited.
    mutating func grantOrOffer(_ id: RequestID, _ entry: OpenEntry, at now: Moment, into effects: inout Effects) {
        if entry.confirmsOffers { offer(id, at: now, into: &effects) } else { grant(id, at: now, into: &effects) }
    }

    /// All its parts, at once.
    mutating func grant(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id] else { return }
        for index in entry.canonicalOrder {
            let slot = entry[index].slot
            let element = slots[slot]!.kind.acquire(entry[index].ask, at: now)
            entry[index].grant = addHolder(slot, element, id.part(index), into: &effects)
        }
        entry.phase = .held
        requests[id] = entry
        if let session = entry.session, let body = entry.granted {
            effects.answers.append(Answer(session, id, body, isDurable: entry.hasDurableElements))
        }
        // It may have passed somebody who bars other resources only as long as this one is free for him.
        for index in entry.indices { markOthersDirty(of: entry[index].slot) }
        grantWaiters(at: now, into: &effects)
    }

    /// One more holds a resource, under a new token.
    mutating func addHolder(_ slot: Int, _ element: [UInt8]?, _ id: RequestID, into effects: inout Effects) -> Grant {
        slots[slot]!.holderCount += 1
        slots[slot]!.idleSince = nil
        return issueToken(for: slot, element, id, into: &effects)
    }

    mutating func issueToken(for slot: Int, _ element: [UInt8]?, _ id: RequestID, into effects: inout Effects) -> Grant {
        if slots[slot]!.hasState { markChanged(slot) }
        lastTokenCounter += 1
        let grant = Grant(FencingToken(epoch: epoch, counter: lastTokenCounter), element: element)
        effects.events.append(Event(id, .granted(grant.token, element: element)))
        return grant
    }

    // MARK: - Waking

    /// Notes that something has changed at a resource.
    ///
    /// - Parameter ask: what has changed there was a request like this one; nil: anything may have.
    mutating func markDirty(_ slot: Int, near ask: Ask?) {
        dirty.append((slot, ask))
        markOthersDirty(of: slot)
    }

    /// Who waits here and for other resources as well may bar those from now on, or no more.
    mutating func markOthersDirty(of slot: Int) {
        guard !slots[slot]!.compoundWaiters.isEmpty else { return }
        for head in slots[slot]!.compoundWaiters.heads {
            guard let entry = requests[head], entry.count > 1 else { continue }
            // Of two paths of one tree the one may end the barring of the other.
            let isOften = entry.indices.count { entry[$0].slot == slot } > 1
            for index in entry.indices where isOften || entry[index].slot != slot {
                dirty.append((entry[index].slot, entry[index].ask))
            }
        }
    }

    /// Grants every waiter that can be granted now.
    mutating func grantWaiters(at now: Moment, into effects: inout Effects) {
        guard isRecovered, !isGrantingWaiters else { return }
        isGrantingWaiters = true
        // One order of tickets for all resources: else who waits for one of two would be passed by way of the other.
        var candidates = TicketHeap([])
        var touched: [Int] = []
        var tested: RequestID?
        repeat {
            while let (slot, ask) = dirty.popLast() {
                guard slots[slot] != nil else { continue }
                touched.append(slot)
                guard slots[slot]!.waiterCount > 0 else { continue }
                slots[slot]!.wakesAt = nil
                for head in slots[slot]!.kind.heads(near: ask) { candidates.insert(head) }
                for head in slots[slot]!.compoundWaiters.heads { candidates.insert(head) }
            }
            guard let id = candidates.removeFirst() else { break }
            if id == tested { continue }
            tested = id
            if let next = test(id, at: now, into: &effects) { candidates.insert(next) }
        } while true
        for slot in touched where slots[slot] != nil { markIdleIfUnused(slot, at: now) }
        isGrantingWaiters = false
    }

    /// A plain request marks nothing dirty: its grant makes nobody fit who did not, and it opens the way only to younger
    /// ones, namely when it ends the barring; those are candidates already, or stand at a resource that it marks.
    ///
    /// - Returns: who was behind it, if it waits no more.
    private mutating func test(_ id: RequestID, at now: Moment, into effects: inout Effects) -> RequestID? {
        guard let entry = requests[id], case .waiting = entry.phase else { return nil }
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
        if entry.isPlain { return slots[entry.first.slot]!.kind.head(ofLaneOf: entry.first.ask) }
        for index in entry.indices { markDirty(entry[index].slot, near: entry[index].ask) }
        return nil
    }
}
