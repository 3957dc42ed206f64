internal import FlomModel
internal import FlomNet
internal import FlomWire

/// What the daemon remembers of one connection.
final class Session {
    let connection: Connection
    /// Whether the peer has shown the marker: it speaks our extension, and is answered in it.
    var isMarked = false
    /// Whether it confirms what it is offered.
    var confirmsOffers = false
    /// The name that the connection asked for last; 1.7.2's unlock repeats it.
    var boundName: ResourceName?
    /// The request whose first answer has been sent; what follows on it are later answers.
    var answered: RequestID?
    /// The client's process with its start time, read once: a connection stays that of the process that made it.
    var process: ProcessIdentity?
    /// Of the secret that it was opened with.
    var secretHash: [UInt8] = []
    /// The last request: all its parts.
    var asked: [RequestID] = []
    /// Whether pids and start times mean the same on both sides: it calls itself what our kernel calls it, in the same namespace.
    var sharesProcessNumbers = false
    /// Whether its command runs already, which cannot inherit anything any more.
    var hasCommand = false
    /// Whether its holder could outlive a power loss of this host: then grants to it are answered from the device.
    var isRemote = false
    var isClosing = false
    /// Whether it had not said anything when that was looked at last.
    var wasSilent = false
    /// Who is at the other end, once somebody had to know.
    var identity: AccessIdentity?
    /// As whom it counts against the limits; nil if it has not been let in.
    var peer: Admission.Peer?
    private var rare: Rare?

    /// Whom its certificate has proven it to be; nil without TLS. What it may do can be decided by this.
    var tlsSubject: String? { connection.tlsPeer?.subject }

    init(_ connection: Connection) { self.connection = connection }

    var hasSaidNothing: Bool { !isMarked && boundName == nil && !isClosing }

    // MARK: - What hardly any connection has

    /// Beside the session, which every one of ten thousand waiters has.
    private final class Rare {
        var unfinished: LockMessage?
        var refused: [RequestID] = []
        var queries: [HistoryQuery] = []
        var forbidden: String?
        var noRoom: String?
    }

    private func withRare(_ isWorthIt: Bool, _ body: (Rare) -> Void) {
        if rare == nil, isWorthIt { rare = Rare() }
        if let rare { body(rare) }
    }

    /// A request for several resources that has not named them all yet.
    var unfinished: LockMessage? {
        get { rare?.unfinished }
        set { withRare(newValue != nil) { $0.unfinished = newValue } }
    }
    /// What of its last request was refused and has not been described yet.
    var refused: [RequestID] {
        get { rare?.refused ?? [] }
        set { withRare(!newValue.isEmpty) { $0.refused = newValue } }
    }
    /// Unanswered, in their order; the first is being answered.
    var queries: [HistoryQuery] {
        get { rare?.queries ?? [] }
        set { withRare(!newValue.isEmpty) { $0.queries = newValue } }
    }
    /// Why its last request was refused, if it had no right to it.
    var forbidden: String? {
        get { rare?.forbidden }
        set { withRare(newValue != nil) { $0.forbidden = newValue } }
    }
    /// Why there is no room for it: what it hears, before it goes.
    var noRoom: String? {
        get { rare?.noRoom }
        set { withRare(newValue != nil) { $0.noRoom = newValue } }
    }
}
