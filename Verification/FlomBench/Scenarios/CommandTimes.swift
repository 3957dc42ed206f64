internal import Glibc

/// Times whole commands, one of each in turn, so that a disturbance of the machine affects all.
struct CommandTimes {
    struct Entry {
        let name: String
        let words: [String]
    }

    let entries: [Entry]

    /// The commands of flom, of a peer, of `flock`, and of `etcdctl lock` where etcd is installed.
    init(_ contenders: [Contender], directory: String, etcd: Etcd?) {
        var entries = contenders.map { Entry(name: $0.role.rawValue, words: $0.command(["-r", "x", "--", "true"])) }
        entries.append(Entry(name: "flock", words: ["flock", directory + "/file", "true"]))
        if let etcd { entries.append(Entry(name: "etcdctl lock", words: etcd.lockCommand)) }
        self.entries = entries
    }

    func measurements(rounds: Int) -> [Measurement] {
        var samples = entries.map { _ in Samples() }
        // The first rounds fill caches.
        let idle = 5
        for round in 0..<rounds + idle {
            for (index, entry) in entries.enumerated() {
                let start = Ticks.now()
                guard Child.run(entry.words) == 0 else { Bench.fail("\(entry.words.joined(separator: " ")) failed") }
                if round >= idle { samples[index].add(Ticks.now() - start) }
            }
        }
        return entries.indices.map {
            Measurement(
                scenario: "command", contender: entries[$0].name, figures: samples[$0].figures("", [50, 99], in: .milliseconds))
        }
    }
}

/// An etcd of one member, on this host only.
struct Etcd {
    private let server: pid_t
    private let endpoint: String

    /// Nil if it is not installed, or does not come up.
    init?(directory: String) {
        guard Child.run(["sh", "-c", "command -v etcd && command -v etcdctl"]) == 0 else { return nil }
        let port = 20_000 + Int(getpid()) % 20_000
        endpoint = "http://127.0.0.1:\(port)"
        let peer = "http://127.0.0.1:\(port + 1)"
        server = Child.start([
            "etcd", "--data-dir", directory + "/etcd", "--listen-client-urls", endpoint, "--advertise-client-urls", endpoint,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default=\(peer)",
        ])
        setenv("ETCDCTL_API", "3", 1)
        for _ in 0..<100 {
            if Child.run(["etcdctl", "--endpoints", endpoint, "endpoint", "health"]) == 0 { return }
            usleep(100_000)
        }
        stop()
        return nil
    }

    var lockCommand: [String] { ["etcdctl", "--endpoints", endpoint, "lock", "x", "true"] }

    func stop() {
        kill(server, SIGKILL)
        Child.wait(for: server)
    }
}
