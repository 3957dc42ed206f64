internal import FlomCore
internal import FlomNetCore
package import FlomSystem
internal import FlomWire
internal import Glibc

/// What a session does next that has no lock yet.
package enum AskingProgress: Sendable {
    case granted
    /// `advance` has something to do when `descriptor` can be read, or this moment has come. Without a descriptor it pauses.
    case waits(until: Deadline)
    /// `advance` goes on at once. It may block if `isAboutToReach`: for a connection, the look-up of a name, the start of a daemon.
    case reaches
}

/// From the request to the grant.
extension LockSession {
    /// What the next `advance` does.
    enum Stage {
        case reaches
        /// A daemon is reached, and is asked next.
        case asks
        /// - roomIsHeld: for a client that was sent away for lack of room: whether others hold the lock.
        case pauses(until: Deadline, roomIsHeld: Bool?)
        /// The daemon was asked, and says by this moment what becomes of the request.
        case hears(answerBy: Deadline)
    }

    /// Asks, and waits until the lock is granted, whatever becomes of the daemon meanwhile.
    package func lock() throws(LockError) {
        while true {
            switch try advance() {
            case .granted: return
            case .reaches: break
            case .waits(let moment):
                if let descriptor {
                    _ = Polling.waitAwake(for: POLLIN, on: descriptor, until: moment)
                } else {
                    Clock.sleep(milliseconds: Int64(moment.pollMilliseconds))
                }
            }
        }
    }

    /// Goes on with what has come, without waiting for more: from the request on, until the lock is granted or refused.
    package func advance() throws(LockError) -> AskingProgress {
        let progress: AskingProgress
        do { progress = try step() } catch {
            observer?.ended()
            throw error
        }
        if case .granted = progress, let observer {
            observer.granted()
            observer.ended()
        }
        return progress
    }

    /// Whether the next `advance` may block.
    package var isAboutToReach: Bool {
        if case .reaches = stage { connection == nil } else { false }
    }

    /// When a daemon must be reached.
    package var reachLimit: Deadline { Deadline(asking.hasBeenHeard ? deadlines.lock : deadlines.connect) }

    /// The error of a request whose time is over before a daemon is reached.
    package var tooLate: LockError { isQueued ? .expired : .unanswered }

    private func step() throws(LockError) -> AskingProgress {
        switch stage {
        case .reaches:
            guard try reach() else { return try missDaemon() }
            stage = .asks
            return .reaches
        case .asks: return .waits(until: try ask())
        case .pauses(let moment, let roomIsHeld):
            guard moment.hasPassed else { return .waits(until: moment) }
            if let roomIsHeld, lockDeadline.hasPassed { throw .noRoom(isHeld: roomIsHeld) }
            stage = .reaches
            return .reaches
        case .hears(let moment): return try hear(answerBy: moment)
        }
    }

    var lockDeadline: Deadline { Deadline(deadlines.lock) }

    func answerDeadline(_ hasBeenHeard: Bool) -> Deadline {
        Deadline(deadlines.firstAnswer(hasBeenHeard: hasBeenHeard, at: .now))
    }

    // MARK: - On the way to a daemon

    /// One attempt to reach a daemon; false if a client that comes back has reached none.
    private func reach() throws(LockError) -> Bool {
        if connection != nil { return true }
        if asking.hasBeenHeard {
            connection = connector.reconnect(mayStart: mayStartNext) { whyNotStarted = $0 }
            noticeLossInTime()
            return connection != nil
        }
        do { connection = try connector.connect(until: answerDeadline(hasBeenSentAway)) } catch { throw .connecting(error) }
        return true
    }

    /// What follows when the connection is lost, or of no use any more.
    func loseDaemon() throws(LockError) -> AskingProgress {
        connection = nil
        observer?.disconnected()
        if isConnectionKept && departure != .noRoom {
            // It has ended since the lock before, and nothing of this request was heard.
            isConnectionKept = false
            speaksExtension = false
            stage = .reaches
            return .reaches
        }
        switch asking.lostConnection(departure, canComeBack: speaksExtension) {
        case .comeBack: return try missDaemon()
        case .askAnew: return try awaitNextDaemon()
        case .awaitRoom: return try awaitRoom(isHeld: closing == .crowded)
        case .end: throw .lost
        }
    }

    /// A client that was heard comes back, after a pause.
    private func missDaemon() throws(LockError) -> AskingProgress {
        switch asking.goesOn(
            without: departure, right: connector.startingRight, graceMilliseconds: terms.graceMilliseconds,
            limit: deadlines.lock, now: .now)
        {
        case .tryAgain: break
        case .shutDown: throw .shutDown
        case .expired: throw expired()
        case .staysAway(let milliseconds): throw .staysAway(milliseconds: milliseconds, whyNotStarted: whyNotStarted)
        }
        if backOff.attempts == 0 && departure != .restarting && !connector.startingRight.mayReplace(departure) {
            notice(.awaitsDaemon)
        }
        return pause(until: Deadline.earlier(Deadline(asking.givesUpAt), lockDeadline))
    }

    /// A daemon that ends by its lifespan may close the door on a client that has just come: then the next one is asked. A server that
    /// closes every connection would be asked thousands of times a second.
    private func awaitNextDaemon() throws(LockError) -> AskingProgress {
        let deadline = answerDeadline(hasBeenSentAway)
        if deadline.hasPassed { throw .turnedAway }
        return pause(until: deadline)
    }

    /// The daemon keeps its last descriptors for others. A client without a place in its queue asks again, and has no place among those who
    /// do, either.
    private func awaitRoom(isHeld: Bool) throws(LockError) -> AskingProgress {
        if terms.timeoutMilliseconds == 0 { throw .noRoom(isHeld: isHeld) }
        if !hasBeenSentAway { notice(.noRoom) }
        hasBeenSentAway = true
        // That it is not free has been said.
        if isHeld { isQueued = true }
        return pause(until: lockDeadline, roomIsHeld: isHeld)
    }

    private func pause(until limit: Deadline, roomIsHeld: Bool? = nil) -> AskingProgress {
        let end = Deadline.earlier(.after(milliseconds: backOff.next()), limit)
        stage = .pauses(until: end, roomIsHeld: roomIsHeld)
        return .waits(until: end)
    }
}
