internal import FlomModel

/// Grants that come later than the request: whoever has waited may have been stopped meanwhile (^Z, a freezer), or be out of reach.
///
/// **Rules.** A waiter that confirms offers is *offered* what it waited for: it has its part of everything, so that nobody else gets it,
/// but holds nothing on record. When it confirms, it is granted. If it does not in time, everything is given back as if nobody had ever
/// had it, elements included; it is *passed over*, and set aside: its place and its age stay, but it bars nobody and is offered nothing
/// until something is heard of it. Then it queues at its place again.
extension Engine {
    /// Hundreds of times what a client on this host needs, also on a machine that is busy; and short for those who wait behind one that is
    /// stopped. Who loses its turn by mistake has the next one.
    static let localOfferMilliseconds: Int64 = 2000
    /// A network may lose a packet or two, and who is away comes back within two seconds if he can (`BackOff`).
    static let remoteOfferMilliseconds: Int64 = 5000

    /// To a waiter that has been taken out of its queue, because it fits.
    mutating func offer(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id] else { return }
        let since = if case .waiting(let since) = entry.phase { since } else { now.boottime }
        for index in entry.canonicalOrder {
            let slot = entry[index].slot
            entry[index].reserved = slots[slot]!.kind.acquire(entry[index].ask, at: now)
            slots[slot]!.holderCount += 1
            slots[slot]!.idleSince = nil
        }
        entry.phase = .offered(waitsSince: since)
        requests[id] = entry
        let end = now.boottime.advanced(
            byMilliseconds: entry.isLocal && entry.session != nil ? Self.localOfferMilliseconds : Self.remoteOfferMilliseconds)
        offers[id] = end
        nextOfferEnd = nextOfferEnd.map { min($0, end) } ?? end
        // Whoever is away is told when he comes back for it.
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
            // Too late, or about an offer of a daemon before this one.
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

    /// What was offered is granted.
    mutating func accept(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id], case .offered = entry.phase else { return }
        guard hasTokens(entry.count) else {
            withdrawOffer(id, entry)
            forget(id, entry)
            refuse(id, entry, .tokensUsedUp, into: &effects)
            return grantWaiters(at: now, into: &effects)
        }
        offers[id] = nil
        for index in entry.canonicalOrder {
            entry[index].grant = issueToken(for: entry[index].slot, entry[index].reserved, id.part(index), into: &effects)
            entry[index].reserved = nil
        }
        entry.phase = .held
        requests[id] = entry
        guard let session = entry.session, let body = entry.granted else { return }
        effects.answers.append(Answer(session, id, body, isDurable: entry.hasDurableElements))
    }

    /// Everything is as if it had not been offered; what may go on now is marked dirty.
    mutating func withdrawOffer(_ id: RequestID, _ entry: OpenEntry) {
        offers[id] = nil
        for index in entry.canonicalOrder {
            let slot = entry[index].slot
            slots[slot]!.kind.release(entry[index].ask, entry[index].reserved, .untold)
            slots[slot]!.holderCount -= 1
            if slots[slot]!.hasState { markChanged(slot) }
            markDirty(slot, near: entry[index].ask)
        }
    }

    /// The offers that nobody has taken in time.
    mutating func expireOffers(at now: Moment, into effects: inout Effects) {
        guard let due = nextOfferEnd, due <= now.boottime else { return }
        for id in offers.filter({ $0.value <= now.boottime }).keys.sorted() {
            guard var entry = requests[id], case .offered(let since) = entry.phase else { continue }
            withdrawOffer(id, entry)
            for index in entry.indices { entry[index].reserved = nil }
            entry.phase = .waiting(since: since)
            entry.isSetAside = true
            requests[id] = entry
            for slot in entry.slots { slots[slot]!.waiterCount += 1 }
            record(.passedOver, id, entry, into: &effects)
        }
        nextOfferEnd = offers.values.min()
    }

    /// One that was set aside is heard of.
    mutating func requeue(_ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard var entry = requests[id], entry.isSetAside else { return }
        entry.isSetAside = false
        requests[id] = entry
        for slot in entry.slots { slots[slot]!.waiterCount -= 1 }
        join(id, entry)
        for index in entry.indices { markDirty(entry[index].slot, near: entry[index].ask) }
        grantWaiters(at: now, into: &effects)
    }
}
