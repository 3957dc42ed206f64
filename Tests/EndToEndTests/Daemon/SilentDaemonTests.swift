import FlomTestKit
import Foundation
import Testing

/// A daemon that does not answer, or gives no locks: no report says that all is well, and no command says that another one has the lock.
@Suite struct SilentDaemonTests {
    private func expectCritical(_ outcome: Outcome, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(
            outcome.status == 2 && outcome.output.hasPrefix("FLOM CRITICAL - ") && outcome.output.contains(reason)
                && outcome.errors.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
    }

    @Test(arguments: [false, true]) func aStoppedDaemon(namesJournal: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let daemon = try #require(box.daemonPID)
        let flom = [box.program, "-s", box.socket] + (namesJournal ? ["--journal", box.journal] : [])
        let stopped = "(process \(daemon)) does not answer: it is stopped (kill -CONT \(daemon) lets it go on)"
        kill(daemon, SIGSTOP)
        async let check = box.run(flom + ["--check"])
        async let status = box.run(flom + ["--status"])
        async let figures = box.run(flom + ["--status", "--format", "prometheus"])
        async let doctor = box.run(flom + ["--doctor"])
        async let hurried = box.run(flom + ["-r", "free", "-o", "300", "--", "echo", "ran"])
        async let other = box.run(flom + ["-r", "db", "-o", "300", "--", "echo", "ran"])
        async let atOnce = box.run(flom + ["-r", "free", "-o", "0", "--", "echo", "ran"])
        expectCritical(try await check, stopped)
        let shown = try await status
        #expect(shown.status == 99 && shown.errors.contains(stopped) && shown.output.contains("db "), "\(shown)")
        let text = try await figures
        #expect(text.status == 0 && text.output.contains("\nflom_daemon_answers 0\n"), "\(text)")
        #expect(try await doctor.output.contains(stopped))
        for outcome in [try await hurried, try await other, try await atOnce] {
            #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains(stopped), "\(outcome)")
        }
        kill(daemon, SIGCONT)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        try await eventually("all is well") { try await box.run(flom + ["--check"]).output.hasPrefix("FLOM OK - 0 held") }
    }

    /// A journal without holders proves nothing then.
    @Test func nothingIsSaidToBeFree() async throws {
        let box = try Sandbox()
        defer { box.close() }
        kill(try await box.startDaemon(), SIGSTOP)
        let status = try await box.flom("--status")
        #expect(status.status == 99 && status.output.isEmpty && status.errors.contains("does not answer"), "\(status)")
    }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
    func overANetwork() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.run([
            "flom", "-a", "192.168.1.2", "-d", "-1", "--journal", net.box.journal, "--", "true",
        ])
        #expect(started.status == 0, "\(started)")
        let daemon = try #require(net.mojan.daemons.first)
        let flom = ["flom", "-a", "192.168.1.2", "-d", "0"]
        #expect(try await net.presanella.run(flom + ["--check"]).output.hasPrefix("FLOM OK"))

        // The journal's name leads to another file than the one that the daemon writes.
        #expect(rename(net.box.journal, net.box.path("moved")) == 0)
        try await eventually("the daemon has noticed") { try await net.presanella.run(flom + ["--check"]).status == 2 }
        expectCritical(try await net.presanella.run(flom + ["--check"]), "so no lock is given")
        let told = try await net.presanella.run(flom + ["--status"])
        #expect(told.status == 0 && told.errors.contains("so no lock is given"), "\(told)")
        #expect(rename(net.box.path("moved"), net.box.journal) == 0)
        try await eventually("the daemon has noticed") { try await net.presanella.run(flom + ["--check"]).status == 0 }

        kill(daemon, SIGSTOP)
        for host in [net.mojan, net.presanella] {
            async let check = host.run(flom + ["--check"])
            async let status = host.run(flom + ["--status"])
            async let lock = host.run(flom + ["-r", "free", "-o", "500", "--", "echo", "ran"])
            expectCritical(try await check, "does not answer")
            #expect(try await status.status == 99)
            let outcome = try await lock
            #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("does not answer"), "\(outcome)")
        }
    }

    /// A client that has heard that the lock is not free ends with 98, also if the daemon stands still afterwards.
    @Test func aQueuedRequestEndsAsBusy() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "-o", "2500", "--", "echo", "ran")
        let daemon = try #require(box.daemonPID)
        kill(daemon, SIGSTOP)
        let outcome = try await waiter.wait()
        #expect(outcome.status == 98 && outcome.output.isEmpty && outcome.errors.contains("2500 ms"), "\(outcome)")
        kill(daemon, SIGCONT)
        try await holder.letGo()
    }

    // MARK: - The journal

    @Test(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
    func aJournalThatCannotBeWrittenIsSaid() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let gate = try box.gate("gate")
        let script = """
            import sqlite3
            database = sqlite3.connect('\(box.journal)', isolation_level=None)
            database.execute('begin immediate')
            print('begun', flush=True)
            open('\(gate.path)').read()
            """
        let writer = try box.start(["python3", "-c", script])
        try await eventually("the journal is somebody else's") { writer.outputSoFar.contains("begun") }
        // The answer to the first request is kept back, because it may get the lock; but its client can ask for the reason.
        let reason = "the journal cannot be written, so no lock is given"
        let first = try await box.flom("-r", "db", "-o", "700", "--", "echo", "ran")
        #expect(first.status == 99 && first.output.isEmpty && first.errors.contains(reason), "\(first)")
        expectCritical(try await box.flom("--check"), reason)
        let status = try await box.flom("--status")
        #expect(status.status == 0 && status.errors.contains(reason), "\(status)")
        let figures = try await box.flom("--status", "--format", "prometheus")
        #expect(
            figures.output.contains("\nflom_daemon_answers 1\n")
                && figures.output.contains("\nflom_daemon_trouble{reason=\"\(reason)"), "\(figures)")
        let doctor = try await box.flom("--doctor")
        #expect(doctor.status == 1 && doctor.output.contains(reason), "\(doctor)")
        try await gate.open()
        try await eventually("all is well") { try await box.flom("--check").status == 0 }
        #expect(try await box.flom("--status").errors.isEmpty)
    }
}
