internal import FlomModel

/// What holds between two steps, whatever has happened: tests and the simulator check it after each.
extension Engine {
    /// Something about the engine that should always hold, and does not.
    package struct BrokenInvariant: Error, CustomStringConvertible {
        package let description: String
    }

    /// Looks at everything that is open and exists. To be called between steps.
    ///
    /// - Throws: a sentence about the first invariant that does not hold.
    package func checkInvariants() throws(BrokenInvariant) {
        var check = InvariantCheck()
        checkNothingIsLeft(&check)
        checkSessions(&check)
        var uses: [SlotIndex: Uses] = [:]
        for (id, entry) in requests {
            checkRequest(entry, id, &check)
            for index in entry.indices where entry.isResolved { uses[entry[index].slot, default: Uses()].count(entry, index) }
        }
        for slot in table.indices { checkResource(slot, uses[slot] ?? Uses(), &check) }
        checkAwaiters(&check)
        checkOffers(&check)
        if let sentence = check.broken { throw BrokenInvariant(description: "an invariant of the engine is broken: \(sentence)") }
    }

    // MARK: - Between steps

    private func checkNothingIsLeft(_ check: inout InvariantCheck) {
        check.expect(changedSlots.isEmpty, "\(changedSlots.count) resources have changed, and the journal was not told")
        check.expect(!isGrantingWaiters, "waiters are still being granted")
        check.expect(dirty.isEmpty || !isRecovered, "\(dirty.count) changes were not looked at")
        check.expect(lastTokenCounter <= FencingToken.largestCounter, "counter \(lastTokenCounter) does not fit into a token")
    }

    private func checkSessions(_ check: inout InvariantCheck) {
        for (session, id) in sessions {
            let known = requests[id]?.session
            check.expect(
                known == session,
                "session \(session.number) is that of request \(id.number), whose session is \(known?.number ?? 0)")
        }
        let connected = requests.count { $0.value.session != nil }
        check.expect(
            connected == sessions.count, "\(connected) requests have a session, and \(sessions.count) sessions a request")
    }

    // MARK: - Requests

    private func checkRequest(_ entry: OpenEntry, _ id: RequestID, _ check: inout InvariantCheck) {
        let name = "request \(id.number)"
        check.expect(id.number + Int64(entry.count) <= nextRequest, "\(name) has a number that is given again")
        check.expect(!entry.isOrphan || entry.isHeld && entry.session == nil, "\(name) is an orphan in phase \(entry.phase)")
        for index in entry.indices {
            let part = entry[index]
            if let grant = part.grant {
                check.expect(entry.isHeld, "\(name) has a grant in phase \(entry.phase)")
                check.expect(
                    grant.token.epoch < epoch || grant.token.epoch == epoch && grant.token.counter <= lastTokenCounter,
                    "\(name) has token \(grant.token.value), and the last one is \(epoch):\(lastTokenCounter)")
            }
            guard entry.isResolved else { continue }
            check.expect(
                table.contains(part.slot) && table[part.slot].name == part.identity,
                "\(name) wants \(part.identity), and its slot is of another resource")
        }
        switch entry.phase {
        case .awaitingCreation(let resource):
            check.expect(awaitingCreation[resource] != nil, "\(name) awaits \(resource), and is in no lane")
            check.expect(!entry.isSetAside, "\(name) awaits a creation and was set aside")
        case .waiting:
            let isKnown = nestedWaiters.contains(id)
            check.expect(
                isKnown == (entry.parent != nil && !entry.isSetAside),
                "\(name) is \(isKnown ? "" : "not ")known as a nested waiter")
        case .offered:
            check.expect(offers[id] != nil && entry.confirmsOffers, "\(name) is offered a lock, and the offer has no end")
        case .held:
            check.expect(entry.indices.allSatisfy { entry[$0].grant != nil }, "\(name) holds a resource without a grant")
        }
    }

    private func checkAwaiters(_ check: inout InvariantCheck) {
        let awaiting = requests.count { if case .awaitingCreation = $0.value.phase { true } else { false } }
        let inLanes = awaitingCreation.values.reduce(0) { $0 + $1.count(before: RequestID(nextRequest)) }
        check.expect(awaiting == inLanes, "\(awaiting) requests await a creation, and \(inLanes) are in lanes")
        for (name, lane) in awaitingCreation {
            check.expect(!lane.isEmpty, "the lane for the creation of \(name) is empty")
            check.expect(!isRecovered || table.index(of: name) == nil, "\(name) exists, and its creation is awaited")
            if let sentence = lane.inconsistency { check.expect(false, sentence) }
        }
        let nested = requests.count { id, entry in
            if case .waiting = entry.phase { entry.parent != nil && !entry.isSetAside } else { false }
        }
        check.expect(nested == nestedWaiters.count, "\(nested) nested requests wait, and \(nestedWaiters.count) are known")
    }

    private func checkOffers(_ check: inout InvariantCheck) {
        for (id, end) in offers {
            let isOffered = if case .offered = requests[id]?.phase { true } else { false }
            check.expect(isOffered, "request \(id.number) has an offer that is over")
            check.expect(nextOfferEnd.map { $0 <= end } ?? false, "the offer to request \(id.number) ends unnoticed")
        }
    }

    // MARK: - Resources

    /// How requests use a resource.
    private struct Uses {
        var holders = 0
        /// Requests that wait, each once.
        var waiters = 0
        /// The waiters that are in no lane.
        var setAside = 0

        mutating func count(_ entry: OpenEntry, _ index: Int) {
            switch entry.phase {
            case .held, .offered: holders += 1
            case .awaitingCreation: break
            case .waiting:
                guard !(0..<index).contains(where: { entry[$0].slot == entry[index].slot }) else { return }
                waiters += 1
                if entry.isSetAside { setAside += 1 }
            }
        }
    }

    private func checkResource(_ slot: SlotIndex, _ uses: Uses, _ check: inout InvariantCheck) {
        let resource = table[slot]
        let name = resource.name
        check.expect(table.index(of: name) == slot, "\(name) is not found by its name")
        check.expect(
            resource.holderCount == uses.holders,
            "\(name) counts \(resource.holderCount) holders, and there are \(uses.holders)")
        check.expect(
            resource.waiterCount == uses.waiters,
            "\(name) counts \(resource.waiterCount) waiters, and there are \(uses.waiters)")
        let queued = resource.waiterCount(before: RequestID(nextRequest))
        check.expect(
            queued + uses.setAside == uses.waiters,
            "of \(uses.waiters) waiters for \(name) \(queued) are in lanes, and \(uses.setAside) were set aside")
        check.expect(!resource.kind.isOvergranted, "the holders of \(name) exclude each other")
        check.expect(!resource.isChanged, "\(name) has changed, and the journal was not told")
        check.expect(!isRecovered || resource.isIdle == (resource.idleSince != nil), "\(name) is idle, and not since a moment")
        if let next = resource.nextAlarm, isRecovered {
            check.expect(resource.alarmAt.map { $0 <= next } ?? false, "\(name) waits for time to pass without an alarm")
        }
        if let sentence = resource.kind.inconsistency ?? resource.compoundWaiters.inconsistency {
            check.expect(false, "\(name): \(sentence)")
        }
    }
}

/// Keeps the first expectation that does not hold.
private struct InvariantCheck {
    private(set) var broken: String?

    mutating func expect(_ holds: Bool, _ sentence: @autoclosure () -> String) {
        if !holds && broken == nil { broken = sentence() }
    }
}
