package import FlomModel

/// What is known about a wait.
package struct WaitReport {
    /// The resources that the command waits for, in the given order; at least one.
    package var resources: [[UInt8]]
    /// Holders of one of the resources, or of something that excludes it.
    package var holders: [HistoryRow] = []
    /// Whether there are more holders than `holders`.
    package var hasMoreHolders = false
    /// The place in the queue, from 1; nil if it is not known.
    package var place: Int?
    package var awaitsCreation = false
    /// Durations of earlier holds of the resource that `holders` hold.
    package var times = HoldTimes()
    /// Whether the daemon reports nothing about holders, as FLoM 1.7.2 does.
    package var isDaemonSilent = false

    package init(resources: [[UInt8]]) { self.resources = resources }

    /// One or two lines, without control characters.
    ///
    /// - Parameters:
    ///   - waited: nanoseconds.
    ///   - now: microseconds since 1970-01-01 UTC.
    package func lines(waited: Int64, now: Int64) -> [String] {
        let span = TimeText.span(waited)
        let since = "waiting for \(Self.names(resources)) for \(span)"
        if isDaemonSilent { return ["flom: \(since); the daemon is FLoM 1.7.2 or one like it and does not say who holds it"] }
        if awaitsCreation { return ["flom: \(since): it does not exist yet"] }
        let position = place.map { ", place \($0) in the queue" } ?? ""
        let usual = times.text.map { "; \($0)" } ?? ""
        guard let holder = holders.first else { return ["flom: \(since)\(position)\(usual)"] }
        return [
            "flom: \(Self.text(holder, count: holders.count, hasMore: hasMoreHolders, now))",
            "      waiting for \(span)\(position)\(usual)",
        ]
    }

    package static func names(_ resources: [[UInt8]]) -> String {
        let shown = resources.prefix(3).map { "'\(SafeText.shown($0))'" }.joined(separator: ", ")
        return resources.count > 3 ? "\(shown) and \(resources.count - 3) more" : shown
    }

    private static func text(_ holder: HistoryRow, count: Int, hasMore: Bool, _ now: Int64) -> String {
        let since = holder.grantedAt ?? holder.askedAt
        var text = "'\(SafeText.shown(holder.resource))' is "
        if count > 1 || hasMore { text += "held by \(hasMore ? "more than " : "")\(count), " }
        text += count > 1 || hasMore ? "the longest " : holder.isOrphan ? "held by an orphan " : "held "
        text += "for \(TimeText.span(max(0, now - since) * 1000)) (since \(TimeText.recent(since, now: now)))"
        text += " by \(SafeText.shown("\(holder.user)@\(holder.host)"))"
        if let pid = holder.commandPID ?? holder.clientPID { text += ", pid \(pid)" }
        if holder.isAway { text += holder.keptUntil.map { ", away, kept until \(TimeText.recent($0, now: now))" } ?? ", away" }
        if !holder.command.isEmpty { text += ": \(SafeText.command(holder.command))" }
        return text
    }
}
