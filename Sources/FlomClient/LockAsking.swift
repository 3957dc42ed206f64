internal import FlomCore
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import FlomWire

/// From the request to the grant.
extension LockSession {
    /// Asks, and waits until the lock is granted, whatever becomes of the daemon meanwhile.
    package func lock() throws(LockError) {
        defer { observer?.ended() }
        var absence = DaemonAbsence()
        var hasBeenHeard = false
        while true {
            let reached: Bool
            if hasBeenHeard {
                reached = reconnect(until: Deadline.earlier(Deadline(absence.givesUpAt), lockDeadline))
            } else {
                do { connection = try connector.connect(until: answerDeadline(hasBeenSentAway)) } catch {
                    throw .connecting(error)
                }
                reached = true
            }
            if reached {
                switch try converse() {
                case .granted:
                    observer?.granted()
                    return
                case .lost(let wasHeard):
                    connection = nil
                    observer?.disconnected()
                    if let closing, closing.isForLackOfRoom {
                        try awaitRoom(closing)
                        // The place that it may have had is lost.
                        hasBeenHeard = false
                        absence.end()
                        continue
                    }
                    hasBeenHeard = hasBeenHeard || (wasHeard && speaksExtension)
                    if wasHeard && !speaksExtension { throw .lost }
                    if !hasBeenHeard {
                        // A daemon that ends by its lifespan may close the door on a client that has just come: then the next one is asked.
                        if answerDeadline(hasBeenSentAway).hasPassed { throw .turnedAway }
                        // A server that closes every connection would be asked thousands of times a second.
                        Clock.sleep(
                            milliseconds: min(backOff.next(), Int64(answerDeadline(hasBeenSentAway).pollMilliseconds)))
                    }
                }
                absence.end()
            }
            guard hasBeenHeard else { continue }
            switch absence.judge(
                departure, right: connector.startingRight, graceMilliseconds: terms.graceMilliseconds, limit: deadlines.lock,
                now: .now)
            {
            case .tryAgain: break
            case .shutDown: throw .shutDown
            case .expired: throw expired()
            case .staysAway(let milliseconds): throw .staysAway(milliseconds: milliseconds, whyNotStarted: whyNotStarted)
            }
        }
    }

    private var lockDeadline: Deadline { Deadline(deadlines.lock) }

    private func answerDeadline(_ hasBeenHeard: Bool) -> Deadline {
        Deadline(deadlines.firstAnswer(hasBeenHeard: hasBeenHeard, at: .now))
    }

    /// One attempt to come back, after a pause; false if it failed.
    private func reconnect(until deadline: Deadline) -> Bool {
        if backOff.attempts == 0 && departure != .restarting && !connector.startingRight.mayReplace(departure) {
            notice(.awaitsDaemon)
        }
        Clock.sleep(milliseconds: min(backOff.next(), Int64(deadline.pollMilliseconds)))
        connection = connector.reconnect(mayStart: mayStartNext) { whyNotStarted = $0 }
        noticeLossInTime()
        return connection != nil
    }

    /// The daemon keeps its last descriptors for others. A client without a place in its queue asks again, and has no place among those who
    /// do, either.
    private func awaitRoom(_ reason: ClosingReason) throws(LockError) {
        if !hasBeenSentAway && terms.timeoutMilliseconds != 0 { notice(.noRoom) }
        hasBeenSentAway = true
        // That it is not free has been said.
        if reason == .crowded { isQueued = true }
        let pause = backOff.next()
        let left = Int64(lockDeadline.pollMilliseconds)
        if terms.timeoutMilliseconds != 0 { Clock.sleep(milliseconds: left < 0 ? pause : min(pause, left)) }
        guard terms.timeoutMilliseconds == 0 || lockDeadline.hasPassed else { return }
        throw .noRoom(isHeld: reason == .crowded)
    }

    // MARK: - A conversation

    private enum Talk {
        case granted
        /// With whether the daemon had answered.
        case lost(wasHeard: Bool)
    }

    /// More cannot have been killed in a moment.
    private static let mostUnanswered = 3
    /// A client that is told of a grant so soon after its confirmation cannot have been away in between.
    private static let freshMilliseconds: Int64 = 1000
    /// Half of the usual `LostHolderDelay`.
    private static let firstAcknowledgementMilliseconds: Int64 = 7500

    /// Asks over the present connection and hears what comes.
    private func converse() throws(LockError) -> Talk {
        closing = nil
        Trace.step(.client, "flom_client_lock: asking for \(terms.parts.map { "'\($0.resource)'" }.joined(separator: ", "))")
        for part in terms.parts { Trace.step(.names, "'\(part.resource)' is a \(part.resource.kind.word) resource") }
        // A cut before the first answer has to be noticed too; what holds afterwards the answer says.
        connection!.limitAcknowledgement(milliseconds: Self.firstAcknowledgementMilliseconds)
        do { try connection!.send(request.message) } catch {
            if error.kind == .closed { return .lost(wasHeard: false) }
            throw .tooLong(error)
        }
        var isFirst = true
        var takenAt: Instant?
        while true {
            let message: ServerMessage?
            do {
                message =
                    try isFirst
                    ? connection!.receive(until: answerDeadline(speaksExtension || hasBeenSentAway)) : hearWhileWaiting()
            } catch {
                if error.kind == .closed {
                    if isFirst, error.number != nil {
                        // Over TLS a 1.7.2 says no more than this to whom it does not accept.
                        unansweredConnections += 1
                        if unansweredConnections == Self.mostUnanswered { throw .conversation(error) }
                    }
                    return .lost(wasHeard: !isFirst)
                }
                throw .conversation(error)
            }
            guard let message else { throw expired() }
            switch message {
            case .tellParts where isFirst:
                confirmMarker()
                do { try connection!.send(.parts(request.parts)) } catch { return .lost(wasHeard: false) }
            case .closing(let reason):
                closing = reason
            case .offered where !isFirst:
                takenAt = .now
                do { try connection!.send(.confirm) } catch { return .lost(wasHeard: true) }
            case .revoked(let reason):
                throw .revoked(reason: reason)
            case .answer(let answer) where isFirst == answer.isFirst:
                if answer.details != nil { confirmMarker() }
                if isFirst && !speaksExtension { connection!.limitAcknowledgement(milliseconds: 0) }
                let isLate = !isFirst
                if isFirst && !belongs(answer) {
                    // Nothing of what it gives is used.
                    try? connection!.send(.expired)
                    return .lost(wasHeard: true)
                }
                isFirst = false
                if try isGrant(answer) {
                    let isFresh = takenAt.map { Instant.now.milliseconds(since: $0) < Self.freshMilliseconds } ?? false
                    return isLate && holding.keptMilliseconds != nil && !isFresh ? try confirm() : .granted
                }
            default:
                throw .misplacedAnswer
            }
        }
    }

    /// What is said on the lock; nil when the request's time is over. What is said about the wait is shown meanwhile.
    private func hearWhileWaiting() throws(NetworkError) -> ServerMessage? {
        while true {
            let pause = Deadline.earlier(lockDeadline, observer?.due ?? .never)
            switch try connection!.receive(until: pause) {
            case .page(let page)?: observer?.heard(page)
            case .queryRefused?: observer?.heardRefusal()
            case let message?: return message
            case nil where lockDeadline.hasPassed: return nil
            case nil: for question in observer?.questions() ?? [] { try connection!.send(question) }
            }
        }
    }

    /// Whether this daemon is the one to wait at: false of one with another journal at the address where the other one was, until it is
    /// known where the name leads now.
    private func belongs(_ answer: LockAnswer) -> Bool {
        switch queue.judge(answer.details?.request, canLookElsewhere: connector.forgetAddress) {
        case .same: return true
        case .elsewhere:
            Trace.step(.client, "the daemon there has another journal: looking for the one that was there")
            return false
        case .another:
            notice(.anotherJournal)
            return true
        }
    }

    private func isGrant(_ answer: LockAnswer) throws(LockError) -> Bool {
        Trace.step(.client, "flom_client_lock: the daemon answers \(answer.code)")
        backOff.succeeded(at: .now)
        if answer.isGrant {
            note(answer)
            return true
        }
        if speaksExtension {
            noteHowLongKept(answer)
            describeWait()
        }
        if let refusal = LockError(refusing: answer) { throw refusal }
        isQueued = true
        show(answer)
        return false
    }

    /// Describes the command, so that the queue and the history show what waits or could not run.
    private func describeWait() {
        guard !hasDescribed else { return }
        if let command = describe() { try? connection?.send(.describe(command: command)) }
        hasDescribed = true
    }

    /// A grant that came later than the request may have been waiting in a buffer while the connection was cut, and be lost by now.
    private func confirm() throws(LockError) -> Talk {
        do {
            try connection!.send(.confirm)
            while let message = try connection!.receive(until: lockDeadline) {
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

    /// The time limit has passed. The daemon is told, also one that has not answered yet: it may be about to grant what nobody waits for
    /// any more.
    ///
    /// Only a daemon can say that another client has the lock; one that has said nothing may be stopped or stuck.
    private func expired() -> LockError {
        // One of 1.7.2 has nobody sent away.
        let isOurs = !isQueued || hasBeenSentAway
        if let message = speaksExtension ? .expired : isOurs ? request.expired : nil { try? connection?.send(message) }
        return isQueued ? .expired : .unanswered
    }
}

extension LockError {
    /// Nil for an answer that grants, or says to wait.
    init?(refusing answer: LockAnswer) {
        let reason = answer.details?.reason
        switch answer.code {
        case .granted, .queued, .awaitingCreation: return nil
        case .busy: self = .busy(reason: reason)
        case .cannotWait: self = .cannotWait
        case .impossible: self = .impossible(reason: reason)
        case .invalidResourceName: self = .invalidName(reason: reason)
        case .cannotLock: self = .refused(reason: reason, number: answer.details?.number)
        }
    }
}
