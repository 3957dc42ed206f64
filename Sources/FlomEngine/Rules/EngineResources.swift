internal import FlomModel

/// How resources come into existence, wait for time to pass, and cease to exist; and how they are restored after a restart.
extension Engine {
    mutating func create(_ name: ResourceName, idleLifespanMilliseconds: Int32) -> SlotIndex {
        let slot = create(
            StoredResource(name: name, idleLifespanMilliseconds: idleLifespanMilliseconds, idleSince: nil, state: nil))
        markChanged(slot)
        return slot
    }

    private mutating func create(_ stored: StoredResource) -> SlotIndex {
        precondition(stored.name == stored.name.identity, "\(stored.name) is created, and is part of \(stored.name.identity)")
        let kind = Resource.kind(
            of: stored.name, state: stored.state, lastStamp: lastStamps.removeValue(forKey: stored.name), renderer: renderer)
        var resource = Resource(name: stored.name, idleLifespanMilliseconds: stored.idleLifespanMilliseconds, kind: kind)
        resource.idleSince = stored.idleSince
        return table.insert(resource)
    }

    /// The journal is told at the end of the step.
    mutating func markChanged(_ slot: SlotIndex) {
        guard !table[slot].isChanged else { return }
        table[slot].isChanged = true
        changedSlots.append(slot)
    }

    mutating func markIdleIfUnused(_ slot: SlotIndex, at now: Moment) {
        guard isRecovered, table[slot].isIdle else { return }
        table[slot].wakesAt = nil
        if table[slot].idleSince == nil {
            table[slot].idleSince = now.boottime
            markChanged(slot)
        }
        armAlarm(slot)
    }

    // MARK: - Alarms

    /// Notes that a waiter may go on at a moment; an earlier moment that is known already stays.
    mutating func setAlarm(_ slot: SlotIndex, _ moment: Instant) {
        precondition(table[slot].waiterCount > 0, "\(table[slot].name) is to wake a waiter and has none")
        table[slot].wakesAt = table[slot].wakesAt.map { min($0, moment) } ?? moment
        armAlarm(slot)
    }

    private mutating func armAlarm(_ slot: SlotIndex) {
        guard let next = table[slot].nextAlarm else { return }
        if let known = table[slot].alarmAt, known <= next { return }
        table[slot].alarmAt = next
        alarms.insert(Alarm(at: next, slot: slot))
    }

    /// Ends the resources whose lifespan is over, and wakes the waiters that waited for time to pass.
    mutating func fireAlarms(at now: Moment, into effects: inout Effects) {
        expireOffers(at: now, into: &effects)
        while let alarm = alarms.first, alarm.at <= now.boottime {
            _ = alarms.removeFirst()
            guard table.contains(alarm.slot), table[alarm.slot].alarmAt == alarm.at else { continue }
            table[alarm.slot].alarmAt = nil
            if let end = table[alarm.slot].expiresAt, end <= now.boottime {
                remove(alarm.slot, into: &effects)
                continue
            }
            if let moment = table[alarm.slot].wakesAt, moment <= now.boottime {
                table[alarm.slot].wakesAt = nil
                markDirty(alarm.slot, near: nil)
            }
            armAlarm(alarm.slot)
        }
        grantWaiters(at: now, into: &effects)
    }

    private mutating func remove(_ slot: SlotIndex, into effects: inout Effects) {
        let name = table[slot].name
        precondition(table[slot].idleSince != nil, "\(name) ceases to exist and was not idle")
        if case .timestamp(_, let last?) = table[slot].kind.state { lastStamps[name] = last }
        table.remove(slot)
        effects.lives.append(.ended(name))
    }

    // MARK: - Recovery

    mutating func restore(_ stored: StoredResource) {
        let slot = create(stored)
        armAlarm(slot)
    }

    /// - Parameter rows: in the order of their numbers; the parts of a group follow each other.
    mutating func restore(_ rows: [OpenRequest]) {
        precondition(!isRecovered || rows.isEmpty, "\(rows.count) open requests are restored into an engine that grants already")
        var rest = rows[...]
        while let first = rest.popFirst() {
            var parts = [first]
            while first.request.group != nil, let next = rest.first, next.request.group == first.request.group {
                parts.append(rest.removeFirst())
            }
            restore(parts: parts)
        }
    }

    private mutating func restore(parts: [OpenRequest]) {
        let first = parts[0]
        precondition(requests[first.id] == nil, "request \(first.id.number) is restored twice")
        var request = first.request
        request.others = parts.dropFirst().map { LockPart($0.request.resource, $0.request.mode, quantity: $0.request.quantity) }
        var entry = OpenEntry(request, session: nil, phase: .waiting(since: first.queuedAt ?? first.askedAt))
        entry.command = first.command
        entry.isOrphan = first.isOrphan

        if first.phase == .awaitingCreation {
            requests[first.id] = entry
            // Which resource is missing shows when all that exist are restored.
            return awaitCreation(of: entry.first.identity, first.id)
        }
        for index in entry.indices {
            let identity = entry[index].identity
            let slot =
                table.index(of: identity)
                ?? create(identity, idleLifespanMilliseconds: request.idleLifespanMilliseconds)
            entry[index].slot = slot
            guard case .held(let token) = parts[index].phase else { continue }
            entry[index].grant = Grant(token, element: parts[index].element)
            table[slot].kind.restore(entry[index].ask, parts[index].element)
            table[slot].addHolder()
        }
        if case .held = first.phase { entry.phase = .held } else { join(first.id, entry) }
        requests[first.id] = entry
    }

    /// Requests that await several resources were all restored as awaiting their first one.
    mutating func admitAwaitersAfterRecovery(at now: Moment, into effects: inout Effects) {
        precondition(isRecovered, "awaiters are admitted before the journal's open requests are proven")
        admitAwaiters(awaitingCreation.keys.compactMap { table.index(of: $0) }, at: now, into: &effects)
    }
}
