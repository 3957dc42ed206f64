internal import FlomEngine
internal import FlomWire

/// The engine's answers in the words of the wire.
struct AnswerMessages {
    let machineID: String
    let journalID: String

    /// The message for an answer; nil if this peer is told nothing.
    func message(for answer: Answer, of session: Session) -> ServerMessage? {
        switch answer.body {
        case .granted(let token, let element):
            var message = lockAnswer(.granted, answer, session) { $0.token = token }
            message.element = element
            return .answer(message)
        case .queued(let position):
            return .answer(lockAnswer(.queued, answer, session) { $0.position = position })
        case .awaitingCreation:
            return .answer(lockAnswer(.awaitingCreation, answer, session) { _ in })
        case .refused(let refusal):
            return .answer(lockAnswer(code(of: refusal), answer, session) { $0.reason = reason(of: refusal) })
        case .released, .notHeld:
            return session.isMarked ? .unlocked : nil
        }
    }

    /// A refusal that never reached the engine.
    func refusal(_ code: ReturnCode, reason: String, isMarked: Bool) -> ServerMessage {
        var answer = LockAnswer(step: .first, code: code)
        answer.peerID = machineID
        if isMarked {
            var details = AnswerDetails()
            details.reason = reason
            answer.details = details
        }
        return .answer(answer)
    }

    private func lockAnswer(
        _ code: ReturnCode, _ answer: Answer, _ session: Session, _ fill: (inout AnswerDetails) -> Void
    ) -> LockAnswer {
        let isFirst = session.answered != answer.request
        session.answered = answer.request
        // A waiter is refused in the final step: in the later one 1.7.2 takes every code for a grant.
        let later: LockAnswer.Step = if case .refused = answer.body { .final } else { .later }
        var message = LockAnswer(step: isFirst ? .first : later, code: code)
        if isFirst { message.peerID = machineID }
        if session.isMarked {
            var details = AnswerDetails()
            details.request = answer.request.map { "\(journalID):\($0.number)" }
            fill(&details)
            message.details = details
        }
        return message
    }

    private func code(of refusal: Refusal) -> ReturnCode {
        switch refusal {
        case .busy, .alreadyAsking: .busy
        case .unknownResource: .cannotWait
        case .impossible: .impossible
        case .shutDown, .tokensUsedUp, .clockBehind, .stampsUsedUp: .cannotLock
        }
    }

    private func reason(of refusal: Refusal) -> String? {
        switch refusal {
        case .busy, .unknownResource: nil
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
        case .alreadyAsking: "this connection holds a lock already, and one connection carries one lock"
        }
    }
}
