internal import FlomEngine
package import FlomModel
package import FlomNetCore
internal import FlomStore

/// The settings that a daemon is started with. The endpoint record keeps them, so that any user who restarts the daemon after a
/// crash starts it with the same.
package struct DaemonSettings: Hashable, Sendable {
    package var endpoint: Endpoint
    /// The time that the daemon lives without connections and resources, in milliseconds; negative: for ever. Never 0, which
    /// means that no daemon is started.
    package var lifespanMilliseconds = DaemonDefaults.lifespanMilliseconds
    /// Permissions of a UNIX socket.
    package var socketMode: UInt32
    /// The path of the journal that the user names; nil for the default place.
    package var journalPath: String?
    package var sync = SyncLevel.auto
    package var queuePolicy = QueuePolicy.bounded
    /// How long a lost connection leaves a remote holder its lock.
    package var lostHolderDelayMilliseconds = DaemonDefaults.lostHolderDelayMilliseconds
    /// How long a new daemon waits for the remote holders and waiters of the one before.
    package var reclaimGraceMilliseconds = DaemonDefaults.reclaimGraceMilliseconds
    /// The age at which requests that have ended are removed from the journal; nil: they never are.
    package var retentionMicroseconds: Int64?
    /// The part of the command lines of clients that is put on record.
    package var recording = CommandRecording()
    /// The keepalive of TCP connections.
    package var keepalive = Keepalive.standard
    /// TLS for connections; nil: they are in plain text.
    package var tls: TLSSettings?
    /// The number of discovery queries with which the daemon looks for others in its group.
    package var discoveryAttempts = DaemonDefaults.discoveryAttempts
    package var discoveryTimeoutMilliseconds = DaemonDefaults.discoveryTimeoutMilliseconds
    package var discoveryTTL = DaemonDefaults.discoveryTTL

    /// The rules of access.
    package var access = AccessSettings()
    package var limits = DaemonLimits()

    /// The level of the least urgent lines that go into the log.
    package var logLevel = LogLevel.notice

    /// The absolute path of the file for the components that `FLOM_TRACE_MASK` names; nil: no trace.
    package var traceFile: String?
    package var appendsTrace = false

    package init(endpoint: Endpoint, socketMode: UInt32) {
        self.endpoint = endpoint
        self.socketMode = socketMode
    }
}

/// The values of settings that nobody has set: for options, for a daemon, and for records of versions that did not know them.
package enum DaemonDefaults {
    package static let lifespanMilliseconds: Int32 = 5000
    package static let lostHolderDelayMilliseconds: Int64 = 15_000
    package static let reclaimGraceMilliseconds: Int64 = 30_000
    package static let discoveryAttempts = 2
    package static let discoveryTimeoutMilliseconds = 500
    /// The number of hops: the own network only.
    package static let discoveryTTL = 1
}

/// The reason why a daemon cannot be started or go on, as a sentence for the user.
package struct DaemonError: Error, Hashable, Sendable {
    package let sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
