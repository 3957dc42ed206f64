internal import FlomDaemon
internal import FlomEngine
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// The client's conversation with a daemon about one lock.
struct LockSession: ~Copyable {
    enum Outcome {
        case granted
        /// Closed before the first answer: the daemon was about to end.
        case closedUnheard
    }

    private var connection: ClientConnection
    private let timeoutMilliseconds: Int32
    /// Whether the daemon has confirmed the marker, so it is ours.
    private var isMarked = false
    private var hasDescribed = false
    private var requestID: String?
    private var token: FencingToken?
    /// What the grant carries, of a set, a sequence or a time stamp.
    private(set) var element: [UInt8]?

    init(_ connection: consuming ClientConnection, timeoutMilliseconds: Int32) {
        self.connection = connection
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    // MARK: - Asking

    /// Asks, and waits until the lock is granted.
    ///
    /// - Throws: `Failure` with the status that 1.7.2 gives each refusal.
    mutating func lock(_ request: ClientMessage, words: [[UInt8]], deadlines: Deadlines) throws(Failure) -> Outcome {
        do { try connection.send(request) } catch {
            if error.kind == .closed { return .closedUnheard }
            throw Failure(.failure, error.sentence, code: ReturnNumber.tooLong)
        }
        var isFirst = true
        while true {
            let message: ServerMessage?
            do { message = try connection.receive(until: isFirst ? deadlines.connect : deadlines.lock) } catch {
                if error.kind == .closed && isFirst { return .closedUnheard }
                let sentence = error.kind == .closed ? "the daemon was lost while waiting for the lock" : error.sentence
                throw Failure(
                    .failure, sentence, code: error.kind == .closed ? ReturnNumber.receive : ReturnNumber.protocolError)
            }
            guard let message else { throw expired(isFirst: isFirst) }
            guard case .answer(let answer) = message, isFirst == (answer.step == .first) else {
                throw Failure(.failure, "the daemon's answer does not belong here", code: ReturnNumber.protocolError)
            }
            if isFirst && answer.details != nil {
                isMarked = true
                connection.raiseFrameLimit()
            }
            isFirst = false
            note(answer)
            if answer.code != .granted && isMarked && !hasDescribed { describe(words) }
            switch answer.code {
            case .granted:
                return .granted
            case .queued, .awaitingCreation:
                break
            case .busy:
                throw Failure(.busy, answer.details?.reason ?? "the resource is locked already, and -o 0 does not wait", code: 4)
            case .cannotWait:
                throw Failure(
                    .cannotWait, "the resource does not exist, -e no does not create it, and -o 0 does not wait", code: 5)
            case .impossible:
                throw Failure(.failure, answer.details?.reason ?? "the resource can never satisfy this request", code: 6)
            case .invalidResourceName:
                throw Failure(
                    .failure, answer.details?.reason ?? "the daemon does not know such a resource name",
                    code: ReturnNumber.invalidResourceName)
            case .cannotLock:
                throw Failure(.failure, answer.details?.reason ?? "the daemon refuses the lock", code: 3)
            }
        }
    }

    private mutating func note(_ answer: LockAnswer) {
        if answer.code == .granted { element = answer.element }
        guard let details = answer.details else { return }
        if let request = details.request { requestID = request }
        if let token = details.token { self.token = token }
    }

    /// Our deadline has passed. The daemon is told, so that the history says so; hanging up alone would do.
    private func expired(isFirst: Bool) -> Failure {
        if isMarked { try? connection.send(.expired) }
        if isFirst && timeoutMilliseconds < 0 {
            return Failure(.failure, "the daemon does not answer", code: ReturnNumber.receive)
        }
        if timeoutMilliseconds == 0 {
            return Failure(.busy, "the daemon has not answered in time, and -o 0 does not wait", code: 9)
        }
        return Failure(.busy, "the lock was not obtained within \(timeoutMilliseconds) ms", code: 9)
    }

    // MARK: - Holding

    /// What the command finds in its environment.
    func environment(_ settings: Settings) -> [String] {
        var variables = ["FLOM_RESOURCE=\(settings.resource)"]
        if settings.resource.kind.hasModes { variables.append("FLOM_LOCK_MODE=\(settings.mode.shortName)") }
        if let element { variables.append("FLOM_ELEMENT=\(String(decoding: element, as: UTF8.self))") }
        if let token { variables.append("FLOM_FENCING_TOKEN=\(token.value)") }
        if let requestID { variables.append("FLOM_REQUEST_ID=\(requestID)") }
        return variables
    }

    /// Tells a daemon of ours what runs now.
    mutating func announce(_ settings: Settings, _ process: ProcessIdentity, words: [[UInt8]]) {
        guard isMarked else { return }
        if hasDescribed {
            try? connection.send(.started(process))
        } else {
            try? connection.send(.describe(command: words), .started(process))
        }
    }

    /// Whoever looks at the queue or the history wants to see what waits, or could not run.
    private mutating func describe(_ words: [[UInt8]]) {
        try? connection.send(.describe(command: words))
        hasDescribed = true
    }

    // MARK: - Letting go

    /// So long is waited for the daemon's word that the lock is free; a daemon that is stuck must not hold up the command's end.
    private static let unlockLimitMilliseconds: Int64 = 5000

    /// The command's status stays its own, whatever becomes of this.
    mutating func unlock(_ resource: ResourceName, _ completion: Completion) {
        var message = UnlockMessage(name: resource.bytes)
        message.rollback = completion.rollsBack
        message.isMarked = isMarked
        if isMarked { message.completion = completion }
        do {
            try connection.send(.unlock(message))
            let deadline = Deadline.after(milliseconds: Self.unlockLimitMilliseconds)
            if isMarked {
                guard case .unlocked = try connection.receive(until: deadline) else {
                    return StandardError.say("the daemon has not confirmed that '\(resource)' is unlocked")
                }
            } else {
                connection.finish(until: deadline)
            }
        } catch {
            StandardError.say(
                "the daemon was lost while the command ran; it notices the command's end by itself when it runs again")
        }
    }
}
