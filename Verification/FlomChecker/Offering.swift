// Offers: a waiter has its part of every resource for a while, and holds nothing on record. Clients of ours see them; the journal says
// only who let one pass.
extension Checker {
    /// The longest time for which an offer stands, in nanoseconds.
    private func longest(_ unit: Unit) -> Int64 {
        let isThere = unit.client.isLocal && unit.client.lostAt == nil && unit.incarnation == incarnation
        return isThere ? settings.offerMilliseconds * 1_000_000 : settings.farOfferMilliseconds * 1_000_000
    }

    private func shortest(_ unit: Unit) -> Int64 {
        (unit.client.isLocal ? settings.offerMilliseconds : settings.farOfferMilliseconds) * 1_000_000
    }

    /// - Parameter moment: when it was made, which may be before the present record.
    mutating func offer(_ number: Int64, at moment: Int64, _ element: [UInt8]?) throws(BrokenPromise) {
        let part = try part(number)
        let (unit, resource) = (part.unit, part.resource)
        guard !part.isHeld, !part.isOffered, [.waiting, .awaitingCreation, .offered].contains(unit.phase) else {
            throw BrokenPromise(.once, "request \(number) is offered a lock and is \(unit.phase)")
        }
        if unit.isSetAside {
            throw BrokenPromise(.once, "request \(number) is offered a lock again, and its client was not heard of")
        }
        if isShut { throw BrokenPromise(.shut, "request \(number) is offered a lock too early") }
        let present = at
        at = moment
        defer { at = present }
        guard resource.hasRoom(for: part) else {
            throw BrokenPromise(isCounted(part) ? .capacity : .exclusion, "request \(number) is offered what others have")
        }
        if unit.phase != .offered {
            for part in unit.parts { try judgeOrder(of: part) }
            if unit.phase == .awaitingCreation { unit.waitsSince = moment }
            unit.phase = .offered
            (unit.offeredAt, unit.offerEndsAt) = (moment, moment + longest(unit))
            offered.append(unit)
        }
        if !isStamp(part) { try giveElement(element, to: part) }
        (part.isOffered, part.element) = (true, element)
        resource.leave(part)
        resource.holders.append(part)
        resource.life?.isUsed()
        counts.offers += 1
        touch(resource)
    }

    /// The client takes what it was offered.
    mutating func take(_ part: Part, _ element: [UInt8]?) throws(BrokenPromise) {
        guard part.element == element else {
            throw BrokenPromise(.element, "request \(part.request) is granted another element than it was offered")
        }
        if isStamp(part) { try giveElement(element, to: part) }
        part.isOffered = false
        offered.removeAll { $0 === part.unit }
    }

    mutating func passOver(_ number: Int64) throws(BrokenPromise) {
        let part = try part(number)
        guard part.isOffered else { throw BrokenPromise(.once, "request \(number) is passed over and was offered nothing") }
        let unit = part.unit
        guard at - unit.offeredAt >= shortest(unit) - settings.slack else {
            throw BrokenPromise(.progress, "request \(number) is passed over before it can have answered")
        }
        withdrawOffer(of: part)
        (unit.phase, unit.isSetAside) = (.waiting, true)
        part.resource.join(part)
        counts.passedOver += 1
    }

    /// As if it had never been made.
    mutating func withdrawOffer(of part: Part) {
        guard part.isOffered else { return }
        part.isOffered = false
        offered.removeAll { $0 === part.unit }
        if let element = part.element, !isStamp(part) { part.resource.life?.takeBackUntold(element) }
        part.element = nil
        part.resource.leave(part)
        touch(part.resource)
    }

    /// The next daemon knows of no offer, and of nobody whom it passed over.
    mutating func forgetOffers() {
        var kept: [(resource: ResourceState, elements: [[UInt8]])] = []
        for unit in offered {
            for part in unit.parts where part.isOffered {
                if let element = part.element, !isStamp(part) {
                    if let place = kept.firstIndex(where: { $0.resource === part.resource }) {
                        kept[place].elements.append(element)
                    } else {
                        kept.append((part.resource, [element]))
                    }
                }
                (part.isOffered, part.element) = (false, nil)
                part.resource.leave(part)
                part.resource.join(part)
            }
            unit.phase = .waiting
        }
        for (resource, elements) in kept { resource.life?.mayHaveKept(elements) }
        offered.removeAll()
        var waiters: [ObjectIdentifier: Unit] = [:]
        for part in requests.values where part.unit.phase == .waiting { waiters[ObjectIdentifier(part.unit)] = part.unit }
        for unit in waiters.values {
            unit.isSetAside = false
            // It has its place in no queue that the journal knows.
            guard !unit.isQueued else { continue }
            unit.phase = .awaitingCreation
            for part in unit.parts { part.resource.leave(part) }
            if let first = unit.parts.first { first.resource.awaiting.append(first) }
        }
    }

    func judgeOffers() throws(BrokenPromise) {
        for unit in offered {
            guard unit.parts.allSatisfy(\.isOffered) else {
                throw BrokenPromise(.atomicity, "of group \(unit.ticket) only some requests are offered a lock")
            }
            guard at <= unit.offerEndsAt + settings.slack else {
                throw BrokenPromise(.progress, "the offer to request \(unit.ticket) stands for too long")
            }
        }
    }

    // MARK: - Waiters that give up

    /// A client of ours gives up, and not because its own time is over.
    func giveUp(_ number: Int64) throws(BrokenPromise) {
        let client = try client(number)
        guard let since = awaySince(client) else {
            throw BrokenPromise(.patience, "client \(number) gives up, and has its daemon")
        }
        if let ordered = shutDownAt, ordered >= since { return }
        let waited = at - since
        guard waited >= settings.graceMilliseconds * 1_000_000 - settings.slack else {
            throw BrokenPromise(.patience, "client \(number) gives its place up after \(waited / 1_000_000) ms without a daemon")
        }
    }

    /// Since when a client may be without a daemon.
    private func awaySince(_ client: ClientState) -> Int64? {
        var (low, high) = (0, daemonEnds.count)
        while low < high {
            let middle = (low + high) / 2
            if daemonEnds[middle] < client.heardAt { low = middle + 1 } else { high = middle }
        }
        let end = low < daemonEnds.count ? daemonEnds[low] : nil
        return [client.cutAt, end].compactMap(\.self).min()
    }
}
