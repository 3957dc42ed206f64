/// What a daemon has counted since it started, for monitoring.
package struct DaemonCounters: Hashable, Sendable {
    package var limits: [LimitReport] = []
    /// The TLS handshakes; nil if the daemon serves plain text.
    package var tls: TLSCounter?
    /// The number of network connections that ended before a byte was sent on them; nil from a daemon that does not count them.
    package var silent: Int?
    /// Addresses on which the daemon listens and that its host no longer has.
    package var deadAddresses: [String] = []
    /// Why the daemon grants no locks, in a sentence; nil while it does.
    package var trouble: String?
    /// The number of machine ids shown by two machines that ran at the same time; nil from a daemon that does not look for them.
    package var clonedMachines: Int?

    package init() {}
}

/// The results of the TLS handshakes.
package struct TLSCounter: Hashable, Sendable {
    package var completed: Int
    /// Handshakes of peers that did not prove their identity, took too long, or were evicted to make room for others.
    package var refused: Int

    package init(completed: Int, refused: Int) {
        self.completed = completed
        self.refused = refused
    }
}

/// The text that the wire carries, without the trouble: `connections:3:20000:0 connections_per_peer::1000:0 tls:12:1 silent:7 cloned_machines:0`.
extension DaemonCounters {
    package var text: String {
        let words = limits.map { "\($0.name):\($0.now.map { "\($0)" } ?? ""):\($0.most):\($0.refused)" }
        var others = [
            tls.map { "tls:\($0.completed):\($0.refused)" }, silent.map { "silent:\($0)" },
            clonedMachines.map { "cloned_machines:\($0)" },
        ].compactMap { $0 }
        others += deadAddresses.map { "dead=\($0)" }
        return (words + others).joined(separator: " ")
    }

    /// Reads the text of the wire. Unknown words are skipped.
    package init(text: String) {
        for word in text.split(separator: " ") {
            if word.hasPrefix("dead=") {
                deadAddresses.append(String(word.dropFirst(5)))
                continue
            }
            let parts = word.split(separator: ":", omittingEmptySubsequences: false)
            if let report = LimitReport(parts) {
                limits.append(report)
            } else if parts.count == 3, parts[0] == "tls", let completed = Int(parts[1]), let refused = Int(parts[2]) {
                tls = TLSCounter(completed: completed, refused: refused)
            } else if parts.count == 2, parts[0] == "silent", let count = Int(parts[1]) {
                silent = count
            } else if parts.count == 2, parts[0] == "cloned_machines" {
                clonedMachines = Int(parts[1])
            }
        }
    }
}

/// One of a daemon's limits and its present use.
package struct LimitReport: Hashable, Sendable {
    /// The public name: lower-case letters and `_`.
    package let name: String
    /// The present use; nil for a limit that is counted for each peer or resource separately.
    package let now: Int?
    package let most: Int
    /// How often a request or connection was refused because of it.
    package let refused: Int

    package init(_ name: String, now: Int?, most: Int, refused: Int) {
        self.name = name
        self.now = now
        self.most = most
        self.refused = refused
    }

    fileprivate init?(_ parts: [Substring]) {
        guard parts.count == 4, !parts[0].isEmpty, let most = Int(parts[2]), let refused = Int(parts[3]),
            parts[0].utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x5F })
        else { return nil }
        self.init(String(parts[0]), now: Int(parts[1]), most: most, refused: refused)
    }
}
