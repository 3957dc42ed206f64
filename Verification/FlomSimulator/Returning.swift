import FlomChecker
import FlomModel
import FlomRandom

// How clients that can resume come back to a daemon that they have lost: a waiter to its place, a holder to its lock, and who has
// let go until it is heard.
extension World {
    private static let longestPause = Style.second
    private static let waitersPatience = reclaimGrace
    private static let answerLimit = 5 * Style.second
    private static let margin = Style.second / 2

    func hearLoss(of connection: Connection) {
        let client = connection.client
        guard client.connection === connection, connection.clientEndIsOpen else { return }
        connection.clientEndIsOpen = false
        guard client.isAlive else { return }
        guard client.canResume else {
            switch client.state {
            case .beginning, .asking, .waiting, .confirming: plan(.givesUp(client), after: client.linger)
            case .lettingGo: exit(client)
            case .running, .over: break
            }
            return
        }
        client.connection = nil
        client.absence.closing = connection.carriesAnswers ? connection.closing : nil
        hasLost(client)
    }

    /// The client itself closes a connection that is of no use any more.
    func leave(_ connection: Connection) {
        let client = connection.client
        closeEnd(of: client)
        client.connection = nil
        hasLost(client)
    }

    private func hasLost(_ client: ModelClient) {
        client.absence.isResuming = false
        switch client.state {
        case .asking where !client.absence.hasBeenHeard:
            // Like one that has never come, but with the same words.
            client.state = .beginning
            return plan(.connects(client), after: latency(client))
        case .asking, .waiting, .confirming:
            if client.absence.closing == .shutdown { return giveUp(client) }
            client.absence.hasBeenHeard = true
            client.absence.givesUpAt = client.absence.givesUpAt ?? now + Self.waitersPatience
        case .running:
            if client.absence.isRevoked { return }
            let deadline = Self.lostHolderDelay / 2 - Self.margin
            if client.absence.isTimed, client.request?.isLeaseless == false, client.absence.givesUpAt == nil {
                client.absence.givesUpAt = now + deadline
                plan(.takesLockForLost(client, limit: now + deadline), after: deadline)
            }
        case .lettingGo:
            if client.absence.closing == .shutdown { return exit(client) }
        case .beginning, .over: return
        }
        comeBackLater(client)
    }

    private func comeBackLater(_ client: ModelClient) {
        let pause = client.absence.pause
        client.absence.pause = min(pause * 2, Self.longestPause)
        client.absence.attempt += 1
        plan(.comesBack(client, attempt: client.absence.attempt), after: pause - Int64(random.below(Int(pause / 2))))
    }

    func comeBack(_ client: ModelClient, _ attempt: Int) {
        guard client.isAlive, client.absence.attempt == attempt, client.connection == nil else { return }
        let isWaiter = client.state != .running && client.state != .lettingGo
        if isWaiter, let limit = client.absence.givesUpAt, now >= limit { return giveUp(client) }
        guard let daemon, daemon.isListening, now >= client.absence.cutOffUntil else { return comeBackLater(client) }
        open(client, to: daemon)
        if isWaiter { return ask(client) }
        client.absence.isResuming = true
        send(.lock(client.request!, resumes: RequestID(client.held[0].request)), from: client)
        plan(.missesAnswer(client, client.connection!), after: Self.answerLimit)
    }

    /// A daemon that was reached has not answered in time.
    func missAnswer(_ client: ModelClient, on connection: Connection) {
        guard client.isAlive, client.connection === connection, client.absence.isResuming else { return }
        leave(connection)
    }

    // MARK: - What comes of it

    /// A holder has its lock still.
    func isBack(_ client: ModelClient) {
        client.absence.end()
        send(.described, from: client)
        if let command = client.command { send(.started(command), from: client) }
    }

    func hearThatItIsLost(_ client: ModelClient) {
        guard client.absence.isResuming else { return }
        client.absence.isResuming = false
        closeEnd(of: client)
        client.connection = nil
        if client.state == .lettingGo { exit(client) } else if client.state == .running { lose(client) }
    }

    /// The daemon may give the lock to somebody else from now on.
    func takeLockForLost(_ client: ModelClient, _ limit: Int64) {
        if client.isAlive, client.state == .running, client.absence.givesUpAt == limit { lose(client) }
    }

    /// Once.
    func lose(_ client: ModelClient) {
        guard !client.absence.isFinal else { return }
        client.absence.isFinal = true
        if client.killsOnLoss { commandEnds(client, signalled: true) }
    }

    // MARK: - Letting go

    func unlockAgain(_ client: ModelClient) {
        client.absence.isResuming = false
        sayUnlock(client)
    }

    func sayUnlock(_ client: ModelClient) {
        guard let name = client.boundName else { preconditionFailure("\(client) lets go of nothing") }
        send(.unlock(name, client.unlocksAs), from: client)
    }

    func retryUnlock(_ client: ModelClient) {
        client.absence.pause = 10 * Style.millisecond
        comeBackLater(client)
    }

    // MARK: - The daemon's side

    /// The daemon hears the end of a connection.
    func hangUp(_ connection: Connection) {
        let client = connection.client
        // One that was cut is lost since then; one that its client has left, from now on.
        if client.isAlive, !connection.isCut, client.connection == nil { record(.connectionLost(client.id)) }
        if connection.daemonEndIsOpen { daemon?.hearEnd(of: connection) }
    }
}
