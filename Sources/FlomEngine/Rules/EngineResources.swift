internal import FlomModel

/// How resources come to be, wait for time to pass, and cease to exist; and what is left of them after a restart.
extension Engine {
    mutating func create(_ name: ResourceName, idleLifespanMilliseconds: Int32) -> Int {
        let slot = create(
            StoredResource(name: name, idleLifespanMilliseconds: idleLifespanMilliseconds, idleSince: nil, state: nil))
        markChanged(slot)
        return slot
    }

    private mutating func create(_ living: StoredResource) -> Int {
        let kind = Resource.kind(
            of: living.name, state: living.state, lastStamp: lastStamps.removeValue(forKey: living.name), renderer: renderer)
        var resource = Resource(name: living.name, idleLifespanMilliseconds: living.idleLifespanMilliseconds, kind: kind)
        resource.idleSince = living.idleSince
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(resource) } else { slots[slot] = resource }
        slotOfName[living.name] = slot
        return slot
    }

    /// The journal is told at the end of the step.
    mutating func markChanged(_ slot: Int) {
        guard !slots[slot]!.isChanged else { return }
        slots[slot]!.isChanged = true
        changedSlots.append(slot)
    }

    mutating func markIdleIfUnused(_ slot: Int, at now: Moment) {
        guard isRecovered, slots[slot]!.isIdle else { return }
        slots[slot]!.wakesAt = nil
        if slots[slot]!.idleSince == nil {
            slots[slot]!.idleSince = now.boottime
            markChanged(slot)
        }
        armAlarm(slot)
    }

    // MARK: - Alarms

    /// Somebody waits for this moment, or an earlier one that is known already.
    mutating func setAlarm(_ slot: Int, _ moment: Instant) {
        slots[slot]!.wakesAt = slots[slot]!.wakesAt.map { min($0, moment) } ?? moment
        armAlarm(slot)
    }

    private mutating func armAlarm(_ slot: Int) {
        guard let next = slots[slot]!.nextAlarm else { return }
        if let known = slots[slot]!.alarmAt, known <= next { return }
        slots[slot]!.alarmAt = next
        alarms.insert(Alarm(at: next, slot: slot))
    }

    /// Ends the lives whose time has come, and wakes who waited for time to pass.
    mutating func fireAlarms(at now: Moment, into effects: inout Effects) {
        expireOffers(at: now, into: &effects)
        while let entry = alarms.first, entry.at <= now.boottime {
            alarms.removeFirst()
            guard let resource = slots[entry.slot], resource.alarmAt == entry.at else { continue }
            slots[entry.slot]!.alarmAt = nil
            if let end = resource.expiresAt, end <= now.boottime {
                forget(entry.slot, into: &effects)
                continue
            }
            if let moment = resource.wakesAt, moment <= now.boottime {
                slots[entry.slot]!.wakesAt = nil
                markDirty(entry.slot, near: nil)
            }
            armAlarm(entry.slot)
        }
        grantWaiters(at: now, into: &effects)
    }

    private mutating func forget(_ slot: Int, into effects: inout Effects) {
        let resource = slots[slot]!
        if case .timestamp(_, let last?) = resource.kind.state { lastStamps[resource.name] = last }
        slotOfName[resource.name] = nil
        slots[slot] = nil
        freeSlots.append(slot)
        effects.lives.append(.ended(resource.name))
    }

    // MARK: - Recovery

    mutating func restore(_ living: StoredResource) {
        let slot = create(living)
        armAlarm(slot)
    }

    /// - Parameter rows: in the order of their numbers; the parts of a group follow each other.
    mutating func restore(_ rows: [OpenRequest]) {
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
        var request = first.request
        request.others = parts.dropFirst().map { LockPart($0.request.resource, $0.request.mode, quantity: $0.request.quantity) }
        var entry = OpenEntry(request, session: nil, phase: .waiting(since: first.queuedAt ?? first.askedAt))
        entry.command = first.command
        entry.isOrphan = first.isOrphan

        if first.phase == .awaitingCreation {
            requests[first.id] = entry
            // Which one is missing shows when all that exists is there.
            return awaitCreation(of: entry.first.identity, first.id)
        }
        for index in entry.indices {
            let identity = entry[index].identity
            let slot =
                slotOfName[identity]
                ?? create(identity, idleLifespanMilliseconds: request.idleLifespanMilliseconds)
            entry[index].slot = slot
            guard case .held(let token) = parts[index].phase else { continue }
            entry[index].grant = Grant(token, element: parts[index].element)
            slots[slot]!.kind.restore(entry[index].ask, parts[index].element)
            slots[slot]!.holderCount += 1
            slots[slot]!.idleSince = nil
        }
        if case .held = first.phase { entry.phase = .held } else { join(first.id, entry) }
        requests[first.id] = entry
    }

    /// Those who await the creation of several resources were all put to the first one.
    mutating func admitAwaitersAfterRecovery(at now: Moment, into effects: inout Effects) {
        admitAwaiters(awaitingCreation.keys.compactMap { slotOfName[$0] }, at: now, into: &effects)
    }
}
