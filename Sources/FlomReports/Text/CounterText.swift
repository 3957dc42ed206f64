package import FlomModel

/// The counters of a daemon, for people and for programs.
package enum CounterText {
    /// One line of JSON. `docs/limits.md` lists the names.
    package static func json(_ counters: DaemonCounters) -> String {
        let fields = counters.limits.map { report in
            let now = report.now.map { "\"now\":\($0)," } ?? ""
            return "\"\(report.name)\":{\(now)\"most\":\(report.most),\"refused\":\(report.refused)}"
        }
        let tls = counters.tls.map { ",\"tls\":{\"completed\":\($0.completed),\"refused\":\($0.refused)}" } ?? ""
        let dead = counters.deadAddresses.map { "\"\($0)\"" }.joined(separator: ",")
        let places = dead.isEmpty ? "" : ",\"dead_addresses\":[\(dead)]"
        let silent = counters.silent.map { ",\"silent_connections\":\($0)" } ?? ""
        let clones = counters.clonedMachines.map { ",\"cloned_machines\":\($0)" } ?? ""
        return "{\"limits\":{\(fields.joined(separator: ","))}\(tls)\(silent)\(places)\(clones)}"
    }

    /// Lines about refused connections and requests and other faults; empty if there are none.
    package static func lines(_ counters: DaemonCounters) -> [String] {
        var lines: [String] = []
        let met = counters.limits.filter { $0.refused > 0 }.map { "\(words($0.name)) (\($0.most)): \($0.refused) times" }
        if !met.isEmpty {
            lines.append("limits that refused clients since the daemon began: " + met.joined(separator: "; "))
        }
        if let tls = counters.tls, tls.refused > 0 {
            lines.append(
                "TLS connections refused since the daemon began: \(tls.refused) (\(tls.completed) accepted); its log says why")
        }
        for address in counters.deadAddresses {
            lines.append("the daemon listens on \(address), which its host no longer has: no client can connect there")
        }
        if let silent = counters.silent, silent > 0 {
            lines.append(
                "connections that said nothing since the daemon began: \(silent) (health checks of a load balancer, port scans)")
        }
        if let clones = counters.clonedMachines, clones > 0 {
            lines.append(
                "machine ids that two machines have at the same time: \(clones); they were copied with a disk, and the daemon's log names "
                    + "them")
        }
        return lines
    }

    private static func words(_ name: String) -> String { name.replacing("_", with: " ") }
}

extension PrometheusText {
    package mutating func add(_ counters: DaemonCounters) {
        func samples(_ value: (LimitReport) -> Int?) -> [(labels: String, value: String)] {
            counters.limits.compactMap { report in value(report).map { ("{limit=\"\(report.name)\"}", "\($0)") } }
        }
        metric("flom_limit", "gauge", "The most that the daemon lets its peers take.", samples { $0.most })
        metric("flom_limit_used", "gauge", "How much of the limit is taken now.", samples { $0.now })
        metric(
            "flom_limit_refused_total", "counter", "How often a limit refused a client since the daemon began.",
            samples { $0.refused })
        if let silent = counters.silent {
            metric(
                "flom_silent_connections_total", "counter",
                "Network connections that ended without a byte, as those of health checks do.",
                [("", "\(silent)")])
        }
        if !counters.deadAddresses.isEmpty {
            metric(
                "flom_dead_address", "gauge", "Addresses on which the daemon listens and that its host no longer has.",
                counters.deadAddresses.map { ("{address=\"\($0)\"}", "1") })
        }
        if let clones = counters.clonedMachines {
            metric(
                "flom_cloned_machines_total", "counter",
                "Machine ids that two machines had at the same time since the daemon began.", [("", "\(clones)")])
        }
        guard let tls = counters.tls else { return }
        metric(
            "flom_tls_handshakes_total", "counter", "What became of TLS connections since the daemon began.",
            [("{result=\"completed\"}", "\(tls.completed)"), ("{result=\"refused\"}", "\(tls.refused)")])
    }
}
