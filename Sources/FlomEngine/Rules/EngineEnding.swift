package import FlomModel

/// How requests end, and what that changes for the waiters behind them.
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
        loseSession(session, of: id, into: &effects)
    }

    mutating func disconnected(_ session: SessionID, at now: Moment, into effects: inout Effects) {
        guard let id = sessions[session], requests[id]?.canResume == true else {
            return hungUp(session, at: now, into: &effects)
        }
        loseSession(session, of: id, into: &effects)
    }

    /// Leaves a request without a session, and asks what lives of its client.
    private mutating func loseSession(_ session: SessionID, of id: RequestID, into effects: inout Effects) {
        sessions[session] = nil
        update(id) { entry in
            precondition(entry.session == session, "request \(id.number) loses session \(session.number), which is not its own")
            entry.session = nil
        }
        effects.inquiries.append(id)
    }

    mutating func resumed(_ session: SessionID, _ id: RequestID, at now: Moment, into effects: inout Effects) {
        guard let entry = requests[id], sessions[session] == nil else { return }
        precondition(entry.session != session, "request \(id.number) has session \(session.number), which is not known")
        if let earlier = entry.session { sessions[earlier] = nil }
        sessions[session] = id
        update(id) {
            $0.session = session
            $0.isOrphan = false
        }
        record(.resumed, id, entry, into: &effects)
        // A client that comes back for what it was offered takes it, and is told so.
        if case .offered = entry.phase { return accept(id, at: now, into: &effects) }
        if entry.isSetAside {
            // An offer that it may get at once comes behind that.
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

    /// A waiter's place in the queue, from 1, the head. Of several queues the place in the longest counts.
    private func place(of id: RequestID, _ entry: OpenEntry) -> Int {
        1
            + entry.indices.reduce(0) { longest, index in
                let slot = entry[index].slot
                return max(longest, table[slot].waiterCount(before: id))
            }
    }

    /// A waiter's place in the queue, from 1; nil for requests that do not wait.
    package func place(of id: RequestID) -> Int? {
        guard let entry = requests[id], case .waiting = entry.phase else { return nil }
        return place(of: id, entry)
    }

    /// Records the command of a request, once, however often its client reports it.
    mutating func started(_ id: RequestID, _ process: ProcessIdentity, into effects: inout Effects) {
        guard let entry = requests[id], entry.command != process else { return }
        update(id) { $0.command = process }
        record(.started(process), id, entry, into: &effects)
    }

    mutating func identified(_ id: RequestID, _ process: ProcessIdentity?, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        update(id) { $0.command = nil }
        record(.identified(process), id, entry, into: &effects)
    }

    /// Takes a request out of everything, records how it ended, and wakes the waiters that can go on.
    mutating func end(_ id: RequestID, as kind: Event.Kind, at now: Moment, into effects: inout Effects) {
        guard let entry = requests[id] else { return }
        forget(id, entry)
        record(kind, id, entry, into: &effects)
        switch entry.phase {
        case .awaitingCreation(let name):
            guard var lane = awaitingCreation.removeValue(forKey: name) else {
                preconditionFailure("request \(id.number) awaits \(name), which nobody awaits")
            }
            lane.leave(id)
            if !lane.isEmpty { awaitingCreation[name] = lane }
        case .waiting where entry.isSetAside:
            for slot in entry.slots {
                table[slot].removeWaiter()
                markIdleIfUnused(slot, at: now)
            }
        case .offered: withdrawOffer(id, entry)
        case .waiting(let since):
            dequeue(id, entry)
            // A waiter that does not block was in nobody's way.
            let blocks = policy.blocks(waitingSince: since, at: now.boottime)
            for index in entry.indices {
                let slot = entry[index].slot
                if blocks || table[slot].wakesAt != nil { markDirty(slot, near: entry[index].ask) }
                markIdleIfUnused(slot, at: now)
            }
        case .held:
            for index in entry.canonicalOrder {
                let slot = entry[index].slot
                precondition(entry[index].grant != nil, "request \(id.number) holds \(table[slot].name) without a grant")
                table[slot].kind.release(entry[index].ask, entry[index].grant?.element, Self.ending(kind, entry))
                table[slot].removeHolder()
                if table[slot].hasState { markChanged(slot) }
                markDirty(slot, near: entry[index].ask)
            }
        }
        grantWaiters(at: now, into: &effects)
    }

    mutating func forget(_ id: RequestID, _ entry: OpenEntry) {
        requests[id] = nil
        guard let session = entry.session else { return }
        let known = sessions.removeValue(forKey: session)
        precondition(known == id, "session \(session.number) of request \(id.number) is that of \(known?.number ?? 0)")
    }

    private static func ending(_ kind: Event.Kind, _ entry: OpenEntry) -> Ending {
        switch kind {
        // A program that has ended without a word has not committed. A command may have done its work.
        case .reclaimed(let proof) where entry.runsNoCommand && proof.isOfTheEnd: .rolledBack
        case .released(let completion): completion.rollsBack ? .rolledBack : .committed
        // It has ended before its command ran.
        case .withdrawn, .refused: .rolledBack
        case .reclaimed, .broken, .requested, .queued, .awaitingCreation, .granted, .passedOver, .described, .started, .orphaned,
            .resumed, .identified:
            .unknown
        }
    }

    /// Ends every request that does not hold its locks. None is granted on the way: all leave before a waiter is tested.
    mutating func withdrawWaiters(at now: Moment, into effects: inout Effects) {
        precondition(!isGrantingWaiters, "waiters are withdrawn while others are granted")
        isGrantingWaiters = true
        for id in requests.keys.filter({ !isHeld($0) }).sorted(by: >) {
            if let session = requests[id]?.session { effects.answers.append(Answer(session, id, .refused(.shutDown))) }
            end(id, as: .withdrawn(.shutDown), at: now, into: &effects)
        }
        isGrantingWaiters = false
        grantWaiters(at: now, into: &effects)
    }
}
