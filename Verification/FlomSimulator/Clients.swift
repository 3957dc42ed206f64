import FlomChecker
internal import FlomCore
import FlomEngine
import FlomModel
import FlomRandom

// Clients come and ask. What those of ours do about the answers is in `OwnClients`; here is what 1.7.2 and libflom do.
extension World {
    /// A user starts the next command, as long as there are requests left.
    func userComes(_ user: Int) {
        guard requestsLeft > 0 else { return }
        begin(makeClient(for: user, under: nil))
    }

    /// The command of a client starts another client.
    func startInner(of outer: ModelClient) {
        guard outer.commandLives, requestsLeft > 0 else { return }
        let client = makeClient(for: outer.user, under: outer)
        outer.inner.insert(client.id)
        begin(client)
    }

    private func begin(_ client: ModelClient) {
        clients[client.id] = client
        record(
            .clientBegan(
                client.id, isLocal: client.isLocal, canResume: client.canResume, killsOnLoss: client.killsOnLoss))
        if client.canResume, let limit = client.deadlines.lock {
            plan(.losesPatience(client), after: limit.nanoseconds - now)
        } else if let patience = client.patience {
            plan(.losesPatience(client), after: patience)
        }
        switch client.fate {
        case .isKilled(let delay): plan(.isKilled(client, withCommand: random.chance(percent: 30)), after: delay)
        case .losesConnection(let delay): plan(.connectionBreaks(client), after: delay)
        default: break
        }
        if client.canResume, placesRandom.chance(percent: 4) {
            let time = Int64(1 + placesRandom.below(9000)) * Style.millisecond
            plan(.isStopped(client, for: time), after: placesRandom.time(around: style.commandTime * 2))
        }
        connect(client)
    }

    private func makeClient(for user: Int, under outer: ModelClient?) -> ModelClient {
        let isLocal = outer?.isLocal ?? !random.chance(percent: style.remote)
        let canResume = outer != nil || !random.chance(percent: style.old)
        let isWilling = !random.chance(percent: style.unwilling)
        // Whoever may be in a deadlock and does not want to be told has to have a limit.
        let wantsNoRefusal = outer != nil && random.chance(percent: 30)
        let isImpatient = wantsNoRefusal || random.chance(percent: style.impatient)
        let patience = isWilling && isImpatient ? random.time(around: style.patience) : nil
        let count = canResume || !random.chance(percent: 30) ? 1 : 1 + random.below(3)
        let id = nextClient
        nextClient += 1
        let fate = drawFate(isLocal)
        let status = random.below(4)
        let client = ModelClient(
            id: id, user: user, isLocal: isLocal, canResume: canResume, fate: fate, bornAt: now, requests: [],
            mayWait: isWilling, patience: patience, commandTime: random.time(around: style.commandTime),
            completion: canResume ? .exited(status: status == 0 ? 1 : 0) : .unlocked(rollback: status == 0),
            linger: random.chance(percent: 80) ? 0 : random.time(around: style.commandTime * 2),
            killsOnLoss: canResume && random.chance(percent: 50), isRude: !canResume && random.chance(percent: 10))
        client.outer = outer
        client.place = outer?.place ?? (isLocal ? drawPlace() : .host)
        client.machine = outer?.machine ?? (isLocal ? nil : drawMachine())
        client.requests = (0..<count).map { _ in makeRequest(client, mayWait: isWilling) }
        return client
    }

    private func drawFate(_ isLocal: Bool) -> ModelClient.Fate {
        guard random.chance(percent: style.troubled) else { return .none }
        let life = style.commandTime * 2
        switch random.below(isLocal ? 6 : 10) {
        case 0: return .isKilled(after: random.time(around: life))
        case 1: return .isKilledRunning(withCommand: false)
        case 2: return .isKilledRunning(withCommand: true)
        case 3: return .diesBeforeTelling
        case 4: return .commandIsKilled
        case 5: return .cannotStartCommand
        default: return .losesConnection(after: random.time(around: life))
        }
    }

    private func makeRequest(_ client: ModelClient, mayWait: Bool) -> LockRequest {
        let first = makePart(random.pick(style.resources))
        var request = LockRequest(resource: first.resource, mode: first.mode)
        request.quantity = first.quantity
        if client.canResume, random.chance(percent: style.groups) { request.others = makeOthers(besides: first) }
        request.mayWait = mayWait
        request.mayCreate = !random.chance(percent: style.followers)
        request.idleLifespanMilliseconds = random.pick([0, 0, 0, 500, 3000])
        request.client.isLocal = client.isLocal
        request.client.canResume = client.canResume
        request.client.claimedPID = client.process.pid
        if let machine = client.machine {
            (request.client.machineID, request.client.bootID) = (machine.id, machine.bootID)
            request.client.address = "192.0.2.1"
        }
        if client.canResume {
            request.secretHash = Self.secret(of: client)
            request.isLeaseless = !client.isLocal && random.chance(percent: style.leaseless)
            // The others are of an earlier version.
            request.confirmsOffers = mayWait && !placesRandom.chance(percent: 10)
        }
        if let outer = client.outer {
            request.parent = outer.held.first.map { RequestID($0.request) }
            request.mayBeRefusedAsDeadlock = client.patience == nil
        }
        return request
    }

    /// Whether the client with this secret is gone, and its command.
    func isGone(_ secret: [UInt8]) -> Bool {
        clients[secret.enumerated().reduce(0) { $0 | Int64($1.element) << ($1.offset * 8) }] == nil
    }

    private static func secret(of client: ModelClient) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: client.id >> ($0 * 8)) }
    }

    private func makePart(_ name: ResourceName) -> LockPart {
        var part = LockPart(name, .exclusive)
        if name.kind.hasModes {
            part.mode = random.pick([.exclusive, .exclusive, .protectedRead, .protectedRead] + LockMode.allCases)
        }
        if case .numeric(let capacity) = name.kind {
            part.quantity = Int32(random.chance(percent: 2) ? Int(capacity) + 1 : 1 + random.below(Int(capacity)))
        }
        return part
    }

    /// Mostly such as can be had together.
    private func makeOthers(besides first: LockPart) -> [LockPart] {
        var parts = [first]
        for _ in 0..<1 + random.below(3) {
            let part = makePart(random.pick(style.resources))
            if parts.contains(where: { $0.resource == part.resource }), !random.chance(percent: 3) { continue }
            parts.append(part)
        }
        return Array(parts.dropFirst())
    }

    func connect(_ client: ModelClient) {
        guard client.isAlive, client.state == .beginning else { return }
        if now < client.cutOffUntil { return plan(.connects(client), after: client.cutOffUntil - now) }
        guard let daemon, daemon.isListening, !daemon.isDraining || client.outer != nil || random.chance(percent: 10) else {
            // Nobody listens. Most start a daemon, or wait until somebody else has; some may not.
            if random.chance(percent: 10) { return giveUp(client) }
            return outside.append(client)
        }
        open(client, to: daemon)
        if client.request == nil { askNext(client) } else { ask(client) }
    }

    func open(_ client: ModelClient, to daemon: DaemonShell) {
        let connection = Connection(nextConnection, client, incarnation: daemon.incarnation)
        nextConnection += 1
        client.connection = connection
        daemon.connections.append(connection)
    }

    func sayUnlock(_ client: ModelClient) {
        guard let name = client.boundName else { preconditionFailure("\(client) lets go of nothing") }
        send(.unlock(name, client.unlocksAs), from: client)
    }

    func askNext(_ client: ModelClient) {
        guard !client.requests.isEmpty else { return giveUp(client) }
        client.request = client.requests.removeFirst()
        counts.requests += 1
        requestsLeft = max(0, requestsLeft - 1)
        ask(client)
        guard client.isRude, !client.requests.isEmpty else { return }
        // If the first one waits, the second takes its place. It is the same again: to let go of one of two, the client would have
        // to know which of them it got.
        client.requests.removeFirst()
        counts.requests += 1
        requestsLeft = max(0, requestsLeft - 1)
        record(.letGo(client.id))
        ask(client)
    }

    /// For the first time, or once more.
    func ask(_ client: ModelClient) {
        guard let request = client.request else { preconditionFailure("\(client) asks for nothing") }
        client.state = .asking
        client.boundName = request.resource
        send(.lock(request, resumes: nil), from: client)
        if client.canResume { askAsOurs(client) }
    }

    func hear(_ word: DaemonWord, on connection: Connection) {
        let client = connection.client
        guard client.isAlive, connection.carriesAnswers, connection.clientEndIsOpen, client.connection === connection else {
            return
        }
        if client.canResume { return hearAsOurs(word, client) }
        if case .engine(let answer) = word { hear(answer, client) }
    }

    func hearLoss(of connection: Connection) {
        let client = connection.client
        guard client.connection === connection, connection.clientEndIsOpen else { return }
        connection.clientEndIsOpen = false
        guard client.isAlive else { return }
        if client.canResume { return loseDaemon(client, connection.carriesAnswers ? connection.departure : .unexplained) }
        switch client.state {
        case .beginning, .asking, .waiting: plan(.givesUp(client), after: client.linger)
        case .lettingGo: exit(client)
        case .running, .over: break
        }
    }

    private func hear(_ answer: Answer, _ client: ModelClient) {
        switch (client.state, answer.body) {
        case (.asking, .granted(let grant, let others)), (.waiting, .granted(let grant, let others)):
            client.note(answer.request!, grant, others)
            startCommand(of: client)
        case (.asking, .queued), (.asking, .awaitingCreation), (.waiting, .queued):
            // All of them could wait for each other.
            if answer.body == .awaitingCreation { plan(.losesPatience(client), after: style.patience * 5) }
            client.state = .waiting
        case (.asking, .refused), (.waiting, .refused):
            // One who has asked twice may have been refused the second time only.
            if client.isRude { plan(.givesUp(client), after: style.patience * 4) } else { giveUp(client) }
        case (.waiting, .revoked), (.asking, .revoked): giveUp(client)
        case (.lettingGo, .released), (.lettingGo, .notHeld): exit(client)
        default: break
        }
    }

    /// Its own deadline has passed.
    func losePatience(_ client: ModelClient) {
        guard client.isAlive, [.beginning, .asking, .waiting].contains(client.state) else { return }
        if client.canResume, let connection = client.connection, connection.clientEndIsOpen {
            record(.letGo(client.id))
            send(.expired, from: client)
        }
        giveUp(client)
    }

    /// It ends without a lock.
    func giveUp(_ client: ModelClient) {
        guard client.isAlive, [.beginning, .asking, .waiting].contains(client.state) else { return }
        exit(client)
    }

    func exit(_ client: ModelClient) {
        guard client.isAlive else { return }
        client.isAlive = false
        client.state = .over
        record(.clientGone(client.id))
        closeEnd(of: client)
        if client.isLocal { planOnGrain(.processEndIsSeen(client.process), after: Int64(random.below(20)) * 100_000) }
        lookAfterLivenessPipes(of: client)
        if !client.commandLives { clients[client.id] = nil }
        if let outer = client.outer {
            outer.inner.remove(client.id)
            if outer.inner.isEmpty { plan(.commandEnds(outer, signalled: false), after: outer.commandTime / 2) }
        } else {
            plan(.userComes(client.user), after: random.time(around: style.thinkTime))
        }
    }

    /// Like anything else that ends without a word.
    func kill(_ client: ModelClient, withCommand: Bool) {
        guard client.isAlive || client.commandLives else { return }
        if withCommand, client.commandLives { endCommand(of: client) }
        exit(client)
    }
}

extension ModelClient {
    func note(_ request: RequestID, _ grant: Grant, _ others: [Grant]) {
        held = ([grant] + others).enumerated().map { index, grant in
            HeldPart(request: request.part(index).number, token: grant.token, element: grant.element)
        }
    }
}
