internal import FlomModel
internal import FlomReports

/// All metrics of a daemon, for Prometheus.
struct MetricsText {
    private var text: PrometheusText

    /// - Parameters:
    ///   - rows: the open requests; nil if they are not known, because the journal cannot be read.
    ///   - isOpenMetrics: whether in the form of OpenMetrics 1.0, otherwise in Prometheus's older one.
    init(_ readings: MonitorReadings, rows: [HistoryRow]?, now: Int64, isOpenMetrics: Bool) {
        text = PrometheusText(
            StatusRows(rows ?? [], isComplete: true), always: nil, newestRequest: RequestID(readings.newestRequest),
            isDaemonRunning: true,
            now: now)
        text.add(answers: true, trouble: readings.counters.trouble ?? (rows == nil ? "the journal cannot be read now" : nil))
        text.add(readings.counters)
        add(readings.tally)
        add(rows, now)
        add(readings.journal)
        distribution(
            "flom_loop_lateness_seconds", "How late the daemon's loop came to what was due each second.", readings.lateness)
        text.metric(
            "flom_discovery_queries_total", "counter", "Queries of a network group that were heard since the daemon began.",
            [("", "\(readings.discoveryQueries)")])
        text.metric(
            "flom_build_info", "gauge", "The daemon's version.", [("{version=\"\(readings.version)\"}", "1")])
        text.metric(
            "flom_start_time_seconds", "gauge", "When the daemon began.", [("", TimeText.seconds(readings.startedAt))])
        text.metric(
            "flom_loop_delay_seconds", "gauge", "How long a question waited for the daemon's loop just now.",
            [("", TimeText.seconds(readings.loopDelayNanoseconds / 1000))])
        text.metric(
            "flom_journal_bytes", "gauge", "Size of the journal's files.",
            [("database", readings.journalBytes), ("log", readings.logBytes)].compactMap { name, bytes in
                bytes.map { ("{file=\"\(name)\"}", "\($0)") }
            })
        if isOpenMetrics { text.becomeOpenMetrics() }
    }

    var lines: String { text.lines }

    private mutating func add(_ tally: RequestTally) {
        let events = tally.events
        text.metric(
            "flom_request_events_total", "counter", "What happened to requests since the daemon began.",
            [
                ("requested", events.requested), ("queued", events.queued), ("granted", events.granted),
                ("released", events.released),
                ("refused", events.refused), ("timed_out", events.timedOut), ("withdrawn", events.withdrawn),
                ("orphaned", events.orphaned), ("resumed", events.resumed), ("broken", events.broken),
            ].map { (PrometheusText.label("event", $0.0), "\($0.1)") })
        text.metric(
            "flom_reclaimed_total", "counter", "Locks whose holders were found gone since the daemon began, by the proof.",
            events.reclaimed.sorted { $0.key < $1.key }.map { (PrometheusText.label("proof", $0.key), "\($0.value)") })
        add("flom_wait_seconds", "How long requests waited for their grant.", tally.waits)
        add("flom_hold_seconds", "How long locks were held.", tally.holds)
    }

    /// The open requests of all resources together: with numbers also when there are none.
    private mutating func add(_ rows: [HistoryRow]?, _ now: Int64) {
        guard let rows else { return }
        let (held, waiting) = (rows.filter { $0.outcome == .held }, rows.filter { $0.outcome != .held })
        text.metric(
            "flom_open_requests", "gauge", "Requests that hold or wait; orphaned and away are among them.",
            [
                ("held", held.count), ("waiting", waiting.count), ("orphaned", rows.count { $0.isOrphan }),
                ("away", rows.count { $0.isAway }),
            ].map { (PrometheusText.label("state", $0.0), "\($0.1)") })
        text.metric(
            "flom_oldest_request_seconds", "gauge", "How long the oldest request has held or waited; 0 without one.",
            [("held", held), ("waiting", waiting)].map { state, rows in
                (PrometheusText.label("state", state), TimeText.seconds(rows.map { $0.age(at: now) }.max() ?? 0))
            })
    }

    private mutating func add(_ journal: JournalReadings) {
        distribution("flom_journal_commit_seconds", "How long commits to the journal took.", journal.commits)
        distribution("flom_journal_sync_seconds", "How long what was committed took to reach the device.", journal.syncs)
        text.metric(
            "flom_journal_checkpoints_total", "counter", "How often the log was carried over into the database.",
            [("completed", journal.checkpoints), ("failed", journal.failedCheckpoints)].map {
                (PrometheusText.label("result", $0.0), "\($0.1)")
            })
    }

    private mutating func distribution(_ name: String, _ help: String, _ histogram: DurationHistogram) {
        text.histogram(name, help, [Self.distribution(histogram, label: nil)])
    }

    private static func distribution(
        _ histogram: DurationHistogram, label: (name: String, value: String)?
    ) -> PrometheusText.Distribution {
        .init(
            label: label, bounds: histogram.bounds.seconds, counts: histogram.counts,
            sum: TimeText.seconds(histogram.sumNanoseconds / 1000))
    }

    private mutating func add(_ name: String, _ help: String, _ durations: DurationsByResource) {
        var named: [String: DurationHistogram] = [:]
        // Names that differ only in what cannot be shown are one series.
        for (resource, histogram) in durations.histograms {
            named[SafeText.repaired(resource), default: .init(durations.bounds)].add(histogram)
        }
        if durations.others.count > 0 { named["(others)", default: .init(durations.bounds)].add(durations.others) }
        text.histogram(
            name, help,
            named.sorted { $0.key < $1.key }.map { Self.distribution($0.value, label: ("resource", $0.key)) })
    }
}
