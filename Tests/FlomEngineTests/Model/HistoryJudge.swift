import FlomEngine

/// Judges the engine's history, event by event, by rules that need no model: no incompatible holders, no passing of those who
/// bar, first come first served among equals, nobody left waiting who could go on. Counts what it has seen, so that a test can
/// tell whether its schedules met what they are about.
struct HistoryJudge {
    struct Verdict: Error, CustomStringConvertible {
        let description: String
    }

    struct Counts {
        var steps = 0, grants = 0, wakeUps = 0, overtakings = 0, barrings = 0, creations = 0, recoveries = 0, longestQueue = 0
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

    /// The events of one step.
    mutating func judge(_ events: [Event], _ lives: [LifeChange], at now: Instant) throws(Verdict) {
        journal.append(lives)
        counts.steps += 1
        let before = Set(journal.waiters.map(\.id))
        do {
            for event in events {
                if case .granted = event.kind { try judgeGrant(of: event.request, waited: before, at: now) }
                if case .queued = event.kind { count(queued: event.request) }
                try journal.append(event, at: now)
            }
            try journal.endStep()
        } catch { throw Verdict(description: "\(error)") }
        try judgeWaiters(at: now)
    }

    private mutating func judgeGrant(of id: RequestID, waited: Set<RequestID>, at now: Instant) throws(Verdict) {
        guard let open = journal.find(id) else { throw Verdict(description: "a grant for \(id.number), which is not open") }
        counts.grants += 1
        if waited.contains(id) { counts.wakeUps += 1 }
        if open.phase == .awaitingCreation { counts.creations += 1 }

        if isHeldUp(open) { throw Verdict(description: "\(id.number) is granted and does not fit the holders") }
        for waiter in journal.waiters where waiter.id < id && conflict(waiter, open) {
            // Only those who have their place; the request that is being decided has none.
            guard waiter.queuedAt != nil else { continue }
            counts.overtakings += 1
            if isBarring(waiter, at: now) { throw Verdict(description: "\(id.number) passes \(waiter.id.number), which bars") }
        }
        for waiter in journal.waiters where waiter.id < id && waiter.queuedAt != nil {
            if KindRules.areEqual(waiter.request, open.request) {
                throw Verdict(description: "\(id.number) passes \(waiter.id.number), which is its equal")
            }
        }
    }

    private func judgeWaiters(at now: Instant) throws(Verdict) {
        guard !isRecovering else { return }
        let waiters = journal.waiters
        for waiter in waiters {
            let isHeldUp = self.isHeldUp(waiter)
            let isBarred = waiters.contains { $0.id < waiter.id && conflict($0, waiter) && isBarring($0, at: now) }
            if !isHeldUp && !isBarred { throw Verdict(description: "\(waiter.id.number) waits for nothing") }
        }
    }

    private mutating func count(queued id: RequestID) {
        guard let open = journal.find(id) else { return }
        if !isHeldUp(open) { counts.barrings += 1 }
        counts.longestQueue = max(counts.longestQueue, journal.waiters.count)
    }

    private func conflict(_ one: OpenRequest, _ other: OpenRequest) -> Bool {
        KindRules.identity(one.request.resource) == KindRules.identity(other.request.resource)
            && KindRules.conflict(one.request, other.request)
    }

    private func isHeldUp(_ open: OpenRequest) -> Bool {
        let holders = journal.holders.map(\.request).filter {
            KindRules.identity($0.resource) == KindRules.identity(open.request.resource)
        }
        return !KindRules.fits(open.request, beside: holders)
    }

    private func isBarring(_ waiter: OpenRequest, at now: Instant) -> Bool {
        guard let since = waiter.queuedAt else { return false }
        return (now.nanoseconds - since.nanoseconds) / 1_000_000 >= maxOvertake
    }
}

extension HistoryJudge.Counts {
    static func += (sum: inout Self, other: Self) {
        sum.steps += other.steps
        sum.grants += other.grants
        sum.wakeUps += other.wakeUps
        sum.overtakings += other.overtakings
        sum.barrings += other.barrings
        sum.creations += other.creations
        sum.recoveries += other.recoveries
        sum.longestQueue = max(sum.longestQueue, other.longestQueue)
    }
}
