import FlomTestKit
import Foundation
import Testing

/// `--check` and figures for Prometheus.
@Suite struct MonitoringTests {
    private func check(_ box: Sandbox, _ words: String..., status: Int32, _ start: String) async throws {
        let outcome = try await box.run([box.program] + box.options + ["--check"] + words)
        #expect(outcome.status == status && outcome.output.hasPrefix("FLOM \(start)"), "\(words): \(outcome)")
        // One line, with figures in the form of plugins.
        let bar = try #require(outcome.output.firstIndex(of: "|"))
        #expect(outcome.output.filter { $0 == "\n" }.count == 1 && outcome.errors.isEmpty, "\(outcome)")
        for figure in outcome.output[bar...].dropFirst(2).dropLast().split(separator: " ") {
            #expect(figure.wholeMatch(of: /[a-z_]+=[0-9.]+s?;;[0-9.]*;0/) != nil, "\(figure)")
        }
    }

    @Test func theVerdictIsTheStatus() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await check(box, status: 0, "OK - 0 held, 0 waiting |")
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "--", "true")
        try await check(box, "--max-wait", "1h", "--max-hold", "1h", status: 0, "OK - 1 held, 1 waiting |")
        try await check(box, "--max-hold", "0s", status: 2, "CRITICAL - 'db' is held for ")
        try await check(box, "--max-wait", "0s", status: 2, "CRITICAL - 'db' is awaited for ")
        try await check(box, "--max-wait", "0s", "-r", "other", status: 0, "OK - 0 held, 0 waiting |")
        // The holder's flom is gone.
        holder.process.send(SIGKILL)
        try await eventually("it is an orphan") { try await box.status().contains(where: \.isOrphan) }
        try await check(box, status: 1, "WARNING - 'db' is held by an orphan |")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    @Test func aCommandThatHasNotSucceededIsMissed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await check(
            box, "-r", "backup", "--not-run-since", "1d", status: 2, "CRITICAL - no command under 'backup' is on record")
        #expect(try await box.flom("-r", "backup", "--", "false").status == 1)
        try await check(
            box, "-r", "backup", "--not-run-since", "1d", status: 2, "CRITICAL - no command under 'backup' is on record")
        #expect(try await box.flom("-r", "backup", "--", "true").status == 0)
        #expect(try await box.flom("-r", "backup", "--", "false").status == 1)
        try await check(box, "-r", "backup", "--not-run-since", "1d", status: 0, "OK - 0 held, 0 waiting, last success ")
        try await check(
            box, "-r", "backup", "--not-run-since", "0s", status: 2,
            "CRITICAL - the last command under 'backup' that ended with status 0 did")
    }

    @Test func anUnreadableJournalIsUnknownAndAServiceThatIsDownIsCritical() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let missing = try await box.flom("--check")
        #expect(
            missing.status == 3 && missing.output.hasPrefix("FLOM UNKNOWN - ") && missing.output.contains(box.journal),
            "\(missing)")
        try Files.write("not a database, whatever its name says", to: box.journal)
        let broken = try await box.flom("--check")
        #expect(broken.status == 3 && broken.output.hasPrefix("FLOM UNKNOWN - "), "\(broken)")
        // No daemon listens on port 1.
        let down = try await box.run([box.program, "-a", "127.0.0.1", "-p", "1", "--check"])
        #expect(down.status == 2 && down.output.hasPrefix("FLOM CRITICAL - ") && down.errors.isEmpty, "\(down)")
        let figures = try await box.run([box.program, "-a", "127.0.0.1", "-p", "1", "--check", "--format", "prometheus"])
        #expect(
            figures.status == 2 && figures.output.hasSuffix("\nflom_check_status 2\n") && !figures.errors.isEmpty, "\(figures)")
    }

    @Test func withoutDaemonWhatItLeftIsAWarning() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        // Otherwise it would start the next daemon.
        kill(holder.process.pid, SIGSTOP)
        try await box.killDaemon()
        // A named file is read without regard to its endpoint.
        try await check(box, status: 0, "OK - 1 held, 0 waiting |")
        let verdict = try await box.run([box.program, "-s", box.socket, "--check"])
        #expect(
            verdict.status == 1
                && verdict.output.hasPrefix("FLOM WARNING - no daemon is running, and the journal has open requests |"),
            "\(verdict)")
    }

    @Test(.enabled(if: Conditions.hasProgram("promtool"), "needs promtool, of Debian's package prometheus"))
    func promtoolTakesIt() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("licence[3]", options: "-q", "2")
        let odd = try await box.hold(#"/a"b"#)
        for words in [["--status"], ["--check", "-r", "licence[3]", "--not-run-since", "1d"], ["--status", "-r", "nobody"]] {
            let report = try await box.run([box.program] + box.options + words + ["--format", "prometheus"])
            #expect(report.output.hasPrefix("# HELP flom_daemon_running"), "\(report)")
            try Files.write(report.output, to: box.path("flom.prom"))
            let verdict = try await box.run(["sh", "-c", "promtool check metrics < flom.prom"])
            #expect(
                verdict.status == 0 && verdict.output.isEmpty && verdict.errors.isEmpty, "\(words): \(verdict)\n\(report.output)")
        }
        #expect(Files.text(of: box.path("flom.prom"))?.contains(#"flom_holders{resource="nobody"} 0"#) == true)
        try await odd.letGo()
        try await holder.letGo()
    }
}
