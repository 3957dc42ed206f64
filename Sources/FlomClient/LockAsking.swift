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
        while true {
            let reached: Bool
            if asking.hasBeenHeard {
                reached = reconnect(until: Deadline.earlier(Deadline(asking.givesUpAt), lockDeadline))
            } else {
                do { connection = try connector.connect(until: answerDeadline(hasBeenSentAway)) } catch {
                    throw .connecting(error)
                }
                reached = true
            }
            if reached {
                if try converse() {
                    observer?.granted()
                    return
                }
                connection = nil
                observer?.disconnected()
                switch asking.lostConnection(departure, canComeBack: speaksExtension) {
                case .comeBack: break
                case .askAnew: try awaitNextDaemon()
                case .awaitRoom: try awaitRoom(isHeld: closing == .crowded)
                case .end: throw .lost
                }
            }
            guard asking.hasBeenHeard else { continue }
            switch asking.goesOn(
                without: departure, right: connector.startingRight, graceMilliseconds: terms.graceMilliseconds,
                limit: deadlines.lock, now: .now)
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

    /// A daemon that ends by its lifespan may close the door on a client that has just come: then the next one is asked. A server that
    /// closes every connection would be asked thousands of times a second.
    private func awaitNextDaemon() throws(LockError) {
        let deadline = answerDeadline(hasBeenSentAway)
        if deadline.hasPassed { throw .turnedAway }
        Clock.sleep(milliseconds: min(backOff.next(), Int64(deadline.pollMilliseconds)))
    }

    /// The daemon keeps its last descriptors for others. A client without a place in its queue asks again, and has no place among those who
    /// do, either.
    private func awaitRoom(isHeld: Bool) throws(LockError) {
        if !hasBeenSentAway && terms.timeoutMilliseconds != 0 { notice(.noRoom) }
        hasBeenSentAway = true
        // That it is not free has been said.
        if isHeld { isQueued = true }
        let pause = backOff.next()
        let left = Int64(lockDeadline.pollMilliseconds)
        if terms.timeoutMilliseconds != 0 { Clock.sleep(milliseconds: left < 0 ? pause : min(pause, left)) }
        guard terms.timeoutMilliseconds == 0 || lockDeadline.hasPassed else { return }
        throw .noRoom(isHeld: isHeld)
    }

    // MARK: - A conversation

    /// More cannot have been killed in a moment.
    private static let mostUnanswered = 3
    /// Half of the usual `LostHolderDelay`.
    private static let firstAcknowledgementMilliseconds: Int64 = 7500

    /// Asks over the present connection and hears what comes.
    ///
    /// - Returns: whether the lock is granted; false if the connection is lost, or of no use any more.
    private func converse() throws(LockError) -> Bool {
        closing = nil
        asking.asks()
        Trace.step(.client, "flom_client_lock: asking for \(terms.parts.map { "'\($0.resource)'" }.joined(separator: ", "))")
        for part in terms.parts { Trace.step(.names, "'\(part.resource)' is a \(part.resource.kind.word) resource") }
        // A cut before the first answer has to be noticed too; what holds afterwards the answer says.
        connection!.limitAcknowledgement(milliseconds: Self.firstAcknowledgementMilliseconds)
        do { try connection!.send(request.message) } catch {
            // What the daemon said before it closed is still to be read: why it accepts no such client, for example.
            if error.kind != .closed { throw .tooLong(error) }
        }
        while true {
            let message: ServerMessage?
            do { message = try hearNext() } catch {
                guard error.kind == .closed || asking.asksWhetherItStands else { throw .conversation(error) }
                if asking.awaitsFirstAnswer, error.number != nil {
                    // Over TLS a 1.7.2 says no more than this to whom it does not accept.
                    unansweredConnections += 1
                    if unansweredConnections == Self.mostUnanswered { throw .conversation(error) }
                }
                return false
            }
            guard let message else { throw expired() }
            switch try take(message) {
            case .wait: break
            case .hold: return true
            case .confirm: do { try connection!.send(.confirm) } catch { return false }
            case .leave: return false
            case .end, .reject: throw .misplacedAnswer
            }
        }
    }

    private func hearNext() throws(NetworkError) -> ServerMessage? {
        if asking.awaitsFirstAnswer { return try connection!.receive(until: answerDeadline(speaksExtension || hasBeenSentAway)) }
        return try asking.asksWhetherItStands ? connection!.receive(until: lockDeadline) : hearWhileWaiting()
    }

    private func take(_ message: ServerMessage) throws(LockError) -> Asking.Step {
        switch message {
        case .tellParts where asking.awaitsFirstAnswer:
            confirmMarker()
            do { try connection!.send(.parts(request.parts)) } catch { return .leave }
            return .wait
        case .closing(let reason):
            closing = reason
            return .wait
        // About the wait, which is over.
        case .page, .queryRefused:
            return asking.asksWhetherItStands ? .wait : .reject
        case .offered: return asking.hear(.offered, isTimed: holding.keptMilliseconds != nil, at: .now)
        case .confirmed(let reason): return asking.hear(reason == nil ? .stands : .standsNoMore, isTimed: true, at: .now)
        case .revoked(let reason): throw .revoked(reason: reason)
        case .answer(let answer):
            guard asking.awaitsFirstAnswer == answer.isFirst else {
                return asking.asksWhetherItStands ? .leave : .reject
            }
            return try take(answer)
        default: return asking.asksWhetherItStands ? .leave : .reject
        }
    }

    private func take(_ answer: LockAnswer) throws(LockError) -> Asking.Step {
        let isFirst = asking.awaitsFirstAnswer
        if answer.details != nil { confirmMarker() }
        if isFirst && !speaksExtension { connection!.limitAcknowledgement(milliseconds: 0) }
        if isFirst && !belongs(answer) {
            asking.heardOfAnotherJournal()
            try? connection!.send(.expired)
            return .leave
        }
        let step = asking.hear(Asking.Word(answer.code), isTimed: answer.details?.keptMilliseconds != nil, at: .now)
        if step != .leave { try follow(answer) }
        return step
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

    private func follow(_ answer: LockAnswer) throws(LockError) {
        Trace.step(.client, "flom_client_lock: the daemon answers \(answer.code)")
        backOff.succeeded(at: .now)
        if answer.code == .granted { return note(answer) }
        if speaksExtension {
            noteHowLongKept(answer)
            describeWait()
        }
        if let refusal = LockError(refusing: answer) { throw refusal }
        isQueued = true
        show(answer)
    }

    /// Describes the command, so that the queue and the history show what waits or could not run.
    private func describeWait() {
        guard !hasDescribed else { return }
        if let command = describe() { try? connection?.send(.describe(command: command)) }
        hasDescribed = true
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

extension Asking.Word {
    init(_ code: ReturnCode) {
        self =
            switch code {
            case .granted: .granted
            case .queued, .awaitingCreation: .queued
            case .busy, .cannotWait, .impossible, .invalidResourceName, .cannotLock: .refused
            }
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
