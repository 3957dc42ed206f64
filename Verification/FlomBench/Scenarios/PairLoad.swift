internal import Glibc

/// Locks and unlocks over and over on some connections, each with a resource of its own.
struct PairLoad {
    let contender: Contender
    let connections: Int

    func figures(seconds: Int) -> [Figure] {
        contender.withDaemon { _ in run(seconds: seconds) }
    }

    /// Measures with a daemon that already runs.
    func run(seconds: Int) -> [Figure] {
        let clients = (0..<connections).map { contender.client("pair\($0)") }
        defer { for client in clients { client.disconnect() } }
        var asked = clients.map { _ in Ticks.now() }
        for client in clients { client.lock() }
        var samples = Samples()
        let start = Ticks.now()
        let end = start + Int64(seconds) * 1_000_000_000
        var now = start
        Readiness.serve(
            clients, until: { now >= end },
            reading: { index in
                guard clients[index].hearsGrant() else { return }
                now = Ticks.now()
                samples.add(now - asked[index])
                asked[index] = now
                clients[index].unlockAndLock()
            })
        let rate = Double(samples.values.count) / (Double(now - start) / 1e9)
        return [Figure(name: "pairs", value: rate, unit: .perSecond)] + samples.figures("", [50, 99, 99.9, 100])
    }
}

/// All on one resource: each hand-over wakes the next in the queue.
struct Contest {
    let contender: Contender
    let connections: Int

    func figures(seconds: Int) -> [Figure] {
        contender.withDaemon { _ in
            let clients = (0..<connections).map { _ in contender.client("one") }
            defer { for client in clients { client.disconnect() } }
            for client in clients { client.lock() }
            var handOvers = 0
            let start = Ticks.now()
            let end = start + Int64(seconds) * 1_000_000_000
            Readiness.serve(
                clients, until: { Ticks.now() >= end },
                reading: { index in
                    guard clients[index].hearsGrant() else { return }
                    handOvers += 1
                    clients[index].unlockAndLock()
                })
            return [
                Figure(
                    name: "hand-overs", value: Double(handOvers) / (Double(Ticks.now() - start) / 1e9), unit: .perSecond)
            ]
        }
    }
}

/// Waits for connections that can be read.
enum Readiness {
    static func serve(_ clients: [WireClient], until isOver: () -> Bool, reading body: (Int) -> Void) {
        var waiting = clients.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while !isOver() {
            guard poll(&waiting, nfds_t(waiting.count), 5000) > 0 else { Bench.fail("the daemon does not answer") }
            for index in waiting.indices where waiting[index].revents != 0 {
                body(index)
                // It may have connected anew.
                waiting[index].fd = clients[index].descriptor
            }
        }
    }
}
