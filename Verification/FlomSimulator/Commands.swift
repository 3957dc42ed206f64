import FlomChecker
import FlomModel
import FlomRandom

// Commands start, end, and are followed by an unlock, if somebody is left to say it.
extension World {
    func startCommand(of client: ModelClient) {
        client.state = .running
        if case .cannotStartCommand = client.fate, client.canResume { return letGo(client, .notStarted) }
        client.commandLives = true
        lastStartAt = now
        let command = ProcessIdentity(pid: client.process.pid + Place.firstCommand, startTime: UInt64(now / 10_000_000) + 1)
        client.command = command
        client.commandIsVisibleFrom = now + Int64(random.below(60_000_000))
        if client.canResume && client.isLocal { commands[client.held[0].request] = client }
        for part in client.held {
            record(.commandStarted(client.id, request: part.request, token: part.token.value, element: part.element))
        }

        var time = client.commandTime
        var signalled = false
        switch client.fate {
        case .diesBeforeTelling: plan(.isKilled(client, withCommand: false), after: 0)
        case .isKilledRunning(let withCommand): plan(.isKilled(client, withCommand: withCommand), after: time / 2)
        case .commandIsKilled:
            time /= 2
            signalled = true
        default: break
        }
        if case .diesBeforeTelling = client.fate {
        } else if client.canResume {
            send(.described, from: client)
            send(.started(command), from: client)
            if client.depth < 3, random.chance(percent: style.nested) {
                for _ in 0..<1 + random.below(2) { plan(.startsInner(client), after: time / 2) }
            }
        }
        plan(.commandEnds(client, signalled: signalled), after: time)
    }

    func commandEnds(_ client: ModelClient, signalled: Bool) {
        guard client.commandLives, signalled || client.inner.isEmpty else { return }
        endCommand(of: client)
        guard client.isAlive else { return }
        letGo(client, signalled && client.canResume ? .signalled(9) : client.completion)
    }

    func endCommand(of client: ModelClient) {
        guard client.commandLives, let first = client.held.first, let command = client.command else { return }
        client.commandLives = false
        if commands[first.request] === client { commands[first.request] = nil }
        for part in client.held { record(.commandEnded(client.id, request: part.request)) }
        if client.isLocal { planOnGrain(.processEndIsSeen(command), after: Int64(random.below(20)) * 100_000) }
        lookAfterLivenessPipes(of: client)
        if !client.isAlive { clients[client.id] = nil }
    }

    private func letGo(_ client: ModelClient, _ completion: Completion) {
        client.unlocksAs = completion
        if client.canResume { return letGoAsOurs(client) }
        guard client.connection?.clientEndIsOpen == true else { return exit(client) }
        record(.letGo(client.id))
        client.state = .lettingGo
        sayUnlock(client)
        if client.requests.isEmpty { exit(client) } else { askNext(client) }
    }
}

extension ModelClient {
    /// How many commands it runs under, and 1.
    var depth: Int { 1 + (outer?.depth ?? 0) }
}
