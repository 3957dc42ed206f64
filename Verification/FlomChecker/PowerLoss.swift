// The last commits are gone, with their facts. Instead of taking them back, another checker reads the rest of the
// history: the facts about clients stay, except their actions under grants that are lost.
extension Checker {
    mutating func losePower(_ commits: Int) throws(BrokenPromise) {
        guard !isServing else { throw BrokenPromise(.history, "the power is lost, and a daemon runs on") }
        if commits > 0 { hasLostCommits = true }
        forgetGrace()
        if isReplaying { return }
        counts.powerLosses += 1
        counts.lostCommits += commits
        guard commits > 0 else { return }
        guard settings.mayLosePower else { throw BrokenPromise(.history, "a loss of power, of which nobody has spoken") }

        var left = Checker(settings)
        left.isReplaying = true
        for record in try withoutLast(commits) { try left.check(record) }
        left.isReplaying = false
        left.counts = counts
        // After a token that was shown to a client no lower one may be shown, whatever the journal has lost.
        left.newestToken = max(newestToken, left.newestToken)
        left.forgetGrace()
        self = left
    }

    /// A grace that was not over may be forgotten, and one that was over may be remembered as open.
    private mutating func forgetGrace() {
        isStillShut = false
        mayHaveWaited = hasBeenShut
    }

    private func withoutLast(_ commits: Int) throws(BrokenPromise) -> [Record] {
        var cut = history.endIndex
        // Behind the last commit that is kept.
        var passed = 0
        while passed <= commits, cut > 0 {
            if history[cut - 1].fact == .committed { passed += 1 }
            if passed <= commits { cut -= 1 }
        }
        guard passed >= commits else { throw BrokenPromise(.history, "more commits are lost than there were") }
        let lost = LostFacts(of: history, from: cut)
        var kept = Array(history[..<cut])
        for record in history[cut...] {
            if let request = lost.wasAnswered(by: record.fact, clients) {
                throw BrokenPromise(
                    .power, "request \(request) was answered for good, and nobody knows of it any more: \(record.line)")
            }
            if let fact = lost.whatIsLeft(of: record.fact) { kept.append(Record(record.at, fact)) }
        }
        return kept
    }
}

/// The facts of the lost commits.
private struct LostFacts {
    /// All requests, kept ones too: the promise of an answer depends on the resource of its request.
    private var asked: [Int64: Asked] = [:]
    private var forgotten: Set<Int64> = []
    private var grants: Set<Int64> = []
    private var ends: [Int64: Ending] = [:]

    init(of history: [Record], from cut: Int) {
        for (index, record) in history.enumerated() {
            if case .asked(let new) = record.fact { asked[new.request] = new }
            guard index >= cut else { continue }
            switch record.fact {
            case .asked(let new): forgotten.insert(new.request)
            case .granted(let request, _, _): grants.insert(request)
            case .ended(let request, let ending): ends[request] = ending
            default: break
            }
        }
    }

    /// The request that, by this fact, was answered at the power level: a grant to another host, a grant that carries a number of
    /// a sequence and the end of that, and a lock that a person took away.
    func wasAnswered(by fact: Fact, _ clients: [Int64: ClientState]) -> Int64? {
        switch fact {
        case .told(let request, .granted), .commandStarted(_, let request, _, _):
            guard grants.contains(request), let client = asked[request].flatMap({ clients[$0.client] }) else { return nil }
            return !client.isLocal || isNumbered(request) ? request : nil
        case .told(let request, .ended):
            switch ends[request] {
            case .broken: return request
            case .released: return isNumbered(request) ? request : nil
            default: return nil
            }
        default: return nil
        }
    }

    /// Whether a request, or another one of its group, is for a sequence.
    private func isNumbered(_ request: Int64) -> Bool {
        guard let own = asked[request] else { return false }
        var parts = [own]
        if let group = own.group {
            var next = group
            while let part = asked[next], part.group == group {
                parts.append(part)
                next += 1
            }
        }
        return parts.contains { if case .sequence = Shape($0.resource) { true } else { false } }
    }

    /// The fact as it stands after the loss; nil if it means nothing any more.
    func whatIsLeft(of fact: Fact) -> Fact? {
        switch fact {
        case .asked, .queued, .awaitingCreation, .granted, .offered, .passedOver, .started, .orphaned, .resumed, .ended, .late,
            .gap, .committed:
            nil
        case .told(let request, .waits), .breakOrdered(let request): forgotten.contains(request) ? nil : fact
        case .told(let request, .granted), .commandStarted(_, let request, _, _), .commandEnded(_, let request):
            grants.contains(request) ? nil : fact
        case .told(let request, .ended): ends[request] != nil ? nil : fact
        // This was in the last commit.
        case .daemonEnded: .daemonEnded(livesEnd: false)
        case .daemonStarted, .opened, .shutDownOrdered, .powerLost, .clientBegan, .clientGone, .connectionLost, .gaveUp, .letGo,
            .allDone:
            fact
        }
    }
}
