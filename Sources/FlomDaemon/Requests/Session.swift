internal import FlomCore
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomWire

/// The daemon's state for one connection.
final class Session {
    let connection: Connection
    var state = SessionState()
    /// The client's process with its start time, read once: a connection keeps the process that made it.
    var process: ProcessIdentity?
    /// Hash of the secret with which the session was opened.
    var secretHash: [UInt8] = []
    var isClosing = false
    /// Whether the client had said nothing at the last look.
    var wasSilent = false
    /// The peer's identity, once it was needed.
    var identity: AccessIdentity?
    /// The account of the limits to which the connection counts; nil if it was not admitted.
    var peer: Admission.Peer?
    private var cold: ColdState?

    /// The subject that the peer's certificate proves; nil without TLS. Rights may depend on it.
    var tlsSubject: String? { connection.tlsPeer?.subject }

    init(_ connection: Connection) { self.connection = connection }

    var hasSaidNothing: Bool { !state.speaksExtension && state.boundName == nil && !isClosing }

    // MARK: - What hardly any connection has

    /// A request that was refused: its first part, and the number of parts.
    struct Refused {
        let request: RequestID
        let parts: Int
    }

    /// State that few connections need, kept out of the session because there are thousands of waiters.
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

    /// A request for several resources that are not all named yet.
    var unfinished: LockMessage? {
        get { cold?.unfinished }
        set { withColdState(newValue != nil) { $0.unfinished = newValue } }
    }
    /// The part of its last request that was refused and is not described yet.
    var refused: Refused? {
        get { cold?.refused }
        set { withColdState(newValue != nil) { $0.refused = newValue } }
    }
    /// Queries without an answer, in order; the first is being answered.
    var queries: [HistoryQuery] {
        get { cold?.queries ?? [] }
        set { withColdState(!newValue.isEmpty) { $0.queries = newValue } }
    }
    /// Why its last request was refused for lack of a right.
    var forbidden: String? {
        get { cold?.forbidden }
        set { withColdState(newValue != nil) { $0.forbidden = newValue } }
    }
    /// Why there is no room for it: the reason that it is told before it is closed.
    var noRoom: String? {
        get { cold?.noRoom }
        set { withColdState(newValue != nil) { $0.noRoom = newValue } }
    }
}
