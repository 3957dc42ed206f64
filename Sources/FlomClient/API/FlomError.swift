internal import FlomCore
internal import FlomNetCore

/// Why there is no lock, or none any more. Each case carries a sentence that says what was wrong, with what, and what is accepted;
/// `description` is that sentence.
///
/// A task that is cancelled while it waits gets a `CancellationError` and none of these.
public enum FlomError: Error, Hashable, Sendable {
    /// Others hold the resource and the timeout is zero; or the request could never be granted, because locks around it would have to end
    /// first (a deadlock).
    case busy(String)
    /// The timeout has passed while others held the resource.
    case timedOut(String)
    /// The resource does not exist, and the request neither creates it nor waits for it.
    case noSuchResource(String)
    /// The resource can never satisfy the request: a pool of three has no four.
    case impossible(String)
    /// The name is no name of a resource.
    case invalidName(String)
    /// A timeout, a quantity or another value of the request is out of its range.
    case invalidValue(String)
    /// The daemon refuses the request: for want of a right, or because it is being shut down.
    case refused(String)
    /// No daemon can be reached or started, or it does not answer in time.
    case unreachable(String)
    /// The daemon was lost, or shut down, while the request waited.
    case daemonLost(String)
    /// A person has taken the place in the queue away.
    case takenAway(String)
    /// The lock was lost while it was held: the daemon may give it to others, or has done so.
    case lockLost(String)
    /// What answers does not speak FLoM's protocol.
    case protocolViolated(String)
    /// The lock was made before this process was forked. It is the parent's.
    case lockOfParent(String)
    /// The system lacks what the library needs: descriptors, threads, random bytes.
    case systemFailure(String)

    /// The sentence.
    public var reason: String {
        switch self {
        case .busy(let reason), .timedOut(let reason), .noSuchResource(let reason), .impossible(let reason),
            .invalidName(let reason),
            .invalidValue(let reason), .refused(let reason), .unreachable(let reason), .daemonLost(let reason),
            .takenAway(let reason), .lockLost(let reason), .protocolViolated(let reason), .lockOfParent(let reason),
            .systemFailure(let reason):
            reason
        }
    }
}

extension FlomError: CustomStringConvertible {
    public var description: String { reason }
}

extension FlomError {
    /// Nil for a cancellation, which has an error of its own.
    init?(_ failure: ProgramLock.Failure, _ terms: LockTerms, at endpoint: ProgramEndpoint) {
        let sentence = failure.sentence(terms, at: endpoint)
        switch failure {
        case .cancelled: return nil
        case .ofParent: self = .lockOfParent(sentence)
        case .oneAtATime: self = .refused(sentence)
        case .system: self = .systemFailure(sentence)
        case .refused(let error): self.init(error, sentence)
        }
    }

    private init(_ error: LockError, _ sentence: String) {
        switch error {
        case .busy: self = .busy(sentence)
        case .cannotWait: self = .noSuchResource(sentence)
        case .impossible: self = .impossible(sentence)
        case .invalidName: self = .invalidName(sentence)
        case .refused: self = .refused(sentence)
        case .expired: self = .timedOut(sentence)
        case .noRoom(let isHeld): self = isHeld ? .timedOut(sentence) : .refused(sentence)
        case .revoked: self = .takenAway(sentence)
        case .shutDown, .lost, .staysAway: self = .daemonLost(sentence)
        case .unanswered, .turnedAway, .connecting: self = .unreachable(sentence)
        case .misplacedAnswer: self = .protocolViolated(sentence)
        case .tooLong: self = .invalidValue(sentence)
        case .conversation(let error): self = error.kind == .notFLoM ? .protocolViolated(sentence) : .unreachable(sentence)
        }
    }
}
