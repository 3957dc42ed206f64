/// When commits reach the device. Commits of all levels survive any death of the process.
package enum SyncLevel: String, CaseIterable, Hashable, Sendable {
    case auto
    case always
    /// Never, except inside a checkpoint: a checkpoint without a sync could damage the file.
    case off
}

/// An entry of the record.
package enum JournalEntry: Hashable, Sendable {
    case request(Event)
    case daemonStarted(DaemonStart)
    case daemonStopped(reason: String)
    /// A description of what could not be recorded when it happened.
    case gap(String)
    case pruned(PruneRecord)
}

/// What a prune is about to remove, counted before it begins. If it is interrupted, the next prune removes the rest.
package struct PruneRecord: Hashable, Sendable {
    package var by: String
    /// Requests that ended before this time are removed, in microseconds since 1970-01-01 UTC.
    package var before: Int64
    /// The last event that is removed.
    package var upTo: Int64
    package var requests: Int64
    package var events: Int64

    package init(by: String, before: Int64, upTo: Int64, requests: Int64, events: Int64) {
        (self.by, self.before, self.upTo, self.requests, self.events) = (by, before, upTo, requests, events)
    }
}

/// Entries that were decided at one moment and could not be written then.
package struct LateEntries: Hashable, Sendable {
    package let entries: [JournalEntry]
    package let decidedAt: Moment

    package init(_ entries: [JournalEntry], decidedAt: Moment) {
        self.entries = entries
        self.decidedAt = decidedAt
    }
}

package struct DaemonStart: Hashable, Sendable {
    package var pid: Int32
    package var bootID: String
    package var version: String
    package var endpoint: String
    package var view = ProcessView.unknown
    /// The number of the daemon's view in the journal; nil if nothing is known of the view. It applies to every process that
    /// is identified from now on.
    package var viewNumber: Int64?

    package init(pid: Int32, bootID: String, version: String, endpoint: String) {
        self.pid = pid
        self.bootID = bootID
        self.version = version
        self.endpoint = endpoint
    }
}
