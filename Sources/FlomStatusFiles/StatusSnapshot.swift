package import FlomModel

/// A daemon's state at one moment, as far as the reader of the files may see it.
package struct StatusSnapshot: Sendable {
    /// All open requests.
    package var rows: [HistoryRow] = []
    /// The resources that exist, in use or not; of paths the root levels.
    package var resources: [ResourceName] = []
    /// The peers of requests that came over TCP, as `ADDRESS/PORT`.
    package var peers: [RequestID: String] = [:]
    /// Microseconds since 1970-01-01 UTC. `startedAt` likewise.
    package var takenAt: Int64 = 0
    package var startedAt: Int64 = 0
    package var endpoint = ""
    package var version = ""
    /// Why the daemon gives no lock; nil if it gives locks.
    package var trouble: String?

    package init() {}
}

/// The daemon, as the file system sees it. Both are used on the file system's thread.
package protocol StatusFileSource: Sendable {
    /// Takes a snapshot; waits for the daemon's loop, which waits for nobody here.
    func snapshot() throws(StatusFileError) -> StatusSnapshot
    /// Another number each time that something may have changed.
    var changeNumber: UInt64 { get }
}

/// Why there is no snapshot.
package enum StatusFileError: Error, Sendable {
    /// The rules of access forbid the daemon's own user to read.
    case forbidden
    /// The journal cannot be read now, or the daemon ends.
    case unreadable
}
