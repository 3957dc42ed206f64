internal import FlomCore
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import FlomWire

/// The conversation with a daemon about a lock that is asked for.
extension LockSession {
    /// More cannot have been killed in a moment.
    private static let mostUnanswered = 3
    /// Half of the usual `LostHolderDelay`.
    private static let firstAcknowledgementMilliseconds: Int64 = 7500

    /// Asks over the present connection.
    ///
    /// - Returns: by when an answer must be there.
    func ask() throws(LockError) -> Deadline {
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
        let limit = answerDeadline(speaksExtension || hasBeenSentAway)
        stage = .hears(answerBy: limit)
        return limit
    }

    /// Hears what has come over the present connection.
    func hear(answerBy limit: Deadline) throws(LockError) -> AskingProgress {
        var limit = limit
        while true {
            let message: ServerMessage?
            do { message = try hearNext() } catch {
                guard error.kind == .closed || asking.asksWhetherItStands else { throw .conversation(error) }
                if asking.awaitsFirstAnswer, error.number != nil {
                    // Over TLS a 1.7.2 says no more than this to whom it does not accept.
                    unansweredConnections += 1
                    if unansweredConnections == Self.mostUnanswered { throw .conversation(error) }
                }
                return try loseDaemon()
            }
            guard let message else {
                let end = asking.awaitsFirstAnswer ? limit : lockDeadline
                if end.hasPassed { throw expired() }
                return .waits(until: isWaiting ? Deadline.earlier(end, observer?.due ?? .never) : end)
            }
            switch try take(message) {
            case .wait: break
            case .hold: return .granted
            case .confirm: do { try connection!.send(.confirm) } catch { return try loseDaemon() }
            case .leave: return try loseDaemon()
            case .end, .reject: throw .misplacedAnswer
            }
            if asking.awaitsFirstAnswer {
                limit = answerDeadline(speaksExtension || hasBeenSentAway)
                stage = .hears(answerBy: limit)
            }
        }
    }

    /// Whether the daemon has said that the request waits.
    private var isWaiting: Bool { !asking.awaitsFirstAnswer && !asking.asksWhetherItStands }

    /// What is said on the lock; nil if nothing has come. What is said about the wait is shown meanwhile, and asked for when that is due.
    private func hearNext() throws(NetworkError) -> ServerMessage? {
        while true {
            let message = try connection!.receiveNow()
            guard isWaiting else { return message }
            switch message {
            case .page(let page)?: observer?.heard(page)
            case .queryRefused?: observer?.heardRefusal()
            case let message?: return message
            case nil:
                if let observer, observer.due.hasPassed {
                    for question in observer.questions() { try connection!.send(question) }
                }
                return nil
            }
        }
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
        if let id = answer.details?.request { requestID = id }
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
            describeOnce()
        }
        if let refusal = LockError(refusing: answer) { throw refusal }
        isQueued = true
        show(answer)
    }

    /// The time limit has passed. The daemon is told, also one that has not answered yet: it may be about to grant what nobody waits for
    /// any more.
    ///
    /// Only a daemon can say that another client has the lock; one that has said nothing may be stopped or stuck.
    func expired() -> LockError {
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
