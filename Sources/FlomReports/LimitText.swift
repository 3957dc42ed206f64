package import FlomEngine

/// How a daemon's limits stand, for people and for programs.
package enum LimitText {
    /// One line of JSON: `docs/limits.md` lists the names.
    package static func json(_ reports: [LimitReport]) -> String {
        let fields = reports.map { report in
            let now = report.now.map { "\"now\":\($0)," } ?? ""
            return "\"\(report.name)\":{\(now)\"most\":\(report.most),\"refused\":\(report.refused)}"
        }
        return "{\"limits\":{\(fields.joined(separator: ","))}}"
    }

    /// Nil as long as nobody was turned away.
    package static func line(_ reports: [LimitReport]) -> String? {
        let met = reports.filter { $0.refused > 0 }.map { "\(words($0.name)) (\($0.most)): \($0.refused) times" }
        return met.isEmpty ? nil : "limits that turned somebody away since the daemon began: " + met.joined(separator: "; ")
    }

    private static func words(_ name: String) -> String { name.replacing("_", with: " ") }
}

extension PrometheusText {
    package mutating func add(_ reports: [LimitReport]) {
        func samples(_ value: (LimitReport) -> Int?) -> [(labels: String, value: String)] {
            reports.compactMap { report in value(report).map { ("{limit=\"\(report.name)\"}", "\($0)") } }
        }
        metric("flom_limit", "gauge", "What the daemon lets its peers take.", samples { $0.most })
        metric("flom_limit_used", "gauge", "How much of that is taken now.", samples { $0.now })
        metric(
            "flom_limit_refused_total", "counter", "How often a limit turned somebody away since the daemon began.",
            samples { $0.refused })
    }
}
