internal import FlomEngine
package import FlomModel
package import FlomNetCore
internal import FlomStore

/// The settings of a daemon, with their defaults. Options and files set them, a reload changes some (`DaemonSetting`), and the
/// endpoint record keeps most of them, so that any user who restarts the daemon after a crash starts it with the same.
package struct DaemonSettings: Hashable, Sendable {
    /// The time that the daemon lives without connections and resources, in milliseconds; negative: for ever. 0 is for commands
    /// only: they start none.
    package var lifespanMilliseconds: Int32 = 5000
    /// Permissions of a UNIX socket; nil: what its kind of endpoint has (`Endpoint.defaultSocketMode`).
    package var socketMode: UInt32?
    /// The path of the journal that the user names; nil for the default place.
    package var journalPath: String?
    package var sync = SyncLevel.auto
    package var queuePolicy = QueuePolicy.bounded
    /// How long a lost connection leaves a remote holder its lock.
    package var lostHolderDelayMilliseconds: Int64 = 15_000
    /// How long a new daemon waits for the remote holders and waiters of the one before.
    package var reclaimGraceMilliseconds: Int64 = 30_000
    /// The age at which requests that have ended are removed from the journal; nil: they never are.
    package var retentionMicroseconds: Int64?
    /// The part of the command lines of clients that is put on record.
    package var recording = CommandRecording()
    /// The keepalive of TCP connections.
    package var keepalive = Keepalive()
    /// TLS for connections; nil: they are in plain text.
    package var tls: TLSSettings?
    /// The number of discovery queries with which the daemon looks for others in its group.
    package var discoveryAttempts = 2
    package var discoveryTimeoutMilliseconds = 500
    /// The number of hops that a discovery query may travel; 1: the own network only.
    package var discoveryTTL = 1

    /// The rules of access.
    package var access = AccessSettings()
    package var limits = DaemonLimits()
    /// Where the daemon shows its state over HTTP; nil: nowhere.
    package var http: MonitorPlace?
    /// The buckets of the histograms that it shows.
    package var buckets = HistogramBounds.usual
    /// The absolute path of the directory on which the daemon shows its state as files; nil: on none.
    package var mountPoint: String?

    /// The level of the least urgent lines that go into the log.
    package var logLevel = LogLevel.notice

    /// The absolute path of the file for the components that `FLOM_TRACE_MASK` names; nil: no trace.
    package var traceFile: String?
    /// Whether the daemon appends to its trace file.
    package var appendsTrace = false

    package init() {}
}

/// The reason why a daemon cannot be started or go on, as a sentence for the user.
package struct DaemonError: Error, Hashable, Sendable {
    package let sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
