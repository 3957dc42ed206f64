internal import FlomEngine
import FlomModel

/// The processes behind a request, as far as the daemon knows them.
struct HolderProcesses {
    var client: ProcessIdentity?
    var command: ProcessIdentity?
    var isLocal = false
    var isLeaseless = false
    var isDescribed = false
    var secretHash: [UInt8] = []

    init() {}

    init(_ request: LockRequest) {
        client = request.client.process
        isLocal = request.client.isLocal
        isLeaseless = request.isLeaseless
        secretHash = request.secretHash
    }
}

/// Finds out what is left of requests whose session is gone, by the rules of the real daemon's `HolderInquiry`: client and
/// command must be gone; one who never told of a command is looked for twice; of another host only time tells.
final class ShellInquiry {
    private struct Case {
        var client: ProcessIdentity?
        var command: ProcessIdentity?
        var clientIsGone = false
        var commandIsGone = false
        /// Tells it from earlier ones about the same request.
        let number: Int
        var searchesLeft = 2
    }

    private static let searchDelay: Int64 = 100 * Style.millisecond

    private unowned let shell: DaemonShell
    private var cases: [RequestID: Case] = [:]
    private var lastCase = 0
    private var watched: [ProcessIdentity: Set<RequestID>] = [:]

    init(_ shell: DaemonShell) { self.shell = shell }

    var isBusy: Bool { !cases.isEmpty }

    func open(_ request: RequestID, _ known: HolderProcesses, hasRestarted: Bool) {
        close(request)
        lastCase += 1
        cases[request] = Case(client: known.client, command: known.command, number: lastCase)
        guard known.isLocal else {
            if known.isLeaseless && shell.engine.isHeld(request) { return }
            let limit = (hasRestarted ? World.reclaimGrace : World.lostHolderDelay) / Style.millisecond
            let proof: Proof = hasRestarted ? .notResumed(milliseconds: limit) : .connectionLost(milliseconds: limit)
            let world = shell.world
            return world.planOnGrain(
                .staysAway(incarnation: shell.incarnation, request, lastCase, proof), after: limit * Style.millisecond)
        }
        if let client = known.client { watch(client, for: request) }
        if let command = known.command { watch(command, for: request) }
        conclude(request)
    }

    func stayedAway(_ request: RequestID, _ number: Int, _ proof: Proof) {
        guard cases[request]?.number == number else { return }
        // It was granted meanwhile, and now only a person may end it.
        if shell.processes[request]?.isLeaseless == true && shell.engine.isHeld(request) { return }
        close(request)
        shell.take(.gone(request, proof))
    }

    func close(_ request: RequestID) {
        guard let closed = cases.removeValue(forKey: request) else { return }
        for process in [closed.client, closed.command] {
            guard let process else { continue }
            watched[process]?.remove(request)
            if watched[process]?.isEmpty == true { watched[process] = nil }
        }
    }

    func ended(_ process: ProcessIdentity) {
        for request in (watched.removeValue(forKey: process) ?? []).sorted() {
            markGone(process, of: request)
            conclude(request)
        }
    }

    private func watch(_ process: ProcessIdentity, for request: RequestID) {
        if shell.world.lives(process) {
            watched[process, default: []].insert(request)
        } else {
            markGone(process, of: request)
        }
    }

    private func markGone(_ process: ProcessIdentity, of request: RequestID) {
        if cases[request]?.client == process { cases[request]?.clientIsGone = true }
        if cases[request]?.command == process { cases[request]?.commandIsGone = true }
    }

    private func conclude(_ request: RequestID) {
        guard let found = cases[request], let client = found.client, found.clientIsGone else { return }
        guard shell.engine.isHeld(request) else {
            close(request)
            return shell.take(.gone(request, .processesEnded([client])))
        }
        guard let command = found.command else { return search(request) }
        if found.commandIsGone {
            close(request)
            shell.take(.gone(request, .processesEnded([client, command])))
        } else {
            shell.take(.clientGone(request))
        }
    }

    func searchAgain(_ request: RequestID, _ number: Int) {
        if cases[request]?.number == number { search(request) }
    }

    private func search(_ request: RequestID) {
        if let command = shell.world.command(carrying: request) {
            cases[request]?.command = command
            shell.take(.commandFound(request, command))
            watch(command, for: request)
            return conclude(request)
        }
        guard let found = cases[request], let client = found.client else { return }
        if found.searchesLeft > 1 {
            cases[request]?.searchesLeft = found.searchesLeft - 1
            shell.world.plan(.searches(incarnation: shell.incarnation, request, found.number), after: Self.searchDelay)
        } else {
            close(request)
            shell.take(.gone(request, .processesEnded([client])))
        }
    }
}

extension World {
    func lives(_ process: ProcessIdentity) -> Bool {
        let isCommand = process.pid >= 1_000_000_000
        guard let client = clients[Int64(isCommand ? process.pid - 1_000_000_000 : process.pid)] else { return false }
        return isCommand ? client.commandLives && client.command == process : client.isAlive && client.process == process
    }

    /// The command that has a request's number in its environment.
    func command(carrying request: RequestID) -> ProcessIdentity? {
        guard let client = commands[request.number], client.commandLives, now >= client.commandIsVisibleFrom else { return nil }
        return client.command
    }
}
