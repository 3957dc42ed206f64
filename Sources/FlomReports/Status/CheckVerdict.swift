package import FlomModel

/// The state of all locks, judged for a monitoring system: one line and a level.
package struct CheckVerdict {
    package private(set) var level = CheckLevel.ok
    private var complaints: [(level: CheckLevel, sentence: String)] = []
    private var summary = ""
    private var performance = ""

    /// A verdict for a check that could not be made.
    package init(_ level: CheckLevel, _ sentence: String) {
        complain(level, sentence)
    }

    /// - Parameters:
    ///   - rows: the open requests.
    ///   - now: microseconds since 1970-01-01 UTC.
    ///   - isDaemonRunning: without a daemon the rows are what the last one left.
    ///   - success: the last success, if `limits.notRunSince` is given.
    package init(_ rows: [HistoryRow], now: Int64, limits: CheckLimits, isDaemonRunning: Bool, success: LastSuccess?) {
        let holders = rows.filter { $0.outcome == .held }
        let waiters = rows.filter { $0.outcome != .held }
        if let success, let limit = limits.notRunSince { judge(success, now, limit) }
        judge(waiters, now, limits.maxWait) { "'\($0)' is awaited" }
        judge(holders, now, limits.maxHold) { "'\($0)' is held" }
        let orphans = holders.filter(\.isOrphan)
        if let first = orphans.first {
            complain(.warning, "'\(SafeText.shown(first.resource))' is held by an orphan\(Self.more(orphans.count))")
        }
        let away = rows.filter(\.isAway)
        if let first = away.first {
            complain(.warning, "\(Self.who(first)) is away from '\(SafeText.shown(first.resource))'\(Self.more(away.count))")
        }
        if !isDaemonRunning && !rows.isEmpty { complain(.warning, "no daemon is running, and the journal has open requests") }

        summary = "\(holders.count) held, \(waiters.count) waiting" + (isDaemonRunning ? "" : ", no daemon is running")
        if let endedAt = success?.endedAt { summary += ", last success \(TimeText.span(max(0, now - endedAt) * 1000)) ago" }
        measure("holders", holders.count)
        measure("waiters", waiters.count)
        measure("orphans", orphans.count)
        measure("away", away.count)
        measure("oldest_hold", age: holders.map { $0.age(at: now) }.max() ?? 0, limit: limits.maxHold)
        measure("oldest_wait", age: waiters.map { $0.age(at: now) }.max() ?? 0, limit: limits.maxWait)
        if let endedAt = success?.endedAt { measure("since_success", age: max(0, now - endedAt), limit: limits.notRunSince) }
    }

    /// The line that plugins print: `FLOM CRITICAL - why | figures`.
    package var line: String {
        let sentences = complaints.sorted { $0.level > $1.level }.map(\.sentence)
        let text = (sentences.isEmpty ? [summary] : sentences).joined(separator: "; ")
        // A bar begins the figures.
        let plain = String(text.map { $0 == "|" ? "¦" : $0 })
        return "FLOM \(level.word) - \(plain)" + (performance.isEmpty ? "" : " |\(performance)")
    }

    // MARK: - Judging

    private static let dayMicroseconds: Int64 = 86_400_000_000

    /// Adds a warning about a certificate in its last 14 days, and an error about an expired one.
    ///
    /// - Parameters:
    ///   - endsAt: microseconds since 1970-01-01 UTC, as is `now`.
    package mutating func judge(certificate: String, in file: String, endsAt: Int64, now: Int64) {
        if endsAt <= now {
            complain(.critical, "the certificate '\(certificate)' in '\(file)' has expired")
        } else if endsAt - now < 14 * Self.dayMicroseconds {
            let days = (endsAt - now) / Self.dayMicroseconds
            complain(.warning, "the certificate '\(certificate)' in '\(file)' ends in \(days) days")
        }
    }

    /// Adds an error about files without which no command can reach a daemon. It is said once, even if the check itself has
    /// failed for the same reason.
    package mutating func judge(unusable sentence: String) {
        if complaints.contains(where: { $0.sentence == SafeText.shown(sentence) }) { return }
        complain(.critical, sentence)
    }

    /// - Parameter daemonFault: a sentence that says why the daemon gives no locks or does not answer; if none runs, why one that is started
    ///   now would give none.
    package mutating func judge(daemonFault sentence: String) { complain(.critical, sentence) }

    private mutating func complain(_ level: CheckLevel, _ sentence: String) {
        self.level = max(self.level, level)
        complaints.append((level, SafeText.shown(sentence)))
    }

    private mutating func judge(_ rows: [HistoryRow], _ now: Int64, _ limit: Int64?, _ what: (String) -> String) {
        guard let limit else { return }
        let late = rows.filter { $0.age(at: now) > limit }.sorted { $0.age(at: now) > $1.age(at: now) }
        guard let worst = late.first else { return }
        complain(
            .critical,
            "\(what(SafeText.shown(worst.resource))) for \(TimeText.span(worst.age(at: now) * 1000)) by \(Self.who(worst))"
                + "\(Self.more(late.count)); the limit is \(TimeText.span(limit * 1000))")
    }

    private mutating func judge(_ success: LastSuccess, _ now: Int64, _ limit: Int64) {
        guard success.endedAt.map({ now - $0 > limit }) ?? true else { return }
        let name = SafeText.shown(success.resource)
        guard let endedAt = success.endedAt else {
            return complain(.critical, "no command under '\(name)' is on record that ended with status 0")
        }
        complain(
            .critical,
            "the last command under '\(name)' that ended with status 0 did so \(TimeText.span((now - endedAt) * 1000)) ago, at "
                + "\(TimeText.local(endedAt)); the limit is \(TimeText.span(limit * 1000))")
    }

    private static func who(_ row: HistoryRow) -> String { SafeText.shown("\(row.user)@\(row.host)") }
    private static func more(_ count: Int) -> String { count > 1 ? " (and \(count - 1) more)" : "" }

    // MARK: - Figures

    private mutating func measure(_ label: String, _ count: Int) { performance += " \(label)=\(count);;;0" }

    private mutating func measure(_ label: String, age: Int64, limit: Int64?) {
        performance += " \(label)=\(TimeText.seconds(age))s;;\(limit.map(TimeText.seconds) ?? "");0"
    }
}
