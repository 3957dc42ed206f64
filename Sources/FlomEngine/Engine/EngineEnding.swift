/// How requests end, and what becomes of those who waited for that.
extension Engine {
    mutating func unlock(
        _ session: SessionID, _ name: ResourceName, _ completion: Completion, at now: Moment, into effects: inout Effects
    ) {
        guard let id = sessions[session], requests[id]?.identity == name.identity else {
            effects.answers.append(Answer(session, sessions[session], .notHeld))
            return
        }
        effects.answers.append(Answer(session, id, .released))
        end(id, as: isHeld(id) ? .released(completion) : .withdrawn(.unlocked), at: now, into: &effects)
    }

    mutating func hungUp(_ session: SessionID, at now: Moment, into effects: inout Effects) {
        guard let id = sessions[session], let entry = requests[id] else { return }
        guard isHeld(id) else { return end(id, as: .withdrawn(.hungUp), at: now, into: &effects) }
        guard entry.canResume else { return end(id, as: .released(.disconnected), at: now, into: &effects) }
        sessions[session] = nil
        requests[id]!.session = nil
        effects.inquiries.append(id)
    }

    /// Recorded once, however often it is told.
    mutating func started(_ id: RequestID, _ process: ProcessIdentity, into effects: inout Effects) {
        guard requests[id]?.command != process else { return }
        requests[id]!.command = process
        effects.events.append(Event(id, .started(process)))
    }

    /// Takes a request out of everything, records how it ended, and wakes who can go on.
    mutating func end(_ id: RequestID, as kind: Event.Kind, at now: Moment, into effects: inout Effects) {
        guard let entry = remove(id, as: kind, into: &effects) else { return }
        switch entry.phase {
        case .awaitingCreation:
            awaitingCreation[entry.identity]?.leave(id)
            if awaitingCreation[entry.identity]?.isEmpty == true { awaitingCreation[entry.identity] = nil }
            return
        case .waiting(let slot, let since):
            dequeue(id, entry.ask, slot)
            // Whoever does not bar is in nobody's way.
            if policy.bars(waitingSince: since, at: now.boottime) || slots[slot]!.wakesAt != nil {
                wake(slot, near: entry.ask, at: now, into: &effects)
            }
            idleIfEmpty(slot, at: now)
        case .held(let slot):
            slots[slot]!.kind.give(entry.ask, entry.element, Self.ending(kind))
            slots[slot]!.holderCount -= 1
            if slots[slot]!.hasState { change(slot) }
            wake(slot, near: entry.ask, at: now, into: &effects)
            idleIfEmpty(slot, at: now)
        }
    }

    /// Refuses one who waits, or who awaited the creation. Wakes nobody: who calls this is about to look at the rest.
    mutating func turnAway(_ id: RequestID, _ refusal: Refusal, at now: Moment, into effects: inout Effects) {
        guard let entry = remove(id, as: .refused(refusal), into: &effects) else { return }
        if let session = entry.session { effects.answers.append(Answer(session, id, .refused(refusal))) }
        if case .waiting(let slot, _) = entry.phase { dequeue(id, entry.ask, slot) }
    }

    private mutating func remove(_ id: RequestID, as kind: Event.Kind, into effects: inout Effects) -> OpenEntry? {
        guard let entry = requests.removeValue(forKey: id) else { return nil }
        if let session = entry.session { sessions[session] = nil }
        effects.events.append(Event(id, kind))
        return entry
    }

    private static func ending(_ kind: Event.Kind) -> Ending {
        switch kind {
        case .released(let completion): completion.rollsBack ? .rolledBack : .committed
        // It has let go before its command ran.
        case .withdrawn, .refused: .rolledBack
        case .reclaimed, .requested, .queued, .awaitingCreation, .granted, .described, .started, .orphaned: .unknown
        }
    }

    /// The newest first: nobody is barred by a newer one, so nobody is granted on the way.
    mutating func withdrawWaiters(at now: Moment, into effects: inout Effects) {
        for id in requests.keys.filter({ !isHeld($0) }).sorted(by: >) {
            if let session = requests[id]?.session { effects.answers.append(Answer(session, id, .refused(.shutDown))) }
            end(id, as: .withdrawn(.shutDown), at: now, into: &effects)
        }
    }

    func isHeld(_ id: RequestID) -> Bool {
        if case .held = requests[id]?.phase { true } else { false }
    }
}
