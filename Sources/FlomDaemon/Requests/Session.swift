internal import FlomCore
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomWire

/// What the daemon remembers of one connection.
final class Session {
    let connection: Connection
    var state = SessionState()
    /// The client's process with its start time, read once: a connection stays that of the process that made it.
    var process: ProcessIdentity?
    /// Of the secret that it was opened with.
    var secretHash: [UInt8] = []
    var isClosing = false
    /// Whether it had not said anything when that was looked at last.
    var wasSilent = false
    /// Who is at the other end, once somebody had to know.
    var identity: AccessIdentity?
    /// As whom it counts against the limits; nil if it has not been let in.
    var peer: Admission.Peer?
    private var cold: ColdState?

    /// Whom its certificate has proven it to be; nil without TLS. What it may do can be decided by this.
    var tlsSubject: String? { connection.tlsPeer?.subject }

    init(_ connection: Connection) { self.connection = connection }

    var hasSaidNothing: Bool { !state.speaksExtension && state.boundName == nil && !isClosing }

    // MARK: - What hardly any connection has

    /// A request that was refused: its first part, and how many it has.
    struct Refused {
        let request: RequestID
        let parts: Int
    }

    /// Beside the session, which every one of ten thousand waiters has.
    private final class ColdState {
        var unfinished: LockMessage?
        var refused: Refused?
        var queries: [HistoryQuery] = []
        var forbidden: String?
        var noRoom: String?
    }

    private func withColdState(_ isWorthIt: Bool, _ body: (ColdState) -> Void) {
        if cold == nil, isWorthIt { cold = ColdState() }
        if let cold { body(cold) }
    }

    /// A request for several resources that has not named them all yet.
    var unfinished: LockMessage? {
        get { cold?.unfinished }
        set { withColdState(newValue != nil) { $0.unfinished = newValue } }
    }
    /// What of its last request was refused and has not been described yet.
    var refused: Refused? {
        get { cold?.refused }
        set { withColdState(newValue != nil) { $0.refused = newValue } }
    }
    /// Unanswered, in their order; the first is being answered.
    var queries: [HistoryQuery] {
        get { cold?.queries ?? [] }
        set { withColdState(!newValue.isEmpty) { $0.queries = newValue } }
    }
    /// Why its last request was refused, if it had no right to it.
    var forbidden: String? {
        get { cold?.forbidden }
        set { withColdState(newValue != nil) { $0.forbidden = newValue } }
    }
    /// Why there is no room for it: what it hears, before it goes.
    var noRoom: String? {
        get { cold?.noRoom }
        set { withColdState(newValue != nil) { $0.noRoom = newValue } }
    }
}
