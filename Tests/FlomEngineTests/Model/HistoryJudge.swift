import FlomModel

/// Judges the engine's history, event by event, by rules that need no model: no incompatible holders, no passing of those who
/// bar, first come first served among equals, all of a group or nothing, nobody left waiting who could go on, nobody refused
/// as a deadlock who is in none. Counts what it has seen, so that a test can tell whether its schedules met what they are about.
struct HistoryJudge {
    struct Verdict: Error, CustomStringConvertible {
        let description: String
    }

    struct Counts {
        var steps = 0, grants = 0, wakeUps = 0, overtakings = 0, overtakeBlocks = 0, creations = 0, recoveries = 0,
            longestQueue = 0
        var groups = 0, passings = 0, deadlocks = 0, openings = 0
    }

    private(set) var journal = RecordedJournal()
    private(set) var counts = Counts()
    private var maxOvertake: Int64
    /// Between a restart and `recovered` waiters may stand who could go on: the policy may be another one.
    private var isRecovering = false

    init(maxOvertake: Int64) { self.maxOvertake = maxOvertake }

    mutating func restarted(maxOvertake: Int64) {
        self.maxOvertake = maxOvertake
        isRecovering = true
        counts.recoveries += journal.open.count
    }

    mutating func recovers() { isRecovering = false }

    private var standing: Standing { Standing(claims: Claim.all(in: journal.open)) }

    /// The events of one step.
    mutating func judge(_ events: [Event], _ lives: [ResourceChange], at now: Instant) throws(Verdict) {
        journal.append(lives)
        counts.steps += 1
        let before = Set(journal.waiters.map(\.id))
        do {
            var granted: RequestID?
            var refused: (claim: RequestID?, standing: Standing)?
            for event in events {
                let own = journal.find(event.request).map { $0.request.group ?? $0.id }
                // What happens to all parts of a request at one moment is judged by how things stood before.
                if case .granted = event.kind {
                    if own != granted { try judgeGrant(of: event.request, waited: before, at: now) }
                    granted = own
                } else {
                    granted = nil
                }
                if case .refused(let refusal) = event.kind {
                    if refused == nil || own != refused!.claim { refused = (own, standing) }
                    if case .deadlock(let links) = refusal { try judgeDeadlock(of: event.request, links, refused!.standing) }
                } else {
                    refused = nil
                }
                if case .queued = event.kind { count(queued: event.request) }
                try journal.append(event, at: now)
            }
            try journal.endStep()
        } catch { throw Verdict(description: "\(error)") }
        try judgeGroups()
        try judgeWaiters(at: now)
    }

    private mutating func judgeGrant(of id: RequestID, waited: Set<RequestID>, at now: Instant) throws(Verdict) {
        let standing = standing
        guard let claim = standing.claims.first(where: { $0.rows.contains { $0.id == id } }) else {
            throw Verdict(description: "a grant for \(id.number), which is not open")
        }
        counts.grants += 1
        if waited.contains(id) { counts.wakeUps += 1 }
        if claim.rows[0].phase == .awaitingCreation { counts.creations += 1 }
        if claim.rows.count > 1 { counts.groups += 1 }

        if standing.isHeldUp(claim) { throw Verdict(description: "\(id.number) is granted and does not fit the holders") }
        for waiter in standing.waiters where waiter.id < claim.id && Standing.meet(waiter, claim) {
            counts.overtakings += 1
            guard waiter.age(at: now) >= maxOvertake else { continue }
            guard standing.stands(waiter, before: claim) else {
                counts.openings += 1
                continue
            }
            guard isAllowed(claim, toPass: waiter, in: standing, at: now) else {
                throw Verdict(description: "\(id.number) passes \(waiter.id.number), which bars")
            }
            counts.passings += 1
        }
        for waiter in standing.waiters where waiter.id < claim.id && Self.areEqual(waiter, claim) {
            throw Verdict(description: "\(id.number) passes \(waiter.id.number), which is its equal")
        }
    }

    private func isAllowed(_ claim: Claim, toPass waiter: Claim, in standing: Standing, at now: Instant) -> Bool {
        let family = standing.family(of: claim)
        return !family.isEmpty && (claim.age(at: now) >= maxOvertake || family.contains { Standing.meet($0, waiter) })
    }

    private static func areEqual(_ one: Claim, _ other: Claim) -> Bool {
        one.parent == other.parent && one.rows.count == other.rows.count
            && zip(KindRules.canonical(one.parts), KindRules.canonical(other.parts)).allSatisfy { KindRules.areEqual($0, $1) }
    }

    /// All its parts are held, or none.
    private func judgeGroups() throws(Verdict) {
        for claim in standing.claims where !claim.rows.allSatisfy({ Self.isSame($0.phase, claim.rows[0].phase) }) {
            throw Verdict(description: "\(claim.id.number) has only some of its parts")
        }
        for row in journal.open {
            guard let group = row.request.group, journal.find(group) == nil else { continue }
            throw Verdict(description: "\(row.id.number) is left of \(group.number)")
        }
    }

    private static func isSame(_ one: OpenRequest.Phase, _ other: OpenRequest.Phase) -> Bool {
        if case (.held, .held) = (one, other) { return true }
        return one == other
    }

    private func judgeWaiters(at now: Instant) throws(Verdict) {
        guard !isRecovering else { return }
        let standing = standing
        for waiter in standing.waiters where !standing.isHeldUp(waiter) {
            let isBlocked = standing.waiters.contains {
                $0.id < waiter.id && $0.age(at: now) >= maxOvertake && standing.stands($0, before: waiter)
                    && !isAllowed(waiter, toPass: $0, in: standing, at: now)
            }
            if !isBlocked { throw Verdict(description: "\(waiter.id.number) waits for nothing") }
        }
    }

    private mutating func count(queued id: RequestID) {
        let standing = standing
        if let claim = standing.claims.first(where: { $0.id == id }), !standing.isHeldUp(claim) { counts.overtakeBlocks += 1 }
        counts.longestQueue = max(counts.longestQueue, journal.waiters.count)
    }
}

extension HistoryJudge.Counts {
    static func += (sum: inout Self, other: Self) {
        sum.steps += other.steps
        sum.grants += other.grants
        sum.wakeUps += other.wakeUps
        sum.overtakings += other.overtakings
        sum.overtakeBlocks += other.overtakeBlocks
        sum.creations += other.creations
        sum.recoveries += other.recoveries
        sum.longestQueue = max(sum.longestQueue, other.longestQueue)
        sum.groups += other.groups
        sum.passings += other.passings
        sum.deadlocks += other.deadlocks
        sum.openings += other.openings
    }
}

// MARK: - Deadlocks

extension HistoryJudge {
    /// Plays on in the way that is best for the refused one: who is not kept by a nested waiter lets go, a nested waiter that fits
    /// gets everything and lets go as well.
    private mutating func judgeDeadlock(of id: RequestID, _ links: [DeadlockLink], _ standing: Standing) throws(Verdict) {
        counts.deadlocks += 1
        guard let refused = standing.claims.first(where: { $0.rows.contains { $0.id == id } }),
            !standing.family(of: refused).isEmpty
        else { throw Verdict(description: "\(id.number) is nested in nothing and refused as a deadlock") }
        var waiters = standing.waiters.filter { $0.id != refused.id } + [refused]
        var holders = standing.holders
        var goesOn = true
        while goesOn {
            goesOn = false
            let kept = Set(waiters.flatMap { standing.family(of: $0).map(\.id) })
            if let free = holders.firstIndex(where: { !kept.contains($0.id) }) {
                holders.remove(at: free)
                goesOn = true
            }
            if let next = waiters.firstIndex(where: { $0.parts.allSatisfy { Standing.fits($0, beside: holders) } }) {
                if waiters.remove(at: next).id == refused.id {
                    throw Verdict(description: "\(refused.id.number) is refused as a deadlock and could be granted one day")
                }
                goesOn = true
            }
        }
        try judge(links, of: refused, among: waiters, standing)
    }

    /// Each link says who waits for what and who has that, and leads on to somebody who keeps that one from letting go.
    private func judge(
        _ links: [DeadlockLink], of refused: Claim, among waiters: [Claim], _ standing: Standing
    ) throws(Verdict) {
        func wrong(_ why: String) -> Verdict { Verdict(description: "the circle \(links) of \(refused.id.number): \(why)") }
        let claims = waiters + standing.holders
        func claim(of id: RequestID) -> Claim? { claims.first { $0.rows.contains { $0.id == id } } }
        guard let first = links.first, claim(of: first.waiter)?.id == refused.id else { throw wrong("begins elsewhere") }
        for (index, link) in links.enumerated() {
            guard let waiter = claim(of: link.waiter), let row = waiter.rows.first(where: { $0.id == link.waiter }),
                row.request.resource == link.resource, let holder = claim(of: link.holder), holder.isHeld
            else { throw wrong("link \(index + 1) is not true") }
            let part = LockPart(link.resource, row.request.mode, quantity: row.request.quantity)
            guard !standing.fits(part), holder.parts.contains(where: { Standing.meet($0, part) }) else {
                throw wrong("link \(index + 1) is no reason to wait")
            }
            let isLast = index == links.count - 1
            let next = isLast ? links[...].compactMap { claim(of: $0.waiter) } : [claim(of: links[index + 1].waiter)!]
            guard next.contains(where: { standing.family(of: $0).contains { $0.id == holder.id } }) else {
                throw wrong("link \(index + 1) leads nowhere")
            }
        }
    }
}
