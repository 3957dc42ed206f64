import FlomChecker
internal import FlomCore
internal import FlomEngine
import FlomModel
import FlomRandom

// Clients of ours. What they do about what they hear, and about a daemon that they have lost, the product's own values decide:
// `Asking`, `Holding`, `Unlocking`, `BackOff`, `StartingRight`, `RequestDeadlines`.
extension World {
    /// The clock of the clients, which no boot begins anew.
    private var instant: Instant { Instant(nanoseconds: now) }

    private func plan(_ event: SimulatedEvent, at moment: Instant) { plan(event, after: moment.nanoseconds - now) }

    private func isTimed(_ client: ModelClient) -> Bool { !client.isLocal }

    private func nextPause(of client: ModelClient) -> Int64 {
        client.backOff.next(at: instant, random: UInt8(random.below(256))) * Style.millisecond
    }

    /// In some worlds clients on the daemon's host start the next one.
    private func startingRight(of client: ModelClient) -> StartingRight {
        StartingRight(mayStart: clientsStartDaemons && client.isLocal, isFoundByGroup: false)
    }

    // MARK: - Until the grant

    func askAsOurs(_ client: ModelClient) {
        client.asking.asks()
        let limit = client.deadlines.firstAnswer(hasBeenHeard: client.asking.hasBeenHeard, at: instant)
        if let connection = client.connection { plan(.missesAnswer(client, connection), at: limit) }
    }

    func hearAsOurs(_ word: DaemonWord, _ client: ModelClient) {
        switch (client.state, word) {
        case (.asking, .engine(let answer)):
            guard let said = Asking.Word(answer.body) else { return }
            follow(client.asking.hear(said, isTimed: isTimed(client), at: instant), answer, client)
        case (.asking, .confirmed(let stands)):
            follow(client.asking.hear(stands ? .stands : .standsNoMore, isTimed: isTimed(client), at: instant), nil, client)
        case (.running, .engine(let answer)), (.lettingGo, .engine(let answer)): hearAsHolder(answer, client)
        case (.running, .lost), (.lettingGo, .lost): hearThatItIsLost(client)
        default: break
        }
    }

    private func follow(_ step: Asking.Step, _ answer: Answer?, _ client: ModelClient) {
        client.backOff.succeeded(at: instant)
        if let answer { note(answer, client) }
        switch step {
        case .wait:
            // All of them could wait for each other.
            if answer?.body == .awaitingCreation { plan(.losesPatience(client), after: style.patience * 5) }
            if !client.hasDescribed { send(.described, from: client) }
            client.hasDescribed = true
        case .confirm: send(.confirm, from: client)
        case .hold:
            client.holding = Holding(isLeaseless: client.request?.isLeaseless == true)
            client.holding.keptMilliseconds = isTimed(client) ? Self.lostHolderDelay / Style.millisecond : nil
            startCommand(of: client)
        case .leave: leave(client)
        case .end: giveUp(client)
        case .reject: failure = Misplaced(description: "\(client) cannot make anything of \(answer.map { "\($0)" } ?? "a word")")
        }
    }

    /// A daemon has said what has no place there.
    private struct Misplaced: Error, CustomStringConvertible {
        let description: String
    }

    private func note(_ answer: Answer, _ client: ModelClient) {
        switch (answer.request, answer.body) {
        case (let request?, .granted(let grant, let others)): client.note(request, grant, others)
        // Nobody knows its token yet. A client that runs its command on it is found by that.
        case (let request?, .offered):
            let none = Grant(FencingToken(epoch: 0, counter: 0))
            client.note(request, none, client.request?.others.map { _ in none } ?? [])
        default: break
        }
    }

    // MARK: - The daemon is lost

    func loseDaemon(_ client: ModelClient, _ departure: DaemonDeparture) {
        (client.connection, client.departure, client.departedAt) = (nil, departure, instant)
        client.isResuming = false
        switch client.state {
        case .asking:
            switch client.asking.lostConnection(departure, canComeBack: true) {
            case .askAnew, .awaitRoom:
                client.state = .beginning
                plan(.connects(client), after: nextPause(of: client))
            case .comeBack: waitOn(client)
            case .end: giveUp(client)
            }
        case .running:
            if client.holding.lostSince != nil { return failToComeBack(client) }
            client.holding.lostConnection(at: instant, pauseMilliseconds: nextPause(of: client) / Style.millisecond)
            planTending(of: client)
        case .lettingGo: unlockLater(client)
        case .beginning, .waiting, .over: break
        }
    }

    /// The client itself closes a connection that is of no use any more.
    private func leave(_ client: ModelClient) {
        closeEnd(of: client)
        loseDaemon(client, .unexplained)
    }

    /// A waiter without its daemon.
    private func waitOn(_ client: ModelClient) {
        let verdict = client.asking.goesOn(
            without: client.departure, right: startingRight(of: client),
            graceMilliseconds: Self.reclaimGrace / Style.millisecond, limit: client.deadlines.lock, now: instant)
        switch verdict {
        case .tryAgain: comeBackLater(client)
        case .expired: giveUp(client)
        case .shutDown, .staysAway:
            record(.gaveUp(client.id))
            giveUp(client)
        }
    }

    private func comeBackLater(_ client: ModelClient) {
        client.attempt += 1
        plan(.comesBack(client, attempt: client.attempt), after: nextPause(of: client))
    }

    /// A waiter, or a client that has let go, tries again.
    func comeBack(_ client: ModelClient, _ attempt: Int) {
        guard client.isAlive, client.attempt == attempt, client.connection == nil else { return }
        guard let daemon = reachable(from: client) else {
            return client.state == .asking ? waitOn(client) : unlockLater(client)
        }
        open(client, to: daemon)
        if client.state == .asking { ask(client) } else { claim(client) }
    }

    private func reachable(from client: ModelClient) -> DaemonShell? {
        if daemon == nil, startingRight(of: client).mayReplace(client.departure, since: client.departedAt, now: instant) {
            startDaemonSoon()
        }
        guard let daemon, daemon.isListening, now >= client.cutOffUntil else { return nil }
        return daemon
    }

    // MARK: - While the command runs

    private func planTending(of client: ModelClient) {
        if let next = client.holding.nextDeadline { plan(.tends(client), at: next) }
    }

    func tend(_ client: ModelClient) {
        guard client.isAlive, client.state == .running else { return }
        if client.connection == nil, client.holding.due(at: instant).contains(.comeBack) {
            if let daemon = reachable(from: client) {
                open(client, to: daemon)
                claim(client)
            } else {
                client.holding.failedToComeBack(at: instant, pauseMilliseconds: nextPause(of: client) / Style.millisecond)
            }
        }
        if client.holding.due(at: instant).contains(.takeForLost) { lose(client) }
        if client.state == .running, client.connection == nil { planTending(of: client) }
    }

    private func failToComeBack(_ client: ModelClient) {
        client.holding.failedToComeBack(at: instant, pauseMilliseconds: nextPause(of: client) / Style.millisecond)
        tend(client)
    }

    /// Says whose lock this is.
    private func claim(_ client: ModelClient) {
        guard let request = client.request, let connection = client.connection else { return }
        client.isResuming = true
        send(.lock(request, resumes: RequestID(client.held[0].request)), from: client)
        plan(.missesAnswer(client, connection), at: client.holding.answerLimit(at: instant))
    }

    /// A daemon that was reached has not answered in time.
    func missAnswer(_ client: ModelClient, on connection: Connection) {
        guard client.isAlive, client.connection === connection else { return }
        switch client.state {
        case .asking where client.asking.awaitsFirstAnswer: losePatience(client)
        case .running where client.isResuming:
            dropClaim(client)
            failToComeBack(client)
        case .lettingGo where client.isResuming:
            dropClaim(client)
            unlockLater(client)
        case .lettingGo where client.unlocking.map { instant >= $0.patience } == true: leave(client)
        default: break
        }
    }

    private func dropClaim(_ client: ModelClient) {
        closeEnd(of: client)
        (client.connection, client.isResuming) = (nil, false)
    }

    private func hearAsHolder(_ answer: Answer, _ client: ModelClient) {
        switch (client.state, answer.body) {
        case (.running, .granted) where client.isResuming:
            client.isResuming = false
            _ = client.holding.cameBack()
            client.backOff.succeeded(at: instant)
            send(.described, from: client)
            if let command = client.command { send(.started(command), from: client) }
        case (.lettingGo, .granted) where client.isResuming:
            client.isResuming = false
            sayUnlock(client)
        case (.running, .revoked):
            client.holding.revoked()
            lose(client)
        case (.lettingGo, .released), (.lettingGo, .notHeld): exit(client)
        default: break
        }
    }

    private func hearThatItIsLost(_ client: ModelClient) {
        guard client.isResuming else { return }
        dropClaim(client)
        guard client.state == .running else { return exit(client) }
        client.holding.heardOfLoss()
        lose(client)
    }

    /// The daemon may give the lock to somebody else from now on, or has.
    private func lose(_ client: ModelClient) {
        if client.holding.takeForLost(), client.killsOnLoss { commandEnds(client, signalled: true) }
    }

    // MARK: - Letting go

    func letGoAsOurs(_ client: ModelClient) {
        let isConnected = client.connection?.clientEndIsOpen == true
        guard client.holding.isGivenBack(isConnected: isConnected) else { return exit(client) }
        record(.letGo(client.id))
        client.state = .lettingGo
        client.backOff = BackOff()
        let unlocking = Unlocking(mayChangeConnection: !client.isLocal, from: instant)
        client.unlocking = unlocking
        plan(.exits(client), at: unlocking.end)
        guard isConnected, let connection = client.connection else { return unlockLater(client) }
        plan(.missesAnswer(client, connection), at: unlocking.patience)
        if !client.isResuming { sayUnlock(client) }
    }

    private func unlockLater(_ client: ModelClient) {
        client.unlocking?.useNextConnection()
        guard client.unlocking?.goesOn(after: client.departure, canResume: true, now: instant) == true else {
            return exit(client)
        }
        comeBackLater(client)
    }
}

extension Asking.Word {
    /// Nil for what is about no request that is asked for.
    fileprivate init?(_ body: Answer.Body) {
        switch body {
        case .granted: self = .granted
        case .queued, .awaitingCreation: self = .queued
        case .offered: self = .offered
        case .refused: self = .refused
        case .revoked: self = .revoked
        case .released, .notHeld: return nil
        }
    }
}
