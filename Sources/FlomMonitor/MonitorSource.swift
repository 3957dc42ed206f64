package import FlomModel
package import FlomNet
package import FlomStore

/// The daemon, as those see it who watch it. Each function is called on the HTTP server's loop, and calls `then` there, once.
package protocol MonitorSource: Sendable {
    /// All open requests that the peer may see, with what only the daemon knows of them.
    func status(for peer: HTTPPeer, then: @escaping @Sendable (Watched<[HistoryRow]>) -> Void)
    /// A page of the history, as far as the peer may see it.
    func history(_ query: HistoryQuery, for peer: HTTPPeer, then: @escaping @Sendable (Watched<HistoryPage>) -> Void)
    /// Events behind a number, as far as the peer may see them.
    ///
    /// - Parameter number: nil for none at all, but the number to go on from.
    func events(after number: Int64?, for peer: HTTPPeer, then: @escaping @Sendable (Watched<EventPage>) -> Void)
    /// What the daemon has measured.
    func readings(then: @escaping @Sendable (MonitorReadings) -> Void)
    /// Calls `body` on the loop each time that something has been recorded, until the daemon ends.
    func whenRecorded(_ body: @escaping @Sendable () -> Void)
}

/// What was read, or why it was not, as a sentence.
package enum Watched<Value: Sendable>: Sendable {
    case value(Value)
    /// The peer may not read it.
    case forbidden(String)
    /// It cannot be read now.
    case unreadable(String)
}

/// Events in the order of the record.
package struct EventPage: Sendable {
    package var rows: [EventRow]
    /// The number of the newest event that was looked at: the next page follows it. Events that the peer may not see are not in `rows`.
    package var upTo: Int64
    /// Whether more events are on record.
    package var hasMore: Bool

    package init(rows: [EventRow], upTo: Int64, hasMore: Bool) {
        self.rows = rows
        self.upTo = upTo
        self.hasMore = hasMore
    }
}

/// How the journal has kept up since the daemon began.
package struct JournalReadings: Sendable {
    package var commits = DurationHistogram(.disk)
    /// From the wish for a sync until what was written has reached the device.
    package var syncs = DurationHistogram(.disk)
    package var checkpoints = 0
    package var failedCheckpoints = 0

    package init() {}
}

/// What a daemon knows of itself at one moment.
package struct MonitorReadings: Sendable {
    package var version = ""
    package var endpoint = ""
    /// Microseconds since 1970-01-01 UTC.
    package var startedAt: Int64 = 0
    package var newestRequest: Int64 = 0
    package var tally = RequestTally()
    package var counters = DaemonCounters()
    package var journal = JournalReadings()
    /// Discovery queries of a network group that were heard.
    package var discoveryQueries = 0
    /// How late the daemon's loop came to what was due.
    package var lateness = DurationHistogram(.disk)
    package var journalBytes: Int64?
    package var logBytes: Int64?
    /// From the question to the daemon's loop until its answer, in nanoseconds.
    package var loopDelayNanoseconds: Int64 = 0

    package init() {}
}
