internal import FlomEngine
package import FlomModel
package import FlomNetCore
internal import FlomStore

/// What a daemon is started with. It is kept in the endpoint record, so that whoever restarts it after a crash starts the same.
package struct DaemonSettings: Hashable, Sendable {
    package var endpoint: Endpoint
    /// Milliseconds to live without connections and resources; negative for ever. Never 0, which means to start none.
    package var lifespanMilliseconds = DaemonDefaults.lifespanMilliseconds
    /// Permissions of a UNIX socket.
    package var socketMode: UInt32
    /// Where the user wants the journal; nil for the default place.
    package var journalPath: String?
    package var sync = SyncLevel.auto
    package var queuePolicy = QueuePolicy.bounded
    /// How long a lost connection leaves a remote holder its lock.
    package var lostHolderDelayMilliseconds = DaemonDefaults.lostHolderDelayMilliseconds
    /// How long a new daemon waits for the remote holders and waiters of the one before.
    package var reclaimGraceMilliseconds = DaemonDefaults.reclaimGraceMilliseconds
    /// What ended longer ago is removed from the journal; nil: nothing is.
    package var retentionMicroseconds: Int64?
    /// What is put on record of the command lines that clients send.
    package var recording = CommandRecording()
    /// Of TCP connections.
    package var keepalive = Keepalive.standard
    /// Nil: connections are in plain text.
    package var tls: TLSSettings?
    /// How the daemon looks for others in its group.
    package var discoveryAttempts = DaemonDefaults.discoveryAttempts
    package var discoveryTimeoutMilliseconds = DaemonDefaults.discoveryTimeoutMilliseconds
    package var discoveryTTL = DaemonDefaults.discoveryTTL

    /// Who may do what.
    package var access = AccessSettings()
    package var limits = DaemonLimits()

    /// The least urgent lines that go into the log.
    package var logLevel = LogLevel.notice

    /// Where the daemon traces to what `FLOM_TRACE_MASK` names; nil: nowhere. Absolute.
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
    /// Hops: the own network only.
    package static let discoveryTTL = 1
}

/// Why a daemon cannot be started or go on, as a sentence for the user.
package struct DaemonError: Error, Hashable, Sendable {
    package let sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
