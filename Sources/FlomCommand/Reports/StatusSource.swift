internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// Reads what is open, now or at another moment, any number of times.
final class StatusSource {
    let settings: Settings
    private var source: RequestSource?
    /// The dialogue with the daemon whose journal is read.
    private var dialogue: DaemonDialogue?

    init(_ settings: Settings) { self.settings = settings }

    /// What is open at one moment.
    struct Snapshot {
        let status: StatusRows
        /// The moment, in microseconds since 1970-01-01 UTC.
        let moment: Int64
        /// Nil where a file was named and its daemon is unknown, or for another moment than now.
        let daemon: DaemonPresence?
        /// Whether there is no journal to look anything up in.
        var isUnreadable = false
        /// Without a daemon the rows show what the last one left.
        var isDaemonRunning: Bool { daemon?.isRunning ?? true }
        /// What is wrong with the daemon, in a sentence.
        var trouble: String? { daemon?.trouble }
    }

    /// - Throws: `Failure` 99 when neither journal nor daemon can be read. The next call tries again.
    func read() throws(Failure) -> Snapshot {
        let moment = settings.status.at ?? Clock.wallMicroseconds()
        var filter = try settings.reportFilter()
        if let at = settings.status.at {
            filter.since = at
            filter.until = at + 1
        } else {
            filter.onlyOpen = true
        }
        // The outcome in the history is not the outcome at that moment.
        let outcomes = filter.outcomes
        if settings.status.at != nil { filter.outcomes = [] }
        var rows: [HistoryRow] = []
        do throws(Failure) {
            try each(HistoryQuery(filter)) { row in
                guard let row = settings.status.at.map({ row.asOf($0) }) ?? row else { return true }
                if outcomes.isEmpty || outcomes.contains(row.outcome) { rows.append(row) }
                return true
            }
        } catch {
            // The file that is missing or empty is not the last daemon's journal.
            guard settings.status.at == nil, let refusal = try refusal() else { throw error }
            return Snapshot(
                status: StatusRows([], isComplete: isAboutAll), moment: moment, daemon: .refuses(refusal), isUnreadable: true)
        }
        return Snapshot(
            status: StatusRows(rows, isComplete: isAboutAll), moment: moment, daemon: try presence(isIdle: rows.isEmpty))
    }

    /// The newest request; nil if there is none, or nothing can be read.
    func newestRequest(_ snapshot: Snapshot) throws(Failure) -> RequestID? {
        if snapshot.isUnreadable { return nil }
        var newest: RequestID?
        try each(HistoryQuery(limit: 1)) { row in
            newest = row.request
            return false
        }
        return newest
    }

    /// When a command under the resource last ended with status 0.
    ///
    /// - Parameter since: requests that ended earlier are looked at only if none did later.
    func lastSuccess(of resource: [UInt8], since: Int64) throws(Failure) -> LastSuccess {
        var filter = HistoryFilter(resource: resource)
        filter.outcomes = [.released]
        for since in [since, nil] {
            filter.since = since
            var endedAt: Int64?
            // Usually the newest request is also the one that ended last.
            try each(HistoryQuery(filter, newestFirst: true)) { row in
                if row.exitStatus == 0 { endedAt = row.endedAt }
                return endedAt == nil
            }
            if let endedAt { return LastSuccess(resource: resource, endedAt: endedAt) }
        }
        return LastSuccess(resource: resource, endedAt: nil)
    }

    /// Whether all open requests of the resources are shown, so that places and free units can be counted.
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

    /// Asks the daemon that holds the record, because the journal looks the same while a daemon hangs or cannot write it.
    ///
    /// - Parameter isIdle: whether nothing is open. Repeated questions would then keep the daemon from its end, so it is not
    ///   asked.
    private func presence(isIdle: Bool) throws(Failure) -> DaemonPresence? {
        if case .daemon(let dialogue) = source {
            do { return settings.status.at == nil ? try told(by: dialogue) : .answers(nil) } catch {
                source = nil
                throw error
            }
        }
        let connector = try DaemonConnector(settings)
        guard isAboutTheEndpoint(connector.endpoint) else { return nil }
        guard LocalDaemon.isRunning(connector.endpoint) else { return try whatComesNext() }
        if settings.status.at != nil { return .answers(nil) }
        if isIdle && settings.status.watches {
            dialogue = nil
            return Silence.isStopped(connector.endpoint) ? .silent(Silence.sentence(of: connector.endpoint)) : .answers(nil)
        }
        let deadline = Deadline.after(milliseconds: RequestDeadlines.handshakeMilliseconds)
        var backOff = BackOff()
        while true {
            do throws(Failure) {
                if dialogue == nil {
                    dialogue = try DaemonDialogue(connector, settings, patience: max(1, Int64(deadline.pollMilliseconds)))
                }
                return try told(by: dialogue!)
            } catch {
                dialogue = nil
                guard error.isSilence || error.isNobody else { return .answers(nil) }
                // The daemon may just be ending, or starting.
                guard LocalDaemon.isRunning(connector.endpoint) else { return try whatComesNext() }
                if deadline.hasPassed {
                    return .silent(error.isNobody ? Silence.sentence(of: connector.endpoint) : error.sentence)
                }
            }
            Clock.sleep(milliseconds: backOff.next())
        }
    }

    private func whatComesNext() throws(Failure) -> DaemonPresence {
        guard settings.status.at == nil, let refusal = try refusal() else { return DaemonPresence.none }
        return .refuses(refusal)
    }

    /// Why the next daemon will refuse the endpoint's journal; nil where a file was named.
    private func refusal() throws(Failure) -> String? {
        guard settings.daemon.journalPath == nil, case .unix = try settings.endpoint() else { return nil }
        return JournalContinuity.refusal(for: try settings.endpoint())
    }

    /// Whether the endpoint's journal is read, and not a named file.
    private func isAboutTheEndpoint(_ endpoint: Endpoint) -> Bool {
        guard let named = settings.daemon.journalPath else { return true }
        guard let recorded = EndpointRecord.read(of: endpoint)?.journalPath else { return false }
        return LocalDaemon.isRunning(endpoint) && Files.canonical(named) == Files.canonical(recorded)
    }

    private func told(by dialogue: DaemonDialogue) throws(Failure) -> DaemonPresence {
        .answers(try dialogue.counters(patience: RequestDeadlines.handshakeMilliseconds))
    }
}

/// What is known about the daemon whose locks are shown.
enum DaemonPresence {
    case none
    /// No daemon runs, and the next one would refuse the journal; the reason, in a sentence.
    case refuses(String)
    /// The daemon's counters, if it sends them.
    case answers(DaemonCounters?)
    /// The daemon runs and does not answer; the reason, in a sentence.
    case silent(String)

    var isRunning: Bool {
        switch self {
        case .none, .refuses: false
        case .answers, .silent: true
        }
    }

    var counters: DaemonCounters? { if case .answers(let counters) = self { counters } else { nil } }

    /// Whether the journal says nothing about what is held now.
    var isInDoubt: Bool {
        switch self {
        case .silent, .refuses: true
        case .none, .answers: false
        }
    }

    var trouble: String? {
        switch self {
        case .none: nil
        case .answers(let counters): counters?.trouble
        case .silent(let sentence), .refuses(let sentence): sentence
        }
    }
}
