package import FlomModel

/// How requests end, and what becomes of those who waited for that.
extension Engine {
    mutating func unlock(
        _ session: SessionID, _ name: ResourceName, _ completion: Completion, at now: Moment, into effects: inout Effects
    ) {
        guard let id = sessions[session], let entry = requests[id], entry.first.identity == name.identity else {
            effects.answers.append(Answer(session, sessions[session], .notHeld))
            return
        }
        effects.answers.append(Answer(session, id, .released, isDurable: entry.hasDurableElements))
        end(id, as: isHeld(id) ? .released(completion) : .withdrawn(.unlocked), at: now, into: &effects)
    }

    mutating func hungUp(_ session: SessionID, at now: Moment, into effects: inout Effects) {
        guard let id = sessions[session], let entry = requests[id] else { return }
        guard entry.isHeld else { return end(id, as: .withdrawn(.hungUp), at: now, into: &effects) }
        guard entry.canResume else { return end(id, as: .released(.disconnected), at: now, into: &effects) }
        sessions[session] = nil
        requests[id]!.session = nil
        effects.inquiries.append(id)
    }

    mutating func disconnected(_ session: SessionID, at now: Moment, into effects: inout Effects) {
        guard let id = sessions[session], requests[id]?.canResume == true else {
            return hungUp(session, at: now, into: &effects)
        }
        sessions[session] = nil
        requests[id]!.session = nil
        effects.inquiries.append(id)
    }

    mutating func resumed(_ session: SessionID, _ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard let entry = requests[id], sessions[session] == nil else { return }
        if let earlier = entry.session { sessions[earlier] = nil }
        sessions[session] = id
        requests[id]!.session = session
        requests[id]!.isOrphan = false
        record(.resumed, id, entry, into: &effects)
        // Whoever comes back for what it was offered takes it, and is told so.
        if case .offered = entry.phase { return accept(id, at: now, into: &effects) }
        if entry.isSetAside {
            // What it may be offered at once comes behind that.
            effects.answers.append(Answer(session, id, .queued(position: place(of: id, entry))))
            return requeue(id, at: now, into: &effects)
        }
        let standing: Answer.Body? =
            switch entry.phase {
            case .offered: nil
            case .held: entry.granted
            case .waiting: .queued(position: place(of: id, entry))
            case .awaitingCreation: .awaitingCreation
            }
        guard let standing else { return }
        effects.answers.append(Answer(session, id, standing, isDurable: entry.isHeld && entry.hasDurableElements))
    }

    /// From 1, the head; of several queues the longest.
    private func place(of id: RequestID, _ entry: OpenEntry) -> Int {
        1
            + entry.indices.reduce(0) { longest, index in
                let slot = entry[index].slot
                return max(longest, slots[slot]!.kind.waiterCount(before: id) + slots[slot]!.compoundWaiters.waiterCount(before: id))
            }
    }

    /// A waiter's place in the queue, from 1; nil of all others.
    package func place(of id: RequestID) -> Int? {
        guard let entry = requests[id], case .waiting = entry.phase else { return nil }
        return place(of: id, entry)
    }

    /// Recorded once, however often it is told.
    mutating func started(_ id: RequestID, _ process: ProcessIdentity, into effects: inout Effects) {
        guard let entry = requests[id], entry.command != process else { return }
        requests[id]!.command = process
        record(.started(process), id, entry, into: &effects)
    }

    mutating func identified(_ id: RequestID, _ process: ProcessIdentity?, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        requests[id]!.command = nil
        record(.identified(process), id, entry, into: &effects)
    }

    /// Takes a request out of everything, records how it ended, and wakes who can go on.
    mutating func end(_ id: RequestID, as kind: Event.Kind, at now: Moment, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        forget(id, entry)
        record(kind, id, entry, into: &effects)
        switch entry.phase {
        case .awaitingCreation(let name):
            awaitingCreation[name]?.leave(id)
            if awaitingCreation[name]?.isEmpty == true { awaitingCreation[name] = nil }
        case .waiting where entry.isSetAside:
            for slot in entry.slots {
                slots[slot]!.waiterCount -= 1
                markIdleIfUnused(slot, at: now)
            }
        case .offered: withdrawOffer(id, entry)
        case .waiting(let since):
            dequeue(id, entry)
            // Whoever does not bar is in nobody's way.
            let bars = policy.bars(waitingSince: since, at: now.boottime)
            for index in entry.indices {
                let slot = entry[index].slot
                if bars || slots[slot]!.wakesAt != nil { markDirty(slot, near: entry[index].ask) }
                markIdleIfUnused(slot, at: now)
            }
        case .held:
            for index in entry.canonicalOrder {
                let slot = entry[index].slot
                slots[slot]!.kind.release(entry[index].ask, entry[index].grant?.element, Self.ending(kind))
                slots[slot]!.holderCount -= 1
                if slots[slot]!.hasState { markChanged(slot) }
                markDirty(slot, near: entry[index].ask)
            }
        }
        grantWaiters(at: now, into: &effects)
    }

    mutating func forget(_ id: RequestID, _ entry: OpenEntry) {
        requests[id] = nil
        if let session = entry.session { sessions[session] = nil }
    }

    private static func ending(_ kind: Event.Kind) -> Ending {
        switch kind {
        case .released(let completion): completion.rollsBack ? .rolledBack : .committed
        // It has let go before its command ran.
        case .withdrawn, .refused: .rolledBack
        case .reclaimed, .broken, .requested, .queued, .awaitingCreation, .granted, .passedOver, .described, .started, .orphaned,
            .resumed, .identified:
            .unknown
        }
    }

    /// Nobody is granted anything on the way: all leave before anybody is looked at.
    mutating func withdrawWaiters(at now: Moment, into effects: inout Effects) {
        isGrantingWaiters = true
        for id in requests.keys.filter({ !isHeld($0) }).sorted(by: >) {
            if let session = requests[id]?.session { effects.answers.append(Answer(session, id, .refused(.shutDown))) }
            end(id, as: .withdrawn(.shutDown), at: now, into: &effects)
        }
        isGrantingWaiters = false
        grantWaiters(at: now, into: &effects)
    }
}
