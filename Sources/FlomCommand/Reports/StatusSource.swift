internal import FlomDaemon
internal import FlomModel
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// Reads what is open, now or at another moment, as often as it is asked.
final class StatusSource {
    let settings: Settings
    private var source: RequestSource?
    /// With the daemon whose journal is read.
    private var dialogue: DaemonDialogue?

    init(_ settings: Settings) { self.settings = settings }

    /// What is open at one moment.
    struct Snapshot {
        let status: StatusRows
        /// The moment, in microseconds since 1970-01-01 UTC.
        let moment: Int64
        /// Nil where a file was named and nobody knows, or another moment is looked at.
        let daemon: DaemonPresence?
        /// Without a daemon the rows are what the last one left.
        var isDaemonRunning: Bool { daemon?.isRunning ?? true }
        /// What is wrong with the daemon, in a sentence.
        var trouble: String? { daemon?.trouble }
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
            status: StatusRows(rows, isComplete: isAboutAll), moment: moment, daemon: try presence(isIdle: rows.isEmpty))
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

    // MARK: - The daemon

    /// The journal alone would show the same if the daemon stood still, or could not write it any more: whoever has the record locked
    /// is asked.
    ///
    /// - Parameter isIdle: whether nothing is open, so that whoever looks again and again would keep the daemon from its end.
    private func presence(isIdle: Bool) throws(Failure) -> DaemonPresence? {
        if case .daemon(let dialogue) = source {
            do { return settings.status.at == nil ? try told(by: dialogue) : .answers(nil) } catch {
                source = nil
                throw error
            }
        }
        let access = try DaemonAccess(settings)
        guard isAboutTheEndpoint(access.endpoint) else { return nil }
        guard access.isDaemonRunning else { return DaemonPresence.none }
        if settings.status.at != nil { return .answers(nil) }
        if isIdle && settings.status.watches {
            dialogue = nil
            return Silence.isStopped(access.endpoint) ? .silent(Silence.sentence(of: access.endpoint)) : .answers(nil)
        }
        let deadline = Deadline.after(milliseconds: Deadlines.handshakeMilliseconds)
        var backOff = BackOff()
        while true {
            do throws(Failure) {
                if dialogue == nil {
                    dialogue = try DaemonDialogue(access, settings, patience: max(1, Int64(deadline.pollMilliseconds)))
                }
                return try told(by: dialogue!)
            } catch {
                dialogue = nil
                guard error.isSilence || error.isNobody else { return .answers(nil) }
                // It may just be ending, or beginning.
                guard access.isDaemonRunning else { return DaemonPresence.none }
                if deadline.hasPassed {
                    return .silent(error.isNobody ? Silence.sentence(of: access.endpoint) : error.sentence)
                }
            }
            Clock.sleep(milliseconds: backOff.next())
        }
    }

    /// Whether what is read is the endpoint's journal, and not a file that was named.
    private func isAboutTheEndpoint(_ endpoint: Endpoint) -> Bool {
        guard let named = settings.journalPath else { return true }
        guard let recorded = EndpointRecord.read(of: endpoint)?.journalPath else { return false }
        return DaemonAccess.isRunning(endpoint) && Files.canonical(named) == Files.canonical(recorded)
    }

    private func told(by dialogue: DaemonDialogue) throws(Failure) -> DaemonPresence {
        .answers(try dialogue.counters(patience: Deadlines.handshakeMilliseconds))
    }
}

/// What is known of the daemon whose locks are shown.
enum DaemonPresence {
    case none
    /// With what it counts, if it says so.
    case answers(DaemonCounters?)
    /// It is there and does not answer: why, in a sentence.
    case silent(String)

    var isRunning: Bool { if case .none = self { false } else { true } }

    var counters: DaemonCounters? { if case .answers(let counters) = self { counters } else { nil } }

    var isSilent: Bool { if case .silent = self { true } else { false } }

    var trouble: String? {
        switch self {
        case .none: nil
        case .answers(let counters): counters?.trouble
        case .silent(let sentence): sentence
        }
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
