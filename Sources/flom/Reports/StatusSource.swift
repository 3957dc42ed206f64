internal import FlomDaemon
internal import FlomEngine
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// Reads what is open, now or at another moment, as often as it is asked.
final class StatusSource {
    let settings: Settings
    private var source: RequestSource?

    init(_ settings: Settings) { self.settings = settings }

    /// What is open at one moment.
    struct Snapshot {
        let status: StatusRows
        /// The moment, in microseconds since 1970-01-01 UTC.
        let moment: Int64
        /// Without a daemon the rows are what the last one left. True where a file was named and nobody knows.
        let isDaemonRunning: Bool
    }

    /// - Throws: `Failure` 99 when nobody tells. The next call tries anew.
    func read() throws(Failure) -> Snapshot {
        let moment = settings.status.at ?? Clock.wallMicroseconds()
        var filter = try settings.reportFilter()
        if let at = settings.status.at {
            filter.since = at
            filter.until = at + 1
        } else {
            filter.onlyOpen = true
        }
        // The history's outcome is not what it was then.
        let outcomes = filter.outcomes
        if settings.status.at != nil { filter.outcomes = [] }
        var rows: [HistoryRow] = []
        try each(HistoryQuery(filter)) { row in
            guard let row = settings.status.at.map({ row.asOf($0) }) ?? row else { return true }
            if outcomes.isEmpty || outcomes.contains(row.outcome) { rows.append(row) }
            return true
        }
        return Snapshot(
            status: StatusRows(rows, isComplete: isAboutAll), moment: moment, isDaemonRunning: try isDaemonRunning())
    }

    /// The request that was asked for last; nil if there was none.
    func newestRequest() throws(Failure) -> RequestID? {
        var newest: RequestID?
        try each(HistoryQuery(limit: 1)) { row in
            newest = row.request
            return false
        }
        return newest
    }

    /// When a command under a resource last ended with status 0.
    ///
    /// - Parameter since: what ended before is looked at only if nothing did later.
    func lastSuccess(of resource: [UInt8], since: Int64) throws(Failure) -> LastSuccess {
        var filter = HistoryFilter(resource: resource)
        filter.outcomes = [.released]
        for since in [since, nil] {
            filter.since = since
            var endedAt: Int64?
            // The newest request, which nearly always is the one that ended last.
            try each(HistoryQuery(filter, newestFirst: true)) { row in
                if row.exitStatus == 0 { endedAt = row.endedAt }
                return endedAt == nil
            }
            if let endedAt { return LastSuccess(resource: resource, endedAt: endedAt) }
        }
        return LastSuccess(resource: resource, endedAt: nil)
    }

    /// Whether every open request of the resources in question is shown, so that places and what is free can be counted.
    private var isAboutAll: Bool {
        var filter = settings.report.filter
        (filter.resource, filter.resourcePattern) = (nil, nil)
        return filter == HistoryFilter() && settings.request == nil
    }

    private func each(_ query: HistoryQuery, _ body: (HistoryRow) -> Bool) throws(Failure) {
        do {
            if source == nil { source = try RequestSource.find(settings) }
            try source!.read(query, body)
        } catch {
            source = nil
            throw error
        }
    }

    /// What the running daemon counts; nil where nobody says so at once. What is held is known without it.
    func counters(_ snapshot: Snapshot) -> DaemonCounters? {
        guard snapshot.isDaemonRunning, settings.status.at == nil, let access = try? DaemonAccess(settings),
            let dialogue = try? DaemonDialogue(access, settings, patience: Self.countersMilliseconds)
        else { return nil }
        return dialogue.counters(patience: Self.countersMilliseconds)
    }

    private static let countersMilliseconds: Int64 = 500

    private func isDaemonRunning() throws(Failure) -> Bool {
        guard case .journal = source, settings.journalPath == nil else { return true }
        return try DaemonAccess(settings).isDaemonRunning
    }
}

extension DaemonAccess {
    /// Whether a daemon holds the endpoint's record.
    var isDaemonRunning: Bool { Self.isRunning(endpoint) }

    static func isRunning(_ endpoint: Endpoint) -> Bool {
        guard let record = try? Descriptor.open(endpoint.recordPath, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return false }
        return (try? FileLock.isTaken(record.number)) == true
    }
}
