// A request is asked, queued, granted.
extension Checker {
    mutating func ask(_ asked: Asked) throws(BrokenPromise) {
        guard isServing else { throw BrokenPromise(.history, "request \(asked.request) is asked while no daemon runs") }
        guard asked.request > newestRequest else {
            throw BrokenPromise(.number, "request \(asked.request) comes after \(newestRequest)")
        }
        newestRequest = asked.request
        counts.requests += 1
        guard let shape = Shape(asked.resource) else {
            throw BrokenPromise(.history, "request \(asked.request) names no resource")
        }
        let identity = Shape.identity(asked.resource)
        let resource = resources[identity] ?? ResourceState(identity)
        resources[identity] = resource
        endLifeIfDue(of: resource)

        let unit: Unit
        if let group = asked.group, let last = undecided.last, last.group == group {
            unit = last
        } else {
            unit = Unit(asked, try client(asked.client), incarnation: incarnation)
            unit.mayBeBroken = breaksAhead.remove(asked.request) != nil
            undecided.append(unit)
            unit.client.isHeard(at: at)
        }
        let want = Want(name: asked.resource, shape: shape, mode: asked.mode, quantity: asked.quantity)
        let part = Part(asked, want, resource, unit)
        unit.parts.append(part)
        requests[asked.request] = part
    }

    /// Checks the decision on a new request.
    mutating func decided(_ unit: Unit) {
        if unit.phase == .new { undecided.removeAll { $0 === unit } }
    }

    mutating func awaitCreation(_ number: Int64) throws(BrokenPromise) {
        let part = try part(number)
        guard part.unit.phase == .new || part.unit.phase == .awaitingCreation else {
            throw BrokenPromise(.once, "request \(number) awaits a creation and is \(part.unit.phase)")
        }
        if part.mayCreate || !isAnyMissing(of: part.unit) {
            throw BrokenPromise(
                .progress, "request \(number) awaits the creation of what exists, or of what it may create itself")
        }
        decided(part.unit)
        part.unit.phase = .awaitingCreation
        part.resource.awaiting.append(part)
        for part in part.unit.parts { touch(part.resource) }
    }

    mutating func queue(_ number: Int64) throws(BrokenPromise) {
        let part = try part(number)
        guard !part.isHeld, !part.resource.queue.contains(where: { $0 === part }) else {
            throw BrokenPromise(.once, "request \(number) is queued and has its place already")
        }
        guard part.unit.mayWait else {
            throw BrokenPromise(.refusal, "request \(number) is queued and said that it does not wait")
        }
        try create(for: part)
        decided(part.unit)
        if part.unit.phase != .waiting {
            part.unit.waitsSince = at
            if part.unit.mayBeRefusedAsDeadlock, isInDeadlock(part.unit) {
                throw BrokenPromise(.deadlock, "request \(number) is queued, and can never be granted")
            }
        }
        part.unit.phase = .waiting
        part.unit.isQueued = true
        part.resource.awaiting.removeAll { $0 === part }
        part.resource.join(part)
        part.resource.life?.isUsed()
        counts.waits += 1
        touch(part.resource)
    }

    mutating func grant(_ number: Int64, _ token: Int64, _ element: [UInt8]?) throws(BrokenPromise) {
        let part = try part(number)
        let resource = part.resource
        guard !part.isHeld else { throw BrokenPromise(.once, "request \(number) is granted twice") }
        if isShut { throw BrokenPromise(.shut, "request \(number) is granted too early") }
        guard token > newestToken else {
            throw BrokenPromise(.token, "request \(number) gets token \(token) after \(newestToken)")
        }
        newestToken = token
        if !part.isOffered { try create(for: part) }
        guard part.isOffered || resource.hasRoom(for: part) else {
            let others = resource.holders.map { "\($0.request)" }.joined(separator: ", ")
            throw BrokenPromise(isCounted(part) ? .capacity : .exclusion, "request \(number) is granted beside \(others)")
        }
        // All parts are granted at one moment: before the first of them nothing is taken.
        if part.unit.phase != .holding {
            if part.unit.phase != .offered { for part in part.unit.parts { try judgeOrder(of: part) } }
            if part.unit.parts.count > 1 { counts.groups += 1 }
            if part.unit.parent != nil { counts.nested += 1 }
        }
        if part.isOffered { try take(part, element) } else { try giveElement(element, to: part) }

        decided(part.unit)
        part.unit.phase = .holding
        part.isHeld = true
        (part.token, part.element) = (token, element)
        resource.leave(part)
        resource.holders.append(part)
        resource.life?.isUsed()
        counts.grants += 1
        touch(resource)
    }

    func isCounted(_ part: Part) -> Bool {
        switch part.want.shape {
        case .simple, .path: false
        case .pool, .set, .sequence, .stamp: true
        }
    }

    // MARK: - The end of a turn

    mutating func endTurn() throws(BrokenPromise) {
        guard isServing else { throw BrokenPromise(.history, "a commit while no daemon runs") }
        if let unit = undecided.first { throw BrokenPromise(.once, "request \(unit.ticket) was asked and not decided") }
        for unit in ending where unit.phase != .over {
            throw BrokenPromise(.atomicity, "of group \(unit.ticket) some requests have ended and some have not")
        }
        ending.removeAll(keepingCapacity: true)
        try judgeOffers()
        for resource in touched {
            for part in resource.holders where part.isHeld && part.unit.parts.count > 1 {
                guard part.unit.parts.allSatisfy(\.isHeld) else {
                    throw BrokenPromise(
                        .atomicity, "of group \(part.unit.ticket) only request \(part.request) and some more are held")
                }
            }
            // After an order to shut down the daemon sends waiters away, and grants none of them.
            for part in resource.queue
            where !part.unit.isSetAside && !part.unit.parts.contains(where: isStamp) && isGrantable(part.unit) {
                throw BrokenPromise(.progress, "request \(part.request) waits and could go on")
            }
            for part in resource.awaiting {
                for other in part.unit.parts { endLifeIfDue(of: other.resource) }
                guard part.unit.parts.allSatisfy({ $0.resource.certainlyExists }) else { continue }
                throw BrokenPromise(.progress, "request \(part.request) awaits the creation of what exists")
            }
            if resource.isUnused, resource.life?.idleSince == nil { resource.life?.idleSince = at }
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// The history does not tell whether a request waits for time to pass.
    func isStamp(_ part: Part) -> Bool { if case .stamp = part.want.shape { true } else { false } }
}
