import FlomModel

/// The rules of granting, by looking at every request.
extension ReferenceModel {
    /// Two simple requests conflict if their modes are incompatible: the pairs of the table's upper half that say "no".
    static func conflict(_ one: LockMode, _ other: LockMode) -> Bool {
        let exclusivePairs: [(LockMode, LockMode)] = [
            (.concurrentRead, .exclusive),
            (.concurrentWrite, .protectedRead), (.concurrentWrite, .protectedWrite), (.concurrentWrite, .exclusive),
            (.protectedRead, .protectedWrite), (.protectedRead, .exclusive),
            (.protectedWrite, .protectedWrite), (.protectedWrite, .exclusive),
            (.exclusive, .exclusive),
        ]
        return exclusivePairs.contains { $0 == (one, other) || $0 == (other, one) }
    }

    static func conflict(_ one: LockPart, _ other: LockPart) -> Bool {
        KindRules.identity(one.resource) == KindRules.identity(other.resource) && KindRules.conflict(one, other)
    }

    var queued: [Ask] { asks.filter(\.isQueued) }
    var holders: [Ask] { asks.filter { $0.place == .holding } }

    static func fits(_ part: LockPart, beside holders: [Ask]) -> Bool {
        let there = holders.flatMap(\.parts).filter { KindRules.identity($0.resource) == KindRules.identity(part.resource) }
        return KindRules.fits(part, beside: there)
    }

    /// Granted if and only if all parts fit the holders and no lower ticket bars a resource on which they conflict, unless a
    /// nested request may pass that one.
    func mayHave(_ ask: Ask, at now: Int64) -> Bool {
        fits(ask) && !overtakeBlock(ask, at: now).contains { !mayPass(ask, $0, at: now) }
    }

    func fits(_ ask: Ask) -> Bool { ask.parts.allSatisfy { Self.fits($0, beside: holders) } }

    /// The older waiters that bar something of what a request asks for.
    func overtakeBlock(_ ask: Ask, at now: Int64) -> [Ask] {
        queued.filter { older in
            older.number < ask.number && older.age(at: now) >= maxOvertake
                && barred(by: older).contains { bar in ask.parts.contains { Self.conflict(bar, $0) } }
        }
    }

    /// What an old waiter bars: in canonical order, up to and including the first part on which it does not fit.
    private func barred(by waiter: Ask) -> [LockPart] {
        var bars: [LockPart] = []
        for part in KindRules.canonical(waiter.parts) {
            bars.append(part)
            if !Self.fits(part, beside: holders) { break }
        }
        return bars
    }

    // MARK: - Nesting

    /// The open grants in which a request is nested, the nearest first.
    func ancestors(of ask: Ask) -> [Ask] {
        guard let number = ask.request.parent?.number, number < ask.number,
            let parent = holders.first(where: { $0.number == number })
        else { return [] }
        return [parent] + ancestors(of: parent)
    }

    /// A nested request passes a waiter with an overtake block at once if its ancestors hold something that waiter conflicts with, else after
    /// having waited as long itself.
    private func mayPass(_ ask: Ask, _ older: Ask, at now: Int64) -> Bool {
        let family = ancestors(of: ask)
        guard !family.isEmpty else { return false }
        if ask.age(at: now) >= maxOvertake { return true }
        return family.flatMap(\.parts).contains { held in older.parts.contains { Self.conflict(held, $0) } }
    }

    /// When those whom nothing but patience lacks will have had it.
    func endsOfPatience(at now: Int64) -> [Int64] {
        guard maxOvertake < .max, !isBeingProven else { return [] }
        return queued.filter { fits($0) && !ancestors(of: $0).isEmpty }.map { now - $0.age(at: now) + maxOvertake }
    }
}

extension ReferenceModel.Ask {
    var isQueued: Bool { if case .queued = place { true } else { false } }
    func age(at now: Int64) -> Int64 { if case .queued(let since) = place { now - since } else { 0 } }
}
