import FlomTestKit
import Foundation
import Testing

/// `/metrics`, read by Prometheus's own programs.
@Suite(.enabled(if: Conditions.hasProgram("curl"), "needs curl")) struct MetricsTests {
    @Test(.enabled(if: Conditions.hasProgram("promtool"), "needs promtool, of Debian's package prometheus"))
    func promtoolTakesThem() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let place = "127.0.0.1:\(try FreePort.find())"
        let reader = HTTPReader(box, place)
        _ = try await box.run([box.program] + box.options + ["--http", place, "-r", #"/a"b"#, "--", "true"])
        try await eventually("it is served") { (try? await reader.get("/readyz").status) == 200 }
        let holder = try await box.hold("licence[3]", options: "-q", "2")
        let answer = try await reader.get("/metrics")
        #expect(answer.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8", "\(answer)")
        try Files.write(answer.body, to: box.path("flom.prom"))
        let verdict = try await box.run(["sh", "-c", "promtool check metrics < flom.prom"])
        #expect(verdict.status == 0 && verdict.output.isEmpty && verdict.errors.isEmpty, "\(verdict)\n\(answer.body)")
        #expect(answer.body.contains(#"flom_request_events_total{event="granted"} 2"#), "\(answer.body)")
        #expect(answer.body.contains(#"flom_hold_seconds_count{resource="/a\"b"} 1"#), "\(answer.body)")
        #expect(answer.body.contains(#"flom_free{resource="licence[3]"} 1"#), "\(answer.body)")
        try await holder.letGo()
    }

    /// A dashboard that names what nobody exports shows nothing, and says nothing.
    @Test func theDashboardNamesWhatIsExported() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let place = "127.0.0.1:\(try FreePort.find())"
        let reader = HTTPReader(box, place)
        _ = try await box.run([box.program] + box.options + ["--http", place, "--buckets", "0.25,2", "-r", "db", "--", "true"])
        try await eventually("it is served") { (try? await reader.get("/readyz").status) == 200 }
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "--", "true")
        let metrics = try await reader.get("/metrics").body
        // Without a proof that somebody is gone there is no series of it.
        let exported = Set(metrics.matches(of: /TYPE (\S+)/).map { String($0.output.1) } + ["flom_reclaimed_total"])
        let dashboard = try #require(Files.text(of: "\(Program.repository)/packaging/grafana/flom.json"))
        _ = try JSONSerialization.jsonObject(with: Data(dashboard.utf8))
        let named = Set(dashboard.matches(of: /flom_[a-z_]+/).map { String($0.output).replacing(/_bucket$/, with: "") })
        #expect(named.count > 10 && named.isSubset(of: exported), "\(named.subtracting(exported))")
        // The buckets are those that were asked for.
        let bounds = metrics.matches(of: /flom_hold_seconds_bucket{resource="db",le="([^"]+)"}/).map { String($0.output.1) }
        #expect(bounds == ["0.25", "2", "+Inf"], "\(metrics)")
        for line in ["flom_open_requests{state=\"held\"} 1", "flom_open_requests{state=\"waiting\"} 1"] {
            #expect(metrics.contains(line + "\n"), "\(metrics)")
        }
        for name in ["flom_journal_commit_seconds", "flom_loop_lateness_seconds"] {
            try await eventually("\(name) counts") {
                let count = try await reader.get("/metrics").body.firstMatch(
                    of: try Regex("\(name)_count ([0-9]+)", as: (Substring, Substring).self))
                return (count.flatMap { Int($0.output.1) } ?? 0) > 0
            }
        }
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    /// What is wrong is said, and not that nothing is held.
    @Test func metricsSayThatTheJournalIsGone() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let place = "127.0.0.1:\(try FreePort.find())"
        let reader = HTTPReader(box, place)
        _ = try await box.run([box.program] + box.options + ["--http", place, "-r", "db", "--", "true"])
        try await eventually("it is served") { (try? await reader.get("/readyz").status) == 200 }
        unlink(box.journal)
        try await eventually("it is not ready") { try await reader.get("/readyz").status == 503 }
        let answer = try await reader.get("/metrics")
        #expect(answer.status == 200 && answer.body.contains("flom_daemon_trouble{reason="), "\(answer)")
        #expect(try await reader.get("/api/v1/status").status == 503)
    }

    /// A real server scrapes a real daemon, and is asked what it has.
    @Test(.enabled(if: Conditions.hasProgram("prometheus"), "needs Debian's package prometheus"))
    func prometheusScrapesThem() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (place, own) = ("127.0.0.1:\(try FreePort.find())", "127.0.0.1:\(try FreePort.find())")
        _ = try await box.run([box.program] + box.options + ["--http", place, "-r", "db", "--", "true"])
        try Files.write(
            """
            global: { scrape_interval: 200ms, scrape_timeout: 200ms }
            rule_files: ['\(Program.repository)/packaging/prometheus/flom.rules.yml']
            scrape_configs:
              - job_name: flom
                static_configs: [ { targets: ['\(place)'] } ]

            """, to: box.path("prometheus.yml"))
        let server = try box.start([
            "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb", "--web.listen-address=\(own)",
        ])
        let reader = HTTPReader(box, own)
        try await eventually("Prometheus has the grant") {
            let answer = try? await reader.get("/api/v1/query?query=flom_request_events_total%7Bevent%3D%22granted%22%7D")
            return answer?.body.contains(#""event":"granted""#) == true
        }
        // It asks for OpenMetrics, and has found nothing wrong.
        let targets = try await reader.get("/api/v1/targets")
        #expect(targets.body.contains(#""lastError":"","#) && targets.body.contains(#""health":"up""#), "\(targets)")
        let rules = try await reader.get("/api/v1/rules")
        #expect(rules.body.contains("FlomGivesNoLocks") && !rules.body.contains(#""health":"err""#), "\(rules)")
        server.send(SIGTERM)
        _ = try await server.wait()
    }
}
