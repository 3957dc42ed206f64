internal import FlomEngine
internal import FlomNet
internal import FlomWire

/// What the daemon remembers of one connection.
final class Session {
    let connection: Connection
    /// Whether the peer has shown the marker: it speaks our extension, and is answered in it.
    var isMarked = false
    /// The name that the connection asked for last; 1.7.2's unlock repeats it.
    var boundName: ResourceName?
    /// The request whose first answer has been sent; what follows on it are later answers.
    var answered: RequestID?
    /// The client's process with its start time, read once: a connection stays that of the process that made it.
    var process: ProcessIdentity?
    /// A request for several resources that has not named them all yet.
    var unfinished: LockMessage? {
        get { parked?.message }
        set { parked = newValue.map { Parked($0) } }
    }
    private var parked: Parked?

    /// Beside the session: every connection has one of those, hardly any has this.
    private final class Parked {
        let message: LockMessage
        init(_ message: LockMessage) { self.message = message }
    }

    /// Of the secret that it was opened with.
    var secretHash: [UInt8] = []
    /// The last request: all its parts.
    var asked: [RequestID] = []
    /// What of it was refused and has not been described yet.
    var refused: [RequestID] = []
    /// Whether the peer calls itself by the pid that our kernel gives it: then pids mean the same on both sides.
    var sharesProcessNumbers = false
    /// Whether its processes cannot be seen from here, or not well enough, so that a grant needs a witness.
    var needsWitness = false
    /// Whether its holder could outlive a power loss of this host: then grants to it are answered from the device.
    var isRemote = false
    /// Unanswered, in their order; the first is being answered.
    var queries: [HistoryQuery] = []
    var isClosing = false
    /// Who is at the other end, once somebody had to know.
    var identity: AccessIdentity?
    /// As whom it counts against the limits; nil if it has not been let in.
    var peer: Admission.Peer?
    /// Why its last request was refused, if it had no right to it.
    var forbidden: String?
    /// Why there is no room for it: what it hears, before it goes.
    var noRoom: String?

    /// Whom its certificate has proven it to be; nil without TLS. What it may do can be decided by this.
    var tlsSubject: String? { connection.tlsPeer?.subject }

    init(_ connection: Connection) { self.connection = connection }
}
