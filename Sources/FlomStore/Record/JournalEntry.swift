package import FlomModel

/// What a commit records.
package enum JournalEntry: Hashable, Sendable {
    case request(Event)
    case daemonStarted(Journal.DaemonStart)
    case daemonStopped(reason: String)
    /// What could not be recorded when it happened, in words.
    case gap(String)
    case pruned(Journal.PruneRecord)
}

extension Journal {
    /// What a prune is about to remove, counted before it begins: should it be interrupted, the next one removes the rest.
    package struct PruneRecord: Hashable, Sendable {
        package var by: String
        /// Requests that ended before this moment go, in microseconds since 1970-01-01 UTC.
        package var before: Int64
        /// Events up to this one go.
        package var upTo: Int64
        package var requests: Int64
        package var events: Int64
    }

    /// What was decided at one moment, and could not be written then.
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
        /// Its number in the journal: what is identified from now on is seen so. Nil if nothing is known of the view.
        package var viewNumber: Int64?

        package init(pid: Int32, bootID: String, version: String, endpoint: String) {
            self.pid = pid
            self.bootID = bootID
            self.version = version
            self.endpoint = endpoint
        }
    }
}
