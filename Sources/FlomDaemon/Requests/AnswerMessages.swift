internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomWire

/// Translates the engine's answers into messages.
struct AnswerMessages {
    let machineID: String
    let journalID: String
    /// `LostHolderDelay`, which remote holders and waiters are told.
    let lostHolderDelayMilliseconds: Int64
    /// The answer to probes: see `DaemonAbout`.
    let about: DaemonAbout

    /// The message for an answer; nil if this peer gets none.
    func message(for answer: Answer, of session: Session) -> ServerMessage? {
        switch answer.body {
        case .granted(let grant, let others):
            var message = lockAnswer(.granted, answer, session) {
                $0.token = grant.token
                $0.keptMilliseconds = kept(for: session)
            }
            message.element = grant.element
            guard session.state.speaksExtension, let first = answer.request else { return .answer(message) }
            message.others = others.enumerated().map { index, other in
                PartGranted(request: name(of: first.part(index + 1)), token: other.token, element: other.element)
            }
            return .answer(message)
        case .queued(let position):
            return .answer(
                lockAnswer(.queued, answer, session) {
                    $0.position = position
                    $0.keptMilliseconds = kept(for: session)
                })
        case .awaitingCreation:
            return .answer(lockAnswer(.awaitingCreation, answer, session) { $0.keptMilliseconds = kept(for: session) })
        case .offered: return session.state.speaksExtension ? .offered : nil
        case .refused(let refusal):
            return .answer(
                lockAnswer(code(of: refusal), answer, session) {
                    $0.reason = refusal == .notAllowed ? session.forbidden : reason(of: refusal)
                })
        case .revoked(let person, let reason):
            guard session.state.speaksExtension else { return nil }
            return .revoked(reason: "\(person) took it away" + (reason.isEmpty ? "" : ": \(reason)"))
        case .released, .notHeld:
            return session.state.speaksExtension ? .unlocked : nil
        }
    }

    private func kept(for session: Session) -> Int64? { session.state.isRemote ? lostHolderDelayMilliseconds : nil }

    /// The message to a client that has come back for a lost lock.
    func lost(_ reason: String, outcome: RequestOutcome?) -> ServerMessage {
        var answer = LockAnswer(step: .first, code: .cannotLock)
        var details = AnswerDetails()
        details.isLost = true
        details.outcome = outcome?.rawValue
        details.reason = reason
        answer.peerID = machineID
        answer.details = details
        return .answer(answer)
    }

    /// The refusal of a request that has not reached the engine.
    ///
    /// - Parameter number: the number of the error in 1.7.2, if it has one.
    func refusal(_ code: ReturnCode, reason: String, number: Int32? = nil, speaksExtension: Bool) -> ServerMessage {
        var answer = LockAnswer(step: .first, code: code)
        answer.peerID = machineID
        if speaksExtension {
            var details = AnswerDetails()
            details.reason = reason
            details.number = number
            // `cannotWait` is the answer to a probe.
            if code == .cannotWait { details.about = about }
            answer.details = details
        }
        return .answer(answer)
    }

    private func lockAnswer(
        _ code: ReturnCode, _ answer: Answer, _ session: Session, _ fill: (inout AnswerDetails) -> Void
    ) -> LockAnswer {
        let isFirst = session.state.tell(answer)
        // A waiter is refused in the final step: in the later step 1.7.2 takes every code for a grant.
        let later: LockAnswer.Step = if case .refused = answer.body { .final } else { .later }
        var message = LockAnswer(step: isFirst ? .first : later, code: code)
        if isFirst { message.peerID = machineID }
        if session.state.speaksExtension {
            var details = AnswerDetails()
            details.request = answer.request.map(name)
            fill(&details)
            message.details = details
        }
        return message
    }

    /// The value of `FLOM_REQUEST_ID`.
    private func name(of request: RequestID) -> String { "\(journalID):\(request.number)" }

    private func code(of refusal: Refusal) -> ReturnCode {
        switch refusal {
        case .busy, .alreadyAsking: .busy
        case .unknownResource: .cannotWait
        case .impossible, .overlapping: .impossible
        case .deadlock, .together, .shutDown, .tokensUsedUp, .clockBehind, .stampsUsedUp, .notAllowed, .queueFull,
            .tooManyResources:
            .cannotLock
        }
    }

    private func reason(of refusal: Refusal) -> String? {
        switch refusal {
        case .busy, .unknownResource, .together: nil
        case .overlapping(let one, let other):
            one.resource == other.resource
                ? "'\(one.resource)' is asked for twice; name it once (-r)"
                : "'\(one.resource)' and '\(other.resource)' exclude each other, so no command can hold both (-r)"
        case .deadlock(let links):
            "it can never be granted (deadlock): "
                + links.map { "request \($0.waiter.number) waits for '\($0.resource)', held by request \($0.holder.number)" }
                .joined(separator: ", under which ") + "; --deadlock=wait waits all the same"
        case .shutDown: "the daemon was shut down"
        case .impossible(let quantity, let capacity):
            quantity > 0
                ? "the resource has \(capacity) in all, so \(quantity) can never be had (-q)"
                : "a quantity of \(quantity) cannot be had; the least is 1 (-q)"
        case .clockBehind(let milliseconds):
            "the daemon's clock shows \((milliseconds + 999) / 1000) s less than at the last time stamp, and none is given twice; "
                + "try again when it has passed that time"
        case .stampsUsedUp:
            "this time stamp lacks larger units and would come round to texts that were given already; add them to its format "
                + "(as in %Y%m%d%H%M%S), or let the resource end"
        case .tokensUsedUp: "the journal has no fencing tokens left; start the daemon with a new one (--journal)"
        case .notAllowed: nil
        case .queueFull(let limit): "\(limit) requests wait for the resource already, and no more may (--limit-waiters)"
        case .tooManyResources(let limit):
            "\(limit) resources exist already, and no more may (--limit-resources); an unused one ends with its life time"
        case .alreadyAsking: "this connection holds a lock already, and one connection carries one lock"
        }
    }
}
