// The ends of requests, and their reasons.
extension Checker {
    mutating func end(_ number: Int64, _ ending: Ending) throws(BrokenPromise) {
        let part = try part(number)
        try judge(ending, of: part)
        if part.commandRuns { try judgeCommand(of: part, ending) }

        let unit = part.unit
        // A time stamp's clock may refuse after the resource has been created; so may a holder.
        if ending == .refused(.other) || ending == .refused(.busy) || ending == .refused(.deadlock), part.mayCreate {
            for part in unit.parts {
                try create(for: part)
                touch(part.resource)
            }
        }
        decided(unit)
        part.isOver = true
        if unit.parts.count > 1 { self.ending.append(unit) }
        if part.isHeld { takeBack(part, rollsBack: Self.rollsBack(ending)) } else { withdrawOffer(of: part) }
        part.isHeld = false
        requests[number] = nil
        part.resource.leave(part)
        part.resource.commands.removeAll { $0 === part }
        if unit.parts.allSatisfy(\.isOver) {
            unit.phase = .over
            // Part and unit refer to each other; here the references end.
            unit.leave()
        }
        if case .reclaimed = ending { counts.reclaims += 1 }
        if ending == .broken {
            counts.broken += 1
            if part.token != nil { broken.insert(number) }
        }
        touch(part.resource)
    }

    mutating func resume(_ number: Int64) throws(BrokenPromise) {
        let unit = try part(number).unit
        guard unit.client.canResume else {
            throw BrokenPromise(.ending, "request \(number) is resumed, and its client cannot do that")
        }
        unit.incarnation = incarnation
        if let lostAt = unit.client.lostAt, lostAt < at, !unit.client.isGone { unit.client.lostAt = nil }
        unit.client.isHeard(at: at)
        if unit.isSetAside { for part in unit.parts { touch(part.resource) } }
        unit.isSetAside = false
        counts.resumptions += 1
    }

    mutating func orphan(_ number: Int64) throws(BrokenPromise) {
        let part = try part(number)
        guard part.isHeld else { throw BrokenPromise(.once, "request \(number) is orphaned and holds nothing") }
        guard part.unit.client.isGone else { throw BrokenPromise(.ending, "request \(number) is orphaned, and its client lives") }
        counts.orphans += 1
    }

    private static func rollsBack(_ ending: Ending) -> Bool {
        switch ending {
        case .released(let rollsBack): rollsBack
        case .disconnected, .unlocked, .timedOut, .refused, .hungUp: true
        case .gone, .cannotResume, .shutDown, .reclaimed, .broken: false
        }
    }

    // MARK: - Reasons

    private mutating func judge(_ ending: Ending, of part: Part) throws(BrokenPromise) {
        let unit = part.unit
        let client = unit.client
        let isNew = unit.phase == .new
        func wrong(_ what: String) -> BrokenPromise {
            BrokenPromise(.ending, "request \(part.request) ends as \(ending): \(what)")
        }
        func onlyIf(_ isTrue: Bool, _ what: String) throws(BrokenPromise) { if !isTrue { throw wrong(what) } }

        switch ending {
        case .refused(let refusal): return try judge(refusal, of: part)
        case .released, .disconnected, .reclaimed: try onlyIf(part.isHeld, "it holds nothing")
        // Who was never told of a grant does not hold.
        case .hungUp: try onlyIf(!isNew && !(part.isHeld && unit.isTold), "it does not wait")
        case .gone, .cannotResume, .shutDown: try onlyIf(!part.isHeld && !isNew, "it does not wait")
        case .unlocked, .timedOut: try onlyIf(!isNew, "it has not been decided yet")
        case .broken: try onlyIf(unit.mayBeBroken, "nobody has ordered that")
        }
        switch ending {
        case .released, .unlocked, .timedOut:
            if unit.hasLetGo { return }
            try onlyIf(client.words > 0, "its client has said no such thing")
            client.words -= 1
            unit.hasLetGo = true
        case .disconnected:
            try onlyIf(!client.canResume, "its client can resume")
            try onlyIf(client.isGone || client.lostAt != nil, "its connection stands")
        case .hungUp:
            try onlyIf(client.isGone || client.lostAt != nil, "its connection stands")
        case .cannotResume:
            try onlyIf(!client.canResume, "its client can resume")
            try onlyIf(unit.incarnation < incarnation, "the daemon that took it is still there")
        case .shutDown: try onlyIf(isShuttingDown, "nobody has ordered that")
        case .gone(let evidence), .reclaimed(let evidence):
            if let reason = objection(to: evidence, about: part) { throw wrong(reason) }
        case .refused, .broken: break
        }
    }

    private func objection(to evidence: Ending.Evidence, about part: Part) -> String? {
        let client = part.unit.client
        switch evidence {
        case .processesEnded:
            if !client.isLocal { return "it is on another host" }
            if !client.isGone { return "its client lives" }
            return part.commandRuns && client.canResume ? "its command runs" : nil
        case .livenessPipeEnded:
            if !client.isLocal { return "it is on another host" }
            if !part.isHeld || !client.canResume { return "it was given nothing" }
            // A client that was never told of its grant did not hold.
            if !client.isGone && part.unit.isTold { return "its client lives" }
            return part.commandRuns ? "its command runs" : nil
        case .hostRebooted:
            if !client.isLocal { return "it is on another host" }
            if !client.isGone || part.commandRuns { return "something of it lives" }
            return part.unit.incarnation < rebootedAtIncarnation ? nil : "this host was not booted since"
        case .connectionLost:
            if let reason = objectionToTime(about: part) { return reason }
            if part.isHeld && part.unit.isLeaseless { return "only a person may end it" }
            guard let lostAt = client.lostAt else { return "its connection stands" }
            return at - lostAt >= settings.lostHolderMilliseconds * 1_000_000 - settings.slack ? nil : "too early"
        case .notResumed:
            if let reason = objectionToTime(about: part) { return reason }
            if part.isHeld && part.unit.isLeaseless { return "only a person may end it" }
            guard part.unit.incarnation < incarnation else { return "the daemon was not restarted since" }
            let grace = client.isLocal ? settings.nearGraceMilliseconds : settings.graceMilliseconds
            return at - startedAt >= grace * 1_000_000 - settings.slack ? nil : "too early"
        }
    }

    /// On the daemon's own host time ends only the place of a waiter that cannot be seen, which may have been granted the lock meanwhile
    /// without being told.
    private func objectionToTime(about part: Part) -> String? {
        let client = part.unit.client
        guard client.isLocal else { return nil }
        guard client.canResume, settings.mayBeUnseen || client.isGone else { return "it is on this host" }
        return part.isHeld && part.unit.isTold ? "it is on this host, and was told of its grant" : nil
    }

    /// A hold ends while its command runs.
    private mutating func judgeCommand(of part: Part, _ ending: Ending) throws(BrokenPromise) {
        let isExcused =
            switch ending {
            // 1.7.2 promises less.
            case .disconnected: true
            // A command that is cut off for long runs on without a lock, unless its client lives and was set to end it.
            case .reclaimed(.connectionLost), .reclaimed(.notResumed):
                !part.unit.client.isLocal && (!part.unit.client.killsOnLoss || part.unit.client.isGone)
            case .broken: true
            case .reclaimed(.processesEnded): !part.unit.client.canResume
            case .reclaimed(.hostRebooted), .reclaimed(.livenessPipeEnded), .released, .unlocked, .timedOut, .hungUp, .gone,
                .cannotResume, .shutDown, .refused:
                false
            }
        guard isExcused else { throw BrokenPromise(.ending, "request \(part.request) ends as \(ending), and its command runs") }
    }

    private mutating func judge(_ refusal: Ending.Refusal, of part: Part) throws(BrokenPromise) {
        func wrong(_ what: String) -> BrokenPromise {
            BrokenPromise(.refusal, "request \(part.request) is refused as \(refusal.rawValue), and \(what)")
        }
        if part.isHeld { throw wrong("it holds already") }
        switch refusal {
        case .busy:
            if part.unit.mayWait { throw wrong("it would wait") }
            if !part.unit.parts.contains(where: isStamp), isGrantable(part.unit) { throw wrong("it could have been granted") }
        case .unknownResource:
            if part.unit.mayWait || part.mayCreate || !isMissing(part.resource) { throw wrong("there is no need for that") }
        case .impossible:
            guard case .pool(let capacity) = part.want.shape, part.want.quantity < 1 || part.want.quantity > capacity else {
                throw wrong("it could be had")
            }
        case .alreadyAsking:
            if !requests.values.contains(where: { $0.isHeld && $0.unit.client === part.unit.client && $0.unit !== part.unit }) {
                throw wrong("its client holds nothing")
            }
        case .deadlock:
            if part.unit.parent == nil { throw wrong("it is not nested") }
            if !part.unit.mayBeRefusedAsDeadlock { throw wrong("it did not want that") }
            if !isInDeadlock(part.unit) { throw wrong("it might be granted one day") }
            counts.deadlocks += 1
        case .overlapping:
            if !part.unit.parts.contains(where: { $0 !== part && overlap($0, part) }) { throw wrong("nothing of it overlaps") }
        case .together:
            if part.unit.parts.count < 2 { throw wrong("it is alone") }
        case .other: break
        }
    }

    private func overlap(_ one: Part, _ other: Part) -> Bool {
        one.resource === other.resource && (one.want.name == other.want.name || one.want.conflicts(with: other.want))
    }

    // MARK: - Commands

    mutating func commandStarts(
        _ number: Int64, _ request: Int64, _ token: Int64, _ element: [UInt8]?
    ) throws(BrokenPromise) {
        // The message about its start was on its way, and so is that about its end.
        if broken.contains(request) { return }
        guard try client(number) === requests[request]?.unit.client, let part = requests[request], part.isHeld else {
            throw BrokenPromise(.commitFirst, "a command starts under request \(request), which is not held")
        }
        guard part.token == token, part.element == element else {
            throw BrokenPromise(.commitFirst, "request \(request) was told another token or element than the journal has")
        }
        for other in part.resource.commands where other.unit !== part.unit {
            guard !isCounted(other), other.want.conflicts(with: part.want) else { continue }
            throw BrokenPromise(.exclusion, "the commands of \(other.request) and \(request) run at once")
        }
        part.commandRuns = true
        part.resource.commands.append(part)
        running[request] = part
        counts.commands += 1
    }

    mutating func commandEnds(_ request: Int64) throws(BrokenPromise) {
        guard let part = running.removeValue(forKey: request) else {
            if broken.contains(request) { return }
            throw BrokenPromise(.history, "the command of \(request) ends and never started")
        }
        part.commandRuns = false
        part.resource.commands.removeAll { $0 === part }
    }
}
