internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// The client's session with a daemon about one request, over as many connections as it takes.
///
/// Asking is in this file, what happens while the lock is held in `LockHolding`, coming back after a lost connection in both: a
/// waiter finds its place again, a holder its lock, by the secret that was sent first.
final class LockSession {
    let access: DaemonAccess
    let settings: Settings
    private let deadlines: Deadlines
    /// The command as it was typed, for those who look at the queue.
    private let words: [[UInt8]]
    let request: LockRequestMessage
    /// What is asked for, in the order given.
    private let parts: [LockPart]

    /// Nil while the daemon is lost.
    var connection: ClientConnection?
    /// Whether the daemon has confirmed the marker, so it is ours.
    private(set) var isMarked = false
    /// What the daemon said before it closed; nil if it said nothing, which means that it crashed.
    var closing: ClosingReason? {
        didSet { if closing == .stopped { managersTime = .after(milliseconds: Self.managersMilliseconds) } }
    }
    /// So long a service manager that has stopped its daemon has to start the next one before a command does.
    private static let managersMilliseconds: Int64 = 2000
    private var managersTime = Deadline(at: 0)
    /// Whether the next attempt to come back may start the next daemon.
    var mayStartNext: Bool {
        access.mayReturnByStarting(closing) && (closing != .stopped || managersTime.hasPassed)
    }
    var backOff = BackOff()
    /// Why the next daemon could not be started when that was tried last.
    private var whyNotStarted: String?
    private var hasDescribed = false
    /// Whether a daemon was there and had no room: it is asked again for as long as one waits.
    private var hasBeenSentAway = false
    /// Whether a daemon has said that the lock is not free.
    private var isQueued = false
    var queue = QueueJournal()
    /// That were closed before anything was said on them, over TLS.
    private var unansweredConnections = 0
    /// What has been granted.
    private(set) var held: [HeldResource] = []
    /// For so long a lost connection leaves the lock, or the place in the queue, alone; nil if time does not end it.
    private(set) var keptMilliseconds: Int64?
    var loss = Loss()
    /// From the first answer that says to wait, if anybody wants to hear why.
    private var explanation: WaitExplanation?
    /// A person has taken the lock away.
    var isRevoked = false

    init(_ parts: [LockPart], words: [[UInt8]], _ settings: Settings, _ access: DaemonAccess, _ deadlines: Deadlines) {
        self.parts = parts
        self.words = words
        self.settings = settings
        self.access = access
        self.deadlines = deadlines
        request = LockRequestMessage(parts, settings)
    }

    // MARK: - Asking

    /// Asks, and waits until the lock is granted, whatever becomes of the daemon meanwhile.
    ///
    /// - Throws: `Failure` with the status that 1.7.2 gives each refusal.
    func lock() throws(Failure) {
        defer { explanation?.clear() }
        var giveUp = Deadline.never
        var hasBeenHeard = false
        while true {
            let reached: Bool
            if hasBeenHeard {
                reached = try reconnect(until: Deadline.earlier(giveUp, deadlines.lock))
            } else {
                connection = try access.connect(until: deadlines.connect(orLock: hasBeenSentAway))
                reached = true
            }
            if reached {
                switch try converse() {
                case .granted:
                    explanation?.granted()
                    return
                case .lost(let wasHeard):
                    connection = nil
                    explanation?.disconnected()
                    if let closing, closing.isForLackOfRoom {
                        try awaitRoom(closing)
                        // The place that it may have had is lost.
                        hasBeenHeard = false
                        giveUp = .never
                        continue
                    }
                    hasBeenHeard = hasBeenHeard || (wasHeard && isMarked)
                    if wasHeard && !isMarked {
                        throw Failure(.failure, "the daemon was lost while waiting for the lock", code: ReturnNumber.receive)
                    }
                    if !hasBeenHeard {
                        try checkForClosedDoor()
                        // A server that closes every connection would be asked thousands of times a second.
                        Clock.sleep(
                            milliseconds: min(
                                backOff.next(), Int64(deadlines.connect(orLock: hasBeenSentAway).pollMilliseconds)))
                    }
                }
                giveUp = .never
            }
            guard hasBeenHeard else { continue }
            if closing == .shutdown {
                throw Failure(.failure, "the daemon was shut down while waiting for the lock", code: ReturnNumber.receive)
            }
            if giveUp.at == .max { giveUp = .after(milliseconds: patienceMilliseconds) }
            if deadlines.lock.hasPassed { throw expired() }
            if giveUp.hasPassed {
                throw Failure(
                    .failure,
                    "the daemon on '\(access.endpoint.name)' was lost while waiting for the lock, and has not come back for "
                        + "\(patienceMilliseconds) ms\(whyNotStarted.map { ": \($0)" } ?? "")", code: ReturnNumber.receive)
            }
        }
    }

    /// So long a waiter waits for a daemon that others have to start again: its place is kept no longer. Who may start it himself
    /// has as long as for any daemon.
    private var patienceMilliseconds: Int64 {
        access.mayReturnByStarting(closing) ? Deadlines.startMilliseconds : settings.reclaimGraceMilliseconds
    }

    /// The daemon keeps its last descriptors for others. Whoever has no place in its queue asks again, and has no place among those who
    /// do, either.
    private func awaitRoom(_ reason: ClosingReason) throws(Failure) {
        if !hasBeenSentAway && settings.timeoutMilliseconds != 0 {
            StandardError.say(
                "the daemon on '\(access.endpoint.name)' has no descriptor for one more command (ulimit -n); asking again until it has"
            )
        }
        hasBeenSentAway = true
        // That it is not free has been said.
        if reason == .crowded { isQueued = true }
        let pause = backOff.next()
        let left = Int64(deadlines.lock.pollMilliseconds)
        if settings.timeoutMilliseconds != 0 { Clock.sleep(milliseconds: left < 0 ? pause : min(pause, left)) }
        guard settings.timeoutMilliseconds == 0 || deadlines.lock.hasPassed else { return }
        let span = settings.timeoutMilliseconds == 0 ? "" : " for \(settings.timeoutMilliseconds) ms"
        if reason == .crowded {
            throw Failure(
                .busy, "the lock was not free\(span), and the daemon has no descriptor for one more who waits (ulimit -n)",
                code: 9)
        }
        throw Failure(
            .failure,
            "the daemon on '\(access.endpoint.name)' has no descriptor for one more lock\(span) (ulimit -n); let it start with a higher "
                + "limit", code: ReturnCode.cannotLock.rawValue)
    }

    /// A daemon that ends by its lifespan may close the door on a client that has just come: then the next one is asked.
    private func checkForClosedDoor() throws(Failure) {
        guard deadlines.connect(orLock: hasBeenSentAway).hasPassed else { return }
        throw Failure(
            .failure, "the daemon on '\(access.endpoint.name)' closes every connection without an answer",
            code: ReturnNumber.receive)
    }

    /// One attempt to come back, after a pause; false if it failed.
    private func reconnect(until deadline: Deadline) throws(Failure) -> Bool {
        if backOff.attempts == 0 && closing != .restart && !access.mayReturnByStarting(closing) {
            StandardError.say("the daemon on '\(access.endpoint.name)' is gone; waiting for it to come back")
        }
        Clock.sleep(milliseconds: min(backOff.next(), Int64(deadline.pollMilliseconds)))
        connection = access.reconnect(mayStart: mayStartNext) { whyNotStarted = $0 }
        noticeLossInTime()
        return connection != nil
    }

    /// More cannot have been killed in a moment.
    private static let mostUnanswered = 3

    private enum Talk {
        case granted
        /// With whether the daemon had answered.
        case lost(wasHeard: Bool)
    }

    /// Asks over the present connection and hears what comes.
    private func converse() throws(Failure) -> Talk {
        closing = nil
        Trace.step(.client, "flom_client_lock: asking for \(parts.map { "'\($0.resource)'" }.joined(separator: ", "))")
        for part in parts { Trace.step(.names, "'\(part.resource)' is a \(part.resource.kind.word) resource") }
        // A cut before the first answer has to be noticed too; what holds afterwards the answer says.
        connection!.limitAcknowledgement(milliseconds: Self.firstAcknowledgementMilliseconds)
        do { try connection!.send(request.message) } catch {
            if error.kind == .closed { return .lost(wasHeard: false) }
            throw Failure(.failure, error.sentence, code: ReturnNumber.tooLong)
        }
        var isFirst = true
        var takenAt: Int64?
        while true {
            let message: ServerMessage?
            do {
                message =
                    try isFirst
                    ? connection!.receive(
                        until: deadlines.connect(orLock: isMarked || hasBeenSentAway)) : hearWhileWaiting()
            } catch {
                if error.kind == .closed {
                    if isFirst, error.number != nil {
                        // Over TLS a 1.7.2 says no more than this to whom it does not accept.
                        unansweredConnections += 1
                        if unansweredConnections == Self.mostUnanswered {
                            throw Failure(.failure, error.sentence, code: error.number)
                        }
                    }
                    return .lost(wasHeard: !isFirst)
                }
                throw Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.protocolError)
            }
            guard let message else { throw expired() }
            switch message {
            case .tellParts where isFirst:
                confirmMarker()
                do { try connection!.send(.parts(request.parts)) } catch { return .lost(wasHeard: false) }
            case .closing(let reason):
                closing = reason
            case .offered where !isFirst:
                takenAt = Clock.boottimeNanoseconds()
                do { try connection!.send(.confirm) } catch { return .lost(wasHeard: true) }
            case .revoked(let reason):
                throw Failure(.failure, "the place in the queue was taken away: \(reason)", code: 3)
            case .answer(let answer) where isFirst == (answer.step == .first):
                if answer.details != nil { confirmMarker() }
                if isFirst && !isMarked { connection!.limitAcknowledgement(milliseconds: 0) }
                let isLate = !isFirst
                if isFirst && !belongs(answer) {
                    // Nothing of what it gives is used.
                    try? connection!.send(.expired)
                    return .lost(wasHeard: true)
                }
                isFirst = false
                if try take(answer) {
                    let isFresh = takenAt.map { Clock.boottimeNanoseconds() - $0 < Self.freshNanoseconds } ?? false
                    return isLate && keptMilliseconds != nil && !isFresh ? try confirm() : .granted
                }
            default:
                throw Failure(.failure, "the daemon's answer does not belong here", code: ReturnNumber.protocolError)
            }
        }
    }

    /// What is said on the lock; nil when the user's time is over. What is said about the wait is shown meanwhile.
    private func hearWhileWaiting() throws(NetworkError) -> ServerMessage? {
        while true {
            let pause = Deadline.earlier(deadlines.lock, explanation?.due ?? .never)
            switch try connection!.receive(until: pause) {
            case .page(let page)?: explanation?.hear(page)
            case .queryRefused?: explanation?.hearRefusal()
            case let message?: return message
            case nil where deadlines.lock.hasPassed: return nil
            case nil: for question in explanation?.next() ?? [] { try connection!.send(question) }
            }
        }
    }

    /// Whoever has been told of a grant so soon after having confirmed it cannot have been away in between.
    private static let freshNanoseconds: Int64 = 1_000_000_000
    /// Half of the usual `LostHolderDelay`.
    private static let firstAcknowledgementMilliseconds: Int64 = 7500

    private func confirmMarker() {
        isMarked = true
        connection!.raiseFrameLimit()
    }

    /// True if the lock is granted.
    private func take(_ answer: LockAnswer) throws(Failure) -> Bool {
        Trace.step(.client, "flom_client_lock: the daemon answers \(answer.code)")
        backOff.succeeded()
        if answer.code == .granted {
            note(answer)
            return true
        }
        if isMarked { noteHowLongKept(answer) }
        if isMarked && !hasDescribed { describe(words) }
        switch answer.code {
        case .granted, .queued, .awaitingCreation:
            isQueued = true
            if let explanation {
                explanation.note(answer)
            } else {
                explanation = WaitExplanation(parts, answer, verbose: settings.verbose)
            }
            return false
        case .busy:
            throw Failure(.busy, answer.details?.reason ?? "\(oneOfThem) is locked already, and -o 0 does not wait", code: 4)
        case .cannotWait:
            throw Failure(
                .cannotWait, "\(oneOfThem) does not exist, -e no does not create it, and -o 0 does not wait", code: 5)
        case .impossible:
            throw Failure(.failure, answer.details?.reason ?? "the resource can never satisfy this request", code: 6)
        case .invalidResourceName:
            throw Failure(
                .failure, answer.details?.reason ?? "the daemon does not know such a resource name",
                code: ReturnNumber.invalidResourceName)
        case .cannotLock:
            throw Failure(
                .failure, answer.details?.reason ?? "the daemon refuses the lock",
                code: answer.details?.number ?? ReturnCode.cannotLock.rawValue)
        }
    }

    private var oneOfThem: String { parts.count == 1 ? "the resource" : "one of the \(parts.count) resources" }

    func note(_ answer: LockAnswer) {
        // A daemon that confirms the marker has been told of all.
        held = (isMarked ? parts : [LockRequestMessage.canonicallyFirst(of: parts)]).map { HeldResource($0) }
        held[0].element = answer.element
        held[0].token = answer.details?.token
        held[0].requestID = answer.details?.request
        for (index, other) in answer.others.enumerated() where index + 1 < held.count {
            held[index + 1].element = other.element
            held[index + 1].token = other.token
            held[index + 1].requestID = other.request
        }
        noteHowLongKept(answer)
    }

    /// Waiters, too: whoever notices a cut later than the daemon comes back to a place that is given up.
    private func noteHowLongKept(_ answer: LockAnswer) {
        keptMilliseconds = answer.details?.keptMilliseconds
        noticeLossInTime()
    }

    private func noticeLossInTime() {
        if let keptMilliseconds { connection?.noticeLoss(withinMilliseconds: keptMilliseconds / 2) }
    }

    /// A grant that came later than the request may have been waiting in a buffer while the connection was cut, and be lost by now.
    private func confirm() throws(Failure) -> Talk {
        do {
            try connection!.send(.confirm)
            while let message = try connection!.receive(until: deadlines.lock) {
                switch message {
                case .confirmed(nil): return .granted
                case .page, .queryRefused: break  // about the wait, which is over
                case .closing(let reason): closing = reason
                default: return .lost(wasHeard: true)
                }
            }
        } catch { return .lost(wasHeard: true) }
        throw expired()
    }

    /// Our deadline has passed. The daemon is told, also one that has not answered yet: it may be about to grant what nobody waits for
    /// any more.
    ///
    /// That somebody else has the lock is known only from a daemon; one that has said nothing may be stopped or stuck.
    private func expired() -> Failure {
        // One of 1.7.2 has nobody sent away.
        let isOurs = !isQueued || hasBeenSentAway
        if let message = isMarked ? .expired : isOurs ? request.expired : nil { try? connection?.send(message) }
        guard isQueued else {
            return Failure(.failure, Silence.reason(access, settings), code: ReturnNumber.receive)
        }
        return Failure(.busy, "the lock was not obtained within \(settings.timeoutMilliseconds) ms", code: 9)
    }

    // MARK: - Telling what runs

    /// Tells a daemon of ours what runs now.
    ///
    /// - Parameter again: also what it should have heard.
    func announce(_ process: ProcessIdentity, words: [[UInt8]], again: Bool = false) {
        guard isMarked else { return }
        // What is not to be on record does not leave this process.
        if let recorded = settings.recording.recorded(words), again || !hasDescribed {
            try? connection?.send(.describe(command: recorded), .started(process))
        } else {
            try? connection?.send(.started(process))
        }
        hasDescribed = true
    }

    /// Whoever looks at the queue or the history wants to see what waits, or could not run.
    private func describe(_ words: [[UInt8]]) {
        if let recorded = settings.recording.recorded(words) { try? connection?.send(.describe(command: recorded)) }
        hasDescribed = true
    }
}
