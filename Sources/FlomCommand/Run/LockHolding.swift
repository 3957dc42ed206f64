internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// How far the loss of a lock's daemon has gone while the command runs.
struct Loss {
    /// When the connection was lost; nil while it stands.
    var since: Int64?
    /// When to try again to come back.
    var nextAttempt = Deadline.never
    /// The lock is lost, or has to be taken for lost; said, and acted on, once.
    var isFinal = false
    /// When the command's processes are ended for good.
    var killAt = Deadline.never
}

/// A lock while its command runs: the daemon may come and go, the command never notices.
extension LockSession {
    /// For `poll`; nil while the daemon is lost.
    var descriptor: Int32? { connection?.descriptor }

    /// When `tend` has something to do, whatever comes before.
    var nextDeadline: Deadline {
        var next = Deadline.earlier(loss.nextAttempt, loss.killAt)
        if let limit = ownDeadline, !loss.isFinal { next = Deadline.earlier(next, limit) }
        return next
    }

    /// By when a remote lock has to be taken for lost: strictly before the daemon can have given it to somebody else. Both ends
    /// notice a cut within half of the delay; this much later it is still not over.
    private var ownDeadline: Deadline? {
        // Without a lease no time ends the lock.
        guard settings.lease == .time, let since = loss.since, let kept = keptMilliseconds else { return nil }
        return Deadline(at: since + max(0, kept / 2 - Self.marginMilliseconds) * 1_000_000)
    }

    private static let marginMilliseconds: Int64 = 500

    /// Reads what the daemon says, notices its loss, comes back; acts when the lock is lost.
    func tend(_ command: ProcessIdentity, words: [[UInt8]]) {
        if connection != nil { hear(command) }
        if connection == nil && isMarked && loss.nextAttempt.hasPassed { comeBack(command, words: words) }
        if let limit = ownDeadline, limit.hasPassed {
            lose(
                command,
                "the daemon on '\(access.endpoint.name)' cannot be reached, and may give the lock to somebody else from now on")
        }
        if loss.killAt.hasPassed {
            loss.killAt = .never
            Processes.signalFamily(of: (command.pid, command.startTime), SIGKILL)
        }
    }

    private func hear(_ command: ProcessIdentity) {
        do {
            while let message = try connection!.receive(until: Deadline(at: 0)) {
                switch message {
                case .closing(let reason): closing = reason
                case .revoked(let reason):
                    isRevoked = true
                    return lose(command, reason)
                default: break
                }
            }
        } catch {
            connection = nil
            loss.since = Clock.boottimeNanoseconds()
            if isMarked {
                loss.nextAttempt = .after(milliseconds: backOff.next())
            } else {
                StandardError.say("the daemon was lost while the command runs; it has no way to tell that its lock is still held")
            }
        }
    }

    private func comeBack(_ command: ProcessIdentity, words: [[UInt8]]) {
        switch resume() {
        case .held:
            let wasFinal = loss.isFinal
            loss = Loss()
            backOff.succeeded()
            // A daemon that crashed may not have heard it.
            announce(command, words: words, again: true)
            if wasFinal { StandardError.say("the lock is still held after all") }
        case .lost(let reason, _):
            // There is nothing to come back to.
            loss.nextAttempt = .never
            lose(command, reason)
        case .unreachable:
            loss.nextAttempt = .after(milliseconds: backOff.next())
        }
    }

    /// Says it once, and acts as `--on-lost` wants it.
    private func lose(_ command: ProcessIdentity, _ reason: String) {
        guard !loss.isFinal else { return }
        loss.isFinal = true
        let names = held.map { "'\($0.part.resource)'" }.joined(separator: ", ")
        StandardError.say("the lock on \(names) is lost while its command runs: \(reason)")
        let family = (command.pid, command.startTime)
        switch settings.onLost {
        case .warn: break
        case .term:
            Processes.signalFamily(of: family, SIGTERM)
            loss.killAt = .after(milliseconds: Processes.killDelayMilliseconds)
        case .kill: Processes.signalFamily(of: family, SIGKILL)
        }
    }

    // MARK: - Coming back

    enum Resumption {
        case held
        /// With how the request ended, in the journal's word, if it is known there.
        case lost(String, outcome: String?)
        case unreachable
    }

    /// How long a daemon that was reached may take to answer.
    private static let answerLimitMilliseconds: Int64 = 5000

    private func resume(until end: Deadline = .never) -> Resumption {
        guard let id = held[0].requestID else { return .unreachable }
        // While this waits nobody looks at the clock.
        let limit = Deadline.earlier(end, loss.isFinal ? .never : ownDeadline ?? .never)
        connection = access.reconnect(mayStart: mayStartNext, until: limit)
        let answer = claim(id, until: limit)
        guard case .lost(_, outcome: nil) = answer else { return answer }
        // Where the daemon was there may be another one now, which knows nothing of this lock.
        connection = access.reconnectElsewhere(until: limit)
        guard connection != nil, case .held = claim(id, until: limit) else { return answer }
        return .held
    }

    /// Says over the present connection whose lock this is.
    private func claim(_ id: String, until limit: Deadline) -> Resumption {
        guard connection != nil else { return .unreachable }
        closing = nil
        do {
            try connection!.send(request.resuming(id, element: held.count == 1 ? held[0].element : nil))
            let deadline = Deadline.earlier(limit, .after(milliseconds: Self.answerLimitMilliseconds))
            guard case .answer(let answer) = try connection!.receive(until: deadline), let details = answer.details else {
                connection = nil
                return .unreachable
            }
            connection!.raiseFrameLimit()
            if answer.code == .granted {
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

    // MARK: - Letting go

    /// So long is tried to tell the daemon that the lock is free; a daemon that is stuck must not hold up the command's end.
    private static let unlockLimitMilliseconds: Int64 = 5000

    /// The command's status stays its own, whatever becomes of this.
    func unlock(_ completion: Completion) {
        // A lock that is lost has been spoken of; one that may be lost is given back all the same.
        if loss.isFinal && (connection == nil || isRevoked) { return }
        let deadline = Deadline.after(milliseconds: Self.unlockLimitMilliseconds)
        backOff = BackOff()
        // On a way over the network that has become bad, the unlock waits behind all that was sent before it. On a new connection it does not.
        var patience = deadline
        if isMarked, case .network = access.endpoint { patience = .after(milliseconds: Self.patienceMilliseconds) }
        while true {
            if connection != nil && tellUnlock(completion, until: patience, finally: deadline) { return }
            patience = deadline
            connection = nil
            guard isMarked, closing != .shutdown, !deadline.hasPassed else { break }
            Clock.sleep(milliseconds: min(backOff.next(), Int64(deadline.pollMilliseconds)))
            if case .lost(let reason, let outcome) = resume(until: deadline) {
                // It had heard the first time.
                if outcome != RequestOutcome.released.rawValue {
                    StandardError.say("the lock on '\(held[0].part.resource)' was lost before its command ended: \(reason)")
                }
                return
            }
        }
        StandardError.say(
            "the daemon was lost while the command ran; it notices the command's end by itself when it runs again")
    }

    /// Many round trips, and a few times what the kernel takes to send again what was lost.
    private static let patienceMilliseconds: Int64 = 2000

    /// False if the connection was lost, or its patience has an end and there is time left for another one.
    private func tellUnlock(_ completion: Completion, until patience: Deadline, finally deadline: Deadline) -> Bool {
        let resource = held[0].part.resource
        Trace.step(.client, "flom_client_unlock: '\(resource)', \(completion)")
        var message = UnlockMessage(name: resource.bytes)
        message.rollback = completion.rollsBack
        message.speaksExtension = isMarked
        if isMarked { message.completion = completion }
        do {
            try connection!.send(.unlock(message))
            guard isMarked else {
                connection!.finish(until: deadline)
                return true
            }
            while let answer = try connection!.receive(until: patience) {
                switch answer {
                case .unlocked:
                    // What the command has left behind may have inherited it.
                    connection!.shutDown()
                    return true
                case .closing(let reason): closing = reason
                default: break
                }
            }
            guard deadline.hasPassed else { return false }
            StandardError.say("the daemon has not confirmed that '\(resource)' is unlocked")
            return true
        } catch { return false }
    }
}
