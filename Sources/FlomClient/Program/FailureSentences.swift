internal import FlomCore
internal import FlomModel
internal import FlomNetCore
internal import FlomSystem

/// Why a program has no lock, in sentences for its users.
extension ProgramLock.Failure {
    /// - Parameters:
    ///   - terms: what was asked for.
    ///   - endpoint: where.
    package func sentence(_ terms: LockTerms, at endpoint: ProgramEndpoint) -> String {
        switch self {
        case .refused(let error): error.sentence(terms, at: endpoint)
        case .cancelled: "the request for \(terms.names) was cancelled"
        case .ofParent: "this process was forked after the lock on \(terms.names) was made; the lock is its parent's"
        case .oneAtATime:
            "the daemon on '\(endpoint.name)' is one of FLoM 1.7.2, which locks one resource at a time, not \(terms.names) at once"
        case .system(let sentence): sentence
        }
    }
}

extension LockTerms {
    /// `'db'`, or `'db', 'R2'`.
    package var names: String { parts.map { "'\($0.resource)'" }.joined(separator: ", ") }
}

extension LockError {
    package func sentence(_ terms: LockTerms, at endpoint: ProgramEndpoint) -> String {
        let daemon = "the daemon on '\(endpoint.name)'"
        let limit = terms.timeoutMilliseconds
        return switch self {
        case .busy(let reason): reason ?? "\(terms.names) is locked already, and the request does not wait"
        case .cannotWait: "\(terms.names) does not exist, and the request neither creates it nor waits for it"
        case .impossible(let reason): reason ?? "\(terms.names) can never satisfy this request"
        case .invalidName(let reason): reason ?? "\(daemon) does not accept \(terms.names) as the name of a resource"
        case .refused(let reason, _): reason ?? "\(daemon) refuses the lock on \(terms.names)"
        case .expired: "the lock on \(terms.names) was not obtained within \(limit) ms"
        case .unanswered:
            limit > 0 ? "\(daemon) has not answered within \(limit) ms" : "\(daemon) does not answer"
        case .noRoom(let isHeld):
            isHeld
                ? "the lock on \(terms.names) was not free, and \(daemon) has no descriptor for one more waiter (ulimit -n)"
                : "\(daemon) has no descriptor for one more lock (ulimit -n); let it start with a higher limit"
        case .revoked(let reason): "the place in the queue for \(terms.names) was taken away: \(reason)"
        case .shutDown: "\(daemon) was shut down while this waited for \(terms.names)"
        case .lost: "\(daemon) was lost while this waited for \(terms.names)"
        case .staysAway(let milliseconds, let reason):
            "\(daemon) was lost while this waited for \(terms.names), and has not come back for \(milliseconds) ms"
                + (reason.map { ": \($0)" } ?? "")
        case .turnedAway: "\(daemon) closes every connection without an answer"
        case .misplacedAnswer: "what \(daemon) has answered is no answer to this request"
        case .tooLong(let error), .conversation(let error): error.sentence
        case .connecting(let error): error.sentence(at: endpoint)
        }
    }
}

extension ConnectError {
    fileprivate func sentence(at endpoint: ProgramEndpoint) -> String {
        switch self {
        case .unreachable(let error): error.sentence
        case .nobodyListens(let error): error.sentence
        case .notStarted(let error): error.sentence
        case .inOtherHands:
            "no daemon answers on '\(endpoint.name)', and one that is starting or ending holds '\(endpoint.way.endpoint.recordPath)'"
        }
    }
}

extension LossReason {
    package func sentence(_ terms: LockTerms, at endpoint: ProgramEndpoint) -> String {
        switch self {
        case .outOfReach:
            "the lock on \(terms.names) is lost: the daemon on '\(endpoint.name)' cannot be reached, and may give the lock to "
                + "others from now on"
        case .told(let reason): "the lock on \(terms.names) is lost: \(reason)"
        }
    }
}
