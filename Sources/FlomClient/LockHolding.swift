internal import FlomCore
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
package import FlomSystem
internal import FlomWire

/// From the grant to the unlock: the daemon may come and go, the holder does not notice.
extension LockSession {
    /// For `poll`; nil while the daemon is lost.
    package var descriptor: Int32? { connection?.descriptor }

    /// When `tend` has something to do, whatever comes before.
    package var nextDeadline: Deadline { Deadline(holding.nextDeadline) }

    /// Reads what the daemon says, notices its loss, comes back; tells when the lock is lost. Call it when `descriptor` can be read or
    /// `nextDeadline` has passed.
    package func tend() {
        hearNews()
        if isDueToComeBack { comeBack() }
        loseInTime()
    }

    /// Whether `tend` reaches for a daemon, which may block.
    package var isDueToComeBack: Bool {
        connection == nil && speaksExtension && holding.due(at: .now).contains(.comeBack)
    }

    /// The part of `tend` that does not block.
    package func tendWithoutBlocking() {
        hearNews()
        loseInTime()
    }

    private func loseInTime() {
        if holding.due(at: .now).contains(.takeForLost) { lose(.outOfReach) }
    }

    private func hearNews() {
        guard connection != nil else { return }
        do {
            while let message = try connection!.receiveNow() {
                switch message {
                case .closing(let reason): closing = reason
                case .revoked(let reason):
                    holding.revoked()
                    return lose(.told(reason))
                default: break
                }
            }
        } catch {
            connection = nil
            holding.lostConnection(at: .now, pauseMilliseconds: speaksExtension ? backOff.next() : nil)
            if !speaksExtension { notice(.cannotReclaim) }
        }
    }

    private func comeBack() {
        switch resume() {
        case .held:
            let wasTakenForLost = holding.cameBack()
            backOff.succeeded(at: .now)
            // A daemon that crashed may not have heard it.
            announce(again: true)
            if wasTakenForLost { notice(.heldAfterAll) }
        case .lost(let reason, _):
            holding.heardOfLoss()
            lose(.told(reason))
        case .unreachable:
            holding.failedToComeBack(at: .now, pauseMilliseconds: backOff.next())
        }
    }

    private func lose(_ reason: LossReason) {
        if holding.takeForLost() { notice(.lost(reason)) }
    }

    // MARK: - Coming back

    enum Resumption {
        case held
        /// With how the request ended, in the journal's word, if it is known there.
        case lost(String, outcome: String?)
        case unreachable
    }

    func resume(until end: Deadline = .never) -> Resumption {
        guard let id = held[0].requestID else { return .unreachable }
        // While this waits nobody looks at the clock.
        let limit = Deadline.earlier(end, Deadline(holding.takenForLostAt))
        connection = connector.reconnect(mayStart: mayStartNext, until: limit)
        let answer = claim(id, until: limit)
        guard case .lost(_, outcome: nil) = answer else { return answer }
        // Where the daemon was there may be another one now, which knows nothing of this lock.
        connection = connector.reconnectElsewhere(until: limit)
        guard connection != nil, case .held = claim(id, until: limit) else { return answer }
        return .held
    }

    /// Says over the present connection whose lock this is.
    private func claim(_ id: String, until limit: Deadline) -> Resumption {
        guard connection != nil else { return .unreachable }
        closing = nil
        do {
            try connection!.send(request.resuming(id, element: held.count == 1 ? held[0].element : nil))
            let deadline = Deadline.earlier(limit, Deadline(holding.answerLimit(at: .now)))
            guard case .answer(let answer) = try connection!.receive(until: deadline), let details = answer.details else {
                connection = nil
                return .unreachable
            }
            connection!.raiseFrameLimit()
            if answer.isGrant {
                note(answer)
                return .held
            }
            connection = nil
            // Whatever else it says, this is not our lock any more.
            return details.isLost ? .lost(details.reason ?? "it was ended", outcome: details.outcome) : .unreachable
        } catch {
            connection = nil
            return .unreachable
        }
    }
}
