internal import FlomCore
package import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// Letting go: of a lock, or of the wait for it.
extension LockSession {
    /// Tells the daemon that the lock is free, for at most `Unlocking.limitMilliseconds`. What was under the lock is over, whatever becomes
    /// of this.
    ///
    /// - Returns: whether the daemon knows, or needs not to be told.
    @discardableResult
    package func unlock(_ completion: Completion) -> Bool {
        guard holding.isGivenBack(isConnected: connection != nil) else { return true }
        backOff = BackOff()
        let isOverNetwork = if case .network = connector.endpoint { true } else { false }
        var unlocking = Unlocking(mayChangeConnection: speaksExtension && isOverNetwork, from: .now)
        let end = Deadline(unlocking.end)
        while true {
            if connection != nil && tellUnlock(completion, until: Deadline(unlocking.patience), finally: end) { return true }
            unlocking.useNextConnection()
            connection = nil
            guard unlocking.goesOn(after: departure, canResume: speaksExtension, now: .now) else { break }
            Clock.sleep(milliseconds: min(backOff.next(), Int64(end.pollMilliseconds)))
            if case .lost(let reason, let outcome) = resume(until: end) {
                // It had heard the first time.
                if outcome != RequestOutcome.released.rawValue { notice(.lostBeforeUnlock(reason: reason)) }
                return true
            }
        }
        notice(.unlockUntold)
        return false
    }

    /// False if the connection was lost, or its patience has an end and there is time left for another one.
    private func tellUnlock(_ completion: Completion, until patience: Deadline, finally deadline: Deadline) -> Bool {
        do {
            try sendUnlock(completion)
            guard speaksExtension else {
                connection!.finish(until: deadline)
                return true
            }
            while let descriptor, Polling.waitAwake(for: POLLIN, on: descriptor, until: patience) {
                if try hearUnlocked() { return true }
            }
            guard deadline.hasPassed else { return false }
            notice(.unlockUnconfirmed)
            return true
        } catch { return false }
    }

    private func sendUnlock(_ completion: Completion) throws(NetworkError) {
        // A waiter is known by what it has asked for first.
        let resource = (held.first?.part ?? terms.parts[0]).resource
        Trace.step(.client, "flom_client_unlock: '\(resource)', \(completion)")
        var message = UnlockMessage(name: resource.bytes)
        message.rollback = completion.rollsBack
        message.speaksExtension = speaksExtension
        if speaksExtension { message.completion = completion }
        try connection!.send(.unlock(message))
    }

    /// True when the daemon has confirmed the unlock. What it has said before does not count any more.
    private func hearUnlocked() throws(NetworkError) -> Bool {
        while let answer = try connection!.receiveNow() {
            switch answer {
            case .unlocked:
                // What the command has left behind may have inherited it.
                if !leavesConnection { connection!.shutDown() }
                return true
            case .closing(let reason): closing = reason
            default: break
            }
        }
        return false
    }

    // MARK: - Without waiting

    package enum Release: Sendable {
        /// The daemon knows.
        case done
        /// `advanceRelease` has something to do when `descriptor` can be read.
        case waits
        /// The daemon is lost: `unlock` goes on, and may block.
        case unknown
    }

    /// Says to the daemon that the lock, or the wait for it, is over. Does not wait for its answer.
    package func beginRelease(_ completion: Completion) -> Release {
        guard speaksExtension else {
            if connection == nil { return .done }
            // Neither word that ends the wait may be said before it is known to whom.
            return held.isEmpty && asking.awaitsFirstAnswer && request.expired == nil ? .waits : leaveUnconfirmed(completion)
        }
        guard holding.isGivenBack(isConnected: connection != nil) else { return .done }
        guard connection != nil else { return requestID == nil ? .done : .unknown }
        do { try sendUnlock(completion) } catch { return loseForRelease() }
        return .waits
    }

    package func advanceRelease(_ completion: Completion) -> Release {
        do {
            if speaksExtension { return try hearUnlocked() ? .done : .waits }
            guard let message = try connection!.receiveNow() else { return .waits }
            guard case .answer(let answer) = message, let details = answer.details else { return leaveUnconfirmed(completion) }
            confirmMarker()
            requestID = details.request
            return beginRelease(completion)
        } catch { return speaksExtension ? loseForRelease() : .done }
    }

    private func loseForRelease() -> Release {
        connection = nil
        return .unknown
    }

    /// A daemon of 1.7.2, or one that has not said yet what it is, takes the end of the connection for the end of all that was asked for.
    private func leaveUnconfirmed(_ completion: Completion) -> Release {
        if held.isEmpty {
            if asking.awaitsFirstAnswer, let message = request.expired { try? connection!.send(message) }
        } else {
            try? sendUnlock(completion)
        }
        connection!.shutDown()
        connection = nil
        return .done
    }

    /// One attempt to tell a daemon that has not heard of the end. It may block for some seconds.
    ///
    /// - Parameter mayStart: whether it may start the next daemon, if this client may at all.
    /// - Returns: whether the daemon knows.
    package func releaseLate(_ completion: Completion, mayStart: Bool) -> Bool {
        connection = connector.reconnect(mayStart: mayStart && mayStartNext)
        guard connection != nil else { return false }
        let limit = Deadline.after(milliseconds: Holding.answerLimitMilliseconds)
        do {
            try connection!.send(request.resuming(requestID, element: held.count == 1 ? held[0].element : nil))
            guard case .answer(let answer) = try connection!.receive(until: limit), let details = answer.details else {
                connection = nil
                return false
            }
            connection!.raiseFrameLimit()
            if details.isLost {
                if !held.isEmpty, details.outcome != RequestOutcome.released.rawValue {
                    notice(.lostBeforeUnlock(reason: details.reason ?? "it was ended"))
                }
                return true
            }
            try sendUnlock(completion)
            while let descriptor, Polling.wait(for: POLLIN, on: descriptor, until: limit) {
                if try hearUnlocked() { return true }
            }
        } catch {}
        connection = nil
        return false
    }

    /// Ends what is left of the session, without a word.
    package func drop() {
        connection = nil
        livenessPipe = nil
    }
}
