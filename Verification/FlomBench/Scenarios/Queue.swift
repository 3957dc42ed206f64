/// One holder and many waiters behind it, in the order of their coming.
struct Queue {
    let contender: Contender
    let waiters: Int

    /// - Parameter handOvers: number of releases; a client that has released joins the end again.
    func figures(handOvers: Int) -> [Figure] {
        contender.withDaemon { daemon in
            let before = daemon.residentBytes
            let clients = parked()
            defer { for client in clients { client.disconnect() } }
            let memory = Double(daemon.residentBytes - before) / Double(clients.count)
            var samples = Samples()
            for turn in 0..<handOvers {
                let start = Ticks.now()
                clients[turn % clients.count].unlock()
                clients[(turn + 1) % clients.count].awaitGrant()
                samples.add(Ticks.now() - start)
                // The first answer says that it waits again.
                clients[turn % clients.count].lock()
                _ = clients[turn % clients.count].hearsGrant()
            }
            var figures = samples.figures("", [50, 99])
            if waiters >= 1000 {
                figures.append(Figure(name: "memory a waiter", value: memory, unit: .bytes))
                figures.append(Figure(name: "threads", value: Double(daemon.threads), unit: .count))
            }
            return figures
        }
    }

    func passedThrough() -> [Figure] {
        contender.withDaemon { _ in
            let start = Ticks.now()
            let clients = parked()
            let takenIn = Ticks.now()
            for index in clients.indices.dropLast() {
                clients[index].unlock()
                clients[index + 1].awaitGrant()
            }
            let through = Ticks.now()
            for client in clients { client.disconnect() }
            return [
                Figure(name: "taken in", value: Double(takenIn - start) / 1e6, unit: .milliseconds),
                Figure(name: "through all", value: Double(through - takenIn) / 1e6, unit: .milliseconds),
            ]
        }
    }

    /// Makes the first client hold and all others wait; each has its answer.
    private func parked() -> [WireClient] {
        var clients: [WireClient] = []
        for _ in 0...waiters {
            let client = contender.client("queue")
            client.lock()
            // One after the other: the answer says that the place is taken.
            _ = client.hearsGrant()
            clients.append(client)
        }
        return clients
    }
}

/// The cost of many idle holders for another client.
struct Crowd {
    let contender: Contender
    let size: Int

    static func summary(_ size: Int) -> String { "\(size) connections hold a lock each, another one locks and unlocks" }

    func figures(seconds: Int) -> [Figure] {
        contender.withDaemon { daemon in
            let before = daemon.residentBytes
            let start = Ticks.now()
            let clients = (0..<size).map { number in
                let client = contender.client("crowd\(number)")
                client.lock()
                client.awaitGrant()
                return client
            }
            let each = Double(Ticks.now() - start) / 1000 / Double(size)
            let memory = Double(daemon.residentBytes - before) / Double(size)
            defer { for client in clients { client.disconnect() } }
            let others = PairLoad(contender: contender, connections: 1).run(seconds: seconds)
            return [Figure(name: "connect and lock, each", value: each, unit: .microseconds)] + others + [
                Figure(name: "memory each", value: memory, unit: .bytes),
                Figure(name: "threads", value: Double(daemon.threads), unit: .count),
            ]
        }
    }
}
