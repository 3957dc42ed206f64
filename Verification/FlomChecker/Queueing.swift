// The rules of overtaking. A waiter that has waited long enough blocks its resources, in the order of their names, up to
// the first on which it does not fit. No younger request that conflicts with it there is granted.

extension Checker {
    /// Whether a waiting request fits on all its resources, and no older waiter blocks it.
    func isGrantable(_ unit: Unit) -> Bool {
        if isShut { return false }
        for part in unit.parts where !part.resource.hasRoom(for: part) { return false }
        for part in unit.parts {
            for older in part.resource.queue where older.unit.ticket < unit.ticket && !older.unit.isSetAside {
                if older.want.conflicts(with: part.want), bars(older, slack: -settings.slack, isSure: false),
                    !mayPass(unit, older, slack: settings.slack)
                {
                    return false
                }
            }
        }
        return true
    }

    /// Checks a grant to a part before it is applied.
    mutating func judgeOrder(of part: Part) throws(BrokenPromise) {
        for older in part.resource.queue {
            guard older.unit.ticket < part.unit.ticket else { break }
            if older.unit.isSetAside { continue }
            guard older.unit !== part.unit, older.want.conflicts(with: part.want) || areEqual(older.unit, part.unit) else {
                continue
            }
            counts.overtakings += 1
            if mayPass(part.unit, older, slack: -settings.slack) { continue }
            if bars(older, slack: settings.slack, isSure: true) {
                let age = (at - older.unit.waitsSince) / 1_000_000
                throw BrokenPromise(
                    .overtaking, "request \(part.request) passes \(older.request), which has waited for \(age) ms")
            }
            if areEqual(older.unit, part.unit) {
                throw BrokenPromise(.order, "request \(part.request) passes \(older.request), which wants the same")
            }
        }
    }

    /// - Parameter slack: the age beyond the limit that makes the block certain.
    private func isOld(_ unit: Unit, slack: Int64) -> Bool {
        guard settings.maxOvertakeMilliseconds != .max else { return false }
        return unit.age(at: at) >= settings.maxOvertakeMilliseconds * 1_000_000 + slack
    }

    /// - Parameter isSure: the answer is no where it depends on clocks.
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

    /// A nested request passes a waiter that waits for locks of its ancestors, and every waiter once it has waited long enough itself.
    private func mayPass(_ unit: Unit, _ older: Part, slack: Int64) -> Bool {
        let family = ancestors(of: unit)
        // A request is nested only as long as its parent's grant is open.
        guard !family.isEmpty else { return false }
        if isOld(unit, slack: slack) { return true }
        return family.contains { ancestor in
            ancestor.parts.contains { held in
                older.unit.parts.contains { $0.resource === held.resource && $0.want.conflicts(with: held.want) }
            }
        }
    }

    /// The ancestors of a request that still hold.
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

    /// Whether a request that is about to wait can never be granted, assuming that every holder without a waiting nested request
    /// releases one day, and so does every waiter that is granted.
    func isInDeadlock(_ unit: Unit) -> Bool {
        var stuck = [unit]
        for part in requests.values
        where part.unit !== unit && part.unit.phase == .waiting && part.unit.parent != nil && !part.unit.isSetAside {
            if part.request == part.unit.ticket { stuck.append(part.unit) }
        }
        while true {
            // The grants that stay held as long as none of these goes on.
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
