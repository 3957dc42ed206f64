/// How resources come to be, wait for time to pass, and cease to exist; and what is left of them after a restart.
extension Engine {
    mutating func create(_ request: LockRequest) -> Int {
        let slot = create(
            LivingResource(
                name: request.resource.identity, idleLifespanMilliseconds: request.idleLifespanMilliseconds, idleSince: nil,
                state: nil))
        change(slot)
        return slot
    }

    private mutating func create(_ living: LivingResource) -> Int {
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
    mutating func change(_ slot: Int) {
        guard !slots[slot]!.isChanged else { return }
        slots[slot]!.isChanged = true
        changedSlots.append(slot)
    }

    mutating func idleIfEmpty(_ slot: Int, at now: Moment) {
        guard isSettled, slots[slot]!.isIdle else { return }
        slots[slot]!.wakesAt = nil
        if slots[slot]!.idleSince == nil {
            slots[slot]!.idleSince = now.boottime
            change(slot)
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
        alarms.insert(.init(at: next, slot: slot))
    }

    /// Ends the lives whose time has come, and wakes who waited for time to pass.
    mutating func soundAlarms(at now: Moment, into effects: inout Effects) {
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
                wake(entry.slot, near: nil, at: now, into: &effects)
                idleIfEmpty(entry.slot, at: now)
            }
            armAlarm(entry.slot)
        }
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

    mutating func restore(_ living: LivingResource) {
        let slot = create(living)
        armAlarm(slot)
    }

    mutating func restore(_ open: OpenRequest) {
        let request = open.request
        var entry = OpenEntry(request, session: nil, phase: .awaitingCreation)
        switch open.phase {
        case .awaitingCreation:
            awaitingCreation[entry.identity, default: Lane()].join(open.id)
        case .waiting:
            let slot = slotOfName[entry.identity] ?? create(request)
            slots[slot]!.kind.join(open.id, entry.ask)
            slots[slot]!.waiterCount += 1
            slots[slot]!.idleSince = nil
            entry.phase = .waiting(slot: slot, since: open.queuedAt ?? open.askedAt)
        case .held:
            let slot = slotOfName[entry.identity] ?? create(request)
            slots[slot]!.kind.resume(entry.ask, open.element)
            slots[slot]!.holderCount += 1
            slots[slot]!.idleSince = nil
            entry.phase = .held(slot: slot)
            entry.element = open.element
        }
        entry.command = open.command
        entry.isOrphan = open.isOrphan
        requests[open.id] = entry
    }
}
