package import FlomEngine
package import FlomStore

/// What a daemon is started with. It is kept in the endpoint record, so that whoever restarts it after a crash starts the same.
package struct DaemonSettings: Hashable, Sendable {
    package var endpoint: Endpoint
    /// Milliseconds to live without connections and resources; negative for ever. Never 0, which means to start none.
    package var lifespanMilliseconds: Int32 = 5000
    /// Permissions of the socket.
    package var socketMode: UInt32
    /// Where the user wants the journal; nil for the default place.
    package var journalPath: String?
    package var sync = Journal.SyncLevel.auto
    package var queuePolicy = QueuePolicy.bounded

    package init(endpoint: Endpoint, socketMode: UInt32) {
        self.endpoint = endpoint
        self.socketMode = socketMode
    }
}

/// What a daemon listens on.
package struct Endpoint: Hashable, Sendable {
    /// Absolute.
    package let socketPath: String
    /// Whether nobody chose it: then it is private to its user.
    package let isDefault: Bool

    package init(socketPath: String, isDefault: Bool) {
        self.socketPath = socketPath
        self.isDefault = isDefault
    }

    /// Private sockets for the default, shared ones where somebody named a socket: it exists for sharing.
    package var defaultSocketMode: UInt32 { isDefault ? 0o600 : 0o666 }
}

/// Why a daemon cannot be started or go on, as a sentence for the user.
package struct DaemonError: Error, Hashable, Sendable {
    package let sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}
