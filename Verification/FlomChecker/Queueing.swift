// Who may pass whom. A waiter that has waited long enough bars the resources that it is about, in the order of their names, up to
// the first on which it does not fit; nobody who conflicts with it there and came later gets in.

extension Checker {
    /// Whether all that a waiting request wants can be had, and nobody older is in its way.
    func isGrantable(_ unit: Unit) -> Bool {
        if isShut { return false }
        for part in unit.parts where !part.resource.hasRoom(for: part) { return false }
        for part in unit.parts {
            for older in part.resource.queue where older.unit.ticket < unit.ticket {
                if older.want.conflicts(with: part.want), bars(older, slack: -settings.slack, isSure: false),
                    !mayPass(unit, older, slack: settings.slack)
                {
                    return false
                }
            }
        }
        return true
    }

    /// A grant is about to be given to a part.
    mutating func judgeOrder(of part: Part) throws(Finding) {
        for older in part.resource.queue {
            guard older.unit.ticket < part.unit.ticket else { break }
            guard older.unit !== part.unit, older.want.conflicts(with: part.want) || areEqual(older.unit, part.unit) else {
                continue
            }
            counts.overtakings += 1
            if mayPass(part.unit, older, slack: -settings.slack) { continue }
            if bars(older, slack: settings.slack, isSure: true) {
                let age = (at - older.unit.waitsSince) / 1_000_000
                throw Finding(
                    .overtaking, "request \(part.request) passes \(older.request), which has waited for \(age) ms")
            }
            if areEqual(older.unit, part.unit) {
                throw Finding(.order, "request \(part.request) passes \(older.request), which wants the same")
            }
        }
    }

    /// - Parameter slack: how much older it has to be than the limit to be sure of it.
    private func isOld(_ unit: Unit, slack: Int64) -> Bool {
        guard settings.maxOvertakeMilliseconds != .max else { return false }
        return unit.age(at: at) >= settings.maxOvertakeMilliseconds * 1_000_000 + slack
    }

    /// - Parameter isSure: whether to say no where that depends on clocks.
    private func bars(_ part: Part, slack: Int64, isSure: Bool) -> Bool {
        guard isOld(part.unit, slack: slack) else { return false }
        if part.unit.parts.count == 1 { return true }
        for other in part.unit.inOrder {
            if other === part { return true }
            if !other.resource.hasRoom(for: other) { return false }
            if isSure && isStamp(other) { return false }
        }
        return true
    }

    private func areEqual(_ one: Unit, _ other: Unit) -> Bool {
        one.parts.count == other.parts.count && one.parent == other.parent
            && zip(one.inOrder, other.inOrder).allSatisfy { $0.want.equals($1.want) }
    }

    /// A nested request passes one that waits for what its own ancestors hold, and anyone once it has waited long enough itself.
    private func mayPass(_ unit: Unit, _ older: Part, slack: Int64) -> Bool {
        let family = ancestors(of: unit)
        // Nested only as long as the grant is open under which it was asked.
        guard !family.isEmpty else { return false }
        if isOld(unit, slack: slack) { return true }
        return family.contains { ancestor in
            ancestor.parts.contains { held in
                older.unit.parts.contains { $0.resource === held.resource && $0.want.conflicts(with: held.want) }
            }
        }
    }

    /// Those who hold, and under whose commands it was asked.
    private func ancestors(of unit: Unit) -> [Unit] {
        var found: [Unit] = []
        var next = unit.parent
        while let ancestor = next.flatMap({ requests[$0] }), ancestor.isHeld {
            found.append(ancestor.unit)
            next = ancestor.unit.parent
        }
        return found
    }

    // MARK: - Deadlocks

    /// Whether a request that is about to wait can never be granted, whatever those do who are not waiting under a command of
    /// theirs: they let go one day, and so does everybody who gets what he waits for.
    func isInDeadlock(_ unit: Unit) -> Bool {
        var stuck = [unit]
        for part in requests.values where part.unit !== unit && part.unit.phase == .waiting && part.unit.parent != nil {
            if part.request == part.unit.ticket { stuck.append(part.unit) }
        }
        while true {
            // What stays held as long as nobody of these goes on.
            var kept: [Int64: Unit] = [:]
            for waiter in stuck {
                for ancestor in ancestors(of: waiter) { kept[ancestor.ticket] = ancestor }
            }
            let left = stuck.filter { waiter in
                !waiter.parts.allSatisfy { part in
                    let holders = kept.values.flatMap(\.parts).filter { $0.resource === part.resource }
                    return ResourceState.hasRoom(for: part, beside: holders)
                }
            }
            if !left.contains(where: { $0 === unit }) { return false }
            if left.count == stuck.count { return true }
            stuck = left
        }
    }
}
