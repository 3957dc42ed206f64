import FlomModel

/// A request as the history shows it: one row for each of the resources that it asks for.
struct Claim {
    /// In the order given. At least one.
    var rows: [OpenRequest]

    var id: RequestID { rows[0].id }
    var parent: RequestID? { rows[0].request.parent }
    var isHeld: Bool { if case .held = rows[0].phase { true } else { false } }
    /// Whether it has its place in the queue; one that is being decided has none.
    var isQueued: Bool { rows[0].phase == .waiting && rows[0].queuedAt != nil }
    var parts: [LockPart] { rows.map { LockPart($0.request.resource, $0.request.mode, quantity: $0.request.quantity) } }

    /// Milliseconds since it was queued.
    func age(at now: Instant) -> Int64 {
        guard isQueued, let since = rows[0].queuedAt else { return 0 }
        return (now.nanoseconds - since.nanoseconds) / 1_000_000
    }

    static func all(in open: [OpenRequest]) -> [Claim] {
        var claims: [Claim] = []
        for row in open {
            if let group = row.request.group, claims.last?.id == group {
                claims[claims.count - 1].rows.append(row)
            } else {
                claims.append(Claim(rows: [row]))
            }
        }
        return claims
    }
}

/// What stands beside each other at one moment.
struct Standing {
    let claims: [Claim]

    var waiters: [Claim] { claims.filter(\.isQueued) }
    var holders: [Claim] { claims.filter(\.isHeld) }

    static func meet(_ one: LockPart, _ other: LockPart) -> Bool {
        KindRules.identity(one.resource) == KindRules.identity(other.resource) && KindRules.conflict(one, other)
    }

    static func meet(_ one: Claim, _ other: Claim) -> Bool {
        one.parts.contains { part in other.parts.contains { meet(part, $0) } }
    }

    func fits(_ part: LockPart) -> Bool { Self.fits(part, beside: holders) }
    func isHeldUp(_ claim: Claim) -> Bool { !claim.parts.allSatisfy(fits) }

    static func fits(_ part: LockPart, beside holders: [Claim]) -> Bool {
        let there = holders.flatMap(\.parts).filter { KindRules.identity($0.resource) == KindRules.identity(part.resource) }
        return KindRules.fits(part, beside: there)
    }

    /// Whether an old waiter may not be passed by a claim that came later: they conflict on a resource before which nothing
    /// holds the waiter up.
    func stands(_ waiter: Claim, before claim: Claim) -> Bool {
        let bars = KindRules.canonical(waiter.parts)
        let end = bars.firstIndex { !fits($0) } ?? bars.count - 1
        return bars[...end].contains { bar in claim.parts.contains { Self.meet(bar, $0) } }
    }

    /// The open grants under whose commands a claim was made.
    func family(of claim: Claim) -> [Claim] {
        var family: [Claim] = []
        var next = claim.parent
        while let parent = holders.first(where: { $0.id == next }) {
            family.append(parent)
            next = parent.parent
        }
        return family
    }
}
