internal import CFlomLibrary
internal import FlomClient
internal import FlomNetCore

/// What programs are told of a lock that they do not get: 1.7.2's code, and a sentence.
extension ProgramLock.Failure {
    /// Whether no daemon was reached, so that the handle's state is what it was.
    var isBeforeConnection: Bool {
        switch self {
        case .refused(.connecting), .ofParent, .system: true
        case .refused, .cancelled, .oneAtATime: false
        }
    }

    /// - Parameter waits: whether the request may wait.
    func code(waits: Bool) -> Int32 {
        switch self {
        case .refused(let error): error.code(waits: waits)
        case .cancelled: FLOM_RC_CANCELED
        case .ofParent: FLOM_RC_HANDLE_OF_PARENT
        case .oneAtATime: FLOM_RC_PROTOCOL_LEVEL_MISMATCH
        case .system: FLOM_RC_INTERNAL_ERROR
        }
    }
}

extension LockError {
    fileprivate func code(waits: Bool) -> Int32 {
        switch self {
        case .connecting(let error): error.code
        case .busy: FLOM_RC_LOCK_BUSY
        case .cannotWait: FLOM_RC_LOCK_CANT_WAIT
        case .impossible: FLOM_RC_LOCK_IMPOSSIBLE
        case .invalidName: FLOM_RC_INVALID_RESOURCE_NAME
        case .refused(_, let number): number ?? FLOM_RC_LOCK_CANT_LOCK
        case .expired, .unanswered: FLOM_RC_NETWORK_TIMEOUT
        case .noRoom(isHeld: true): waits ? FLOM_RC_NETWORK_TIMEOUT : FLOM_RC_LOCK_BUSY
        case .noRoom(isHeld: false), .revoked: FLOM_RC_LOCK_CANT_LOCK
        case .shutDown, .lost, .staysAway, .turnedAway: FLOM_RC_RECV_ERROR
        case .misplacedAnswer: FLOM_RC_PROTOCOL_ERROR
        case .tooLong: FLOM_RC_CONTAINER_FULL
        case .conversation(let error):
            error.number ?? (error.kind == .closed ? FLOM_RC_RECV_ERROR : FLOM_RC_PROTOCOL_ERROR)
        }
    }
}

extension ConnectError {
    fileprivate var code: Int32 {
        switch self {
        case .unreachable(let error): error.number ?? (error.isUnresolved ? FLOM_RC_GETADDRINFO_ERROR : FLOM_RC_CONNECT_ERROR)
        case .nobodyListens, .inOtherHands: FLOM_RC_CONNECT_ERROR
        case .notStarted(let error): error.number ?? FLOM_RC_DAEMON_NOT_STARTED
        }
    }
}

extension Failure {
    init(_ failure: ProgramLock.Failure, _ terms: LockTerms, at endpoint: ProgramEndpoint) {
        self.init(failure.code(waits: terms.timeoutMilliseconds != 0), failure.sentence(terms, at: endpoint))
    }

    /// What has become of a lock that was given back; nil if all is well.
    init?(_ end: ProgramLock.End) {
        switch end {
        case .released: return nil
        case .lost: self.init(FLOM_RC_LOCK_LOST, "the lock had been lost before it was released")
        case .untold:
            self.init(
                FLOM_RC_SEND_ERROR,
                "no daemon could be told that the lock is free; it is told when it is back, while this process runs")
        case .ofParent: self = .ofParent
        }
    }
}
