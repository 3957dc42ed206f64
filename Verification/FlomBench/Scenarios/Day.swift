internal import Glibc

/// 750 requests a minute for 24 hours: 1.08 million through the real daemon and its socket, without the pauses between them.
struct Day {
    let contender: Contender

    private static let requests = 1_080_000
    private static let connections = 64
    /// The parts of the day after which memory is measured.
    private static let looks = 12

    func figures() -> [Figure] {
        contender.withDaemon { daemon in
            let clients = (0..<Self.connections).map { contender.client("day\($0)") }
            defer { for client in clients { client.disconnect() } }
            for client in clients { client.lock() }
            var done = 0
            var resident: [Int] = []
            let start = Ticks.now()
            Readiness.serve(
                clients, until: { done >= Self.requests },
                reading: { index in
                    guard clients[index].hearsGrant() else { return }
                    done += 1
                    if done % (Self.requests / Self.looks) == 0 { resident.append(daemon.residentBytes) }
                    clients[index].unlockAndLock()
                })
            let seconds = Double(Ticks.now() - start) / 1e9
            let early = resident[1...3].max() ?? 0
            let late = resident.suffix(3).max() ?? 0
            return [
                Figure(name: "requests", value: Double(done) / seconds, unit: .perSecond),
                Figure(name: "memory in the first quarter", value: Double(early) / 1_048_576, unit: .megabytes),
                Figure(name: "memory in the last quarter", value: Double(late) / 1_048_576, unit: .megabytes),
                Figure(name: "journal, a request", value: Double(journalBytes) / Double(done), unit: .bytes),
            ]
        }
    }

    private var journalBytes: Int {
        [contender.journalPath, contender.journalPath + "-wal"].reduce(0) { sum, path in
            var status = stat()
            return stat(path, &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }
}
