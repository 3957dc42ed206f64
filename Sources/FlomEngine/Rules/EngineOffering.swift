internal import FlomModel

/// Grants that come later than the request: a client that has waited may have been stopped meanwhile (^Z, a freezer), or be out of
/// reach.
///
/// **Rules.** A waiter that confirms offers is *offered* what it waited for: it has its part of every resource, so that no other
/// request gets it, but holds nothing on record. When it confirms, it is granted. If it does not confirm in time, everything is
/// given back as if it had never been taken, elements included. The waiter is *passed over* and set aside: its place and its age
/// stay, but it blocks nobody and is offered nothing until it is heard of. Then it queues at its place again.
extension Engine {
    /// How long an offer to a client on this host stands. Hundreds of times what a client needs, also on a busy machine; short for
    /// those who wait behind a client that is stopped. A client that loses its turn by mistake has the next one.
    static let localOfferMilliseconds: Int64 = 2000
    /// How long an offer to any other client stands. A network may lose a packet or two, and a client that has lost its connection
    /// comes back within two seconds if it can (`BackOff`).
    static let remoteOfferMilliseconds: Int64 = 5000

    /// Offers a waiter the resources that it asked for. They are free for it, it has left its queue, and it holds them only once it confirms.
    mutating func offer(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id] else { preconditionFailure("request \(id.number) is offered a lock and is not open") }
        precondition(entry.confirmsOffers, "request \(id.number) is offered a lock and does not confirm offers")
        let since: Instant
        switch entry.phase {
        case .waiting(let start): since = start
        case .awaitingCreation: since = now.boottime
        case .offered, .held: preconditionFailure("request \(id.number) is offered a lock in phase \(entry.phase)")
        }
        for index in entry.canonicalOrder {
            let slot = entry[index].slot
            entry[index].reserved = table[slot].kind.acquire(entry[index].ask, at: now)
            table[slot].kind.isOffered(entry[index].reserved)
            table[slot].addHolder()
        }
        entry.phase = .offered(waitsSince: since)
        requests[id] = entry
        let elements = entry.indices.map { entry[$0].reserved }
        effects.offers.append(Offered(request: id, elements: elements, eventCount: effects.events.count))
        let end = now.boottime.advanced(
            byMilliseconds: entry.isLocal && entry.session != nil ? Self.localOfferMilliseconds : Self.remoteOfferMilliseconds)
        offers[id] = end
        nextOfferEnd = nextOfferEnd.map { min($0, end) } ?? end
        // A client without a connection is told when it comes back.
        if let session = entry.session { effects.answers.append(Answer(session, id, .offered)) }
        for index in entry.indices { markOthersDirty(of: entry[index].slot) }
        grantWaiters(at: now, into: &effects)
    }

    mutating func confirmed(_ session: SessionID, at now: Moment, into effects: inout Effects) {
        guard let id = sessions[session], let entry = requests[id] else { return }
        switch entry.phase {
        case .offered: accept(id, at: now, into: &effects)
        case .held: break
        case .waiting:
            // The confirmation came too late, or is about an offer of an earlier daemon.
            guard entry.isSetAside else { return answerPosition(id, entry, into: &effects) }
            record(.resumed, id, entry, into: &effects)
            requeue(id, at: now, into: &effects)
            if let entry = requests[id], case .waiting = entry.phase { answerPosition(id, entry, into: &effects) }
        case .awaitingCreation: effects.answers.append(Answer(session, id, .awaitingCreation))
        }
    }

    private func answerPosition(_ id: RequestID, _ entry: OpenEntry, into effects: inout Effects) {
        guard let session = entry.session, let place = place(of: id) else { return }
        effects.answers.append(Answer(session, id, .queued(position: place)))
    }

    /// Grants what was offered.
    mutating func accept(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id], case .offered = entry.phase else { return }
        guard hasTokens(entry.count) else {
            withdrawOffer(id, entry)
            forget(id, entry)
            refuse(id, entry, .tokensUsedUp, into: &effects)
            return grantWaiters(at: now, into: &effects)
        }
        let end = offers.removeValue(forKey: id)
        precondition(end != nil, "request \(id.number) is offered a lock without an end")
        for index in entry.canonicalOrder {
            table[entry[index].slot].kind.isTaken(entry[index].reserved)
            entry[index].grant = issueToken(for: entry[index].slot, entry[index].reserved, id.part(index), into: &effects)
            entry[index].reserved = nil
        }
        entry.phase = .held
        requests[id] = entry
        guard let session = entry.session, let body = entry.granted else { return }
        effects.answers.append(Answer(session, id, body, isDurable: entry.hasDurableElements))
    }

    /// Gives everything back as if it had not been offered, and marks dirty what may go on now.
    mutating func withdrawOffer(_ id: RequestID, _ entry: OpenEntry) {
        let end = offers.removeValue(forKey: id)
        precondition(end != nil, "request \(id.number) has no offer to withdraw")
        for index in entry.canonicalOrder {
            let slot = entry[index].slot
            table[slot].kind.release(entry[index].ask, entry[index].reserved, .untold)
            table[slot].removeHolder()
            if table[slot].hasState { markChanged(slot) }
            markDirty(slot, near: entry[index].ask)
        }
    }

    /// Sets aside the waiters that have not confirmed their offers in time.
    mutating func expireOffers(at now: Moment, into effects: inout Effects) {
        guard let due = nextOfferEnd, due <= now.boottime else { return }
        for id in offers.filter({ $0.value <= now.boottime }).keys.sorted() {
            guard var entry = requests[id], case .offered(let since) = entry.phase else {
                preconditionFailure("request \(id.number) has an offer and is not offered anything")
            }
            withdrawOffer(id, entry)
            for index in entry.indices { entry[index].reserved = nil }
            entry.phase = .waiting(since: since)
            entry.isSetAside = true
            requests[id] = entry
            for slot in entry.slots { table[slot].addWaiter() }
            record(.passedOver, id, entry, into: &effects)
        }
        nextOfferEnd = offers.values.min()
        precondition(nextOfferEnd.map { $0 > now.boottime } ?? true, "an offer is over and stays")
    }

    /// Puts a waiter that was set aside back into its queues, because its client was heard of.
    mutating func requeue(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id], entry.isSetAside else { return }
        entry.isSetAside = false
        requests[id] = entry
        for slot in entry.slots { table[slot].removeWaiter() }
        join(id, entry)
        for index in entry.indices { markDirty(entry[index].slot, near: entry[index].ask) }
        grantWaiters(at: now, into: &effects)
    }
}
