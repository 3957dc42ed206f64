import FlomTestKit
import Foundation
import Testing

/// A daemon dies or is ended. Holders and waiters come back to its successor, unless a person wanted the end.
@Suite(.enabled(if: JournalQuery.isPossible, "needs Python with SQLite")) struct ResumeTests {
    // MARK: - After a crash

    @Test func aHolderComesBackByItself() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let holder = try box.startFlom("-r", "db", "--", "sh", "-c", "cat \(gate.path); exit 7")
        try await eventually("the command runs") { try await box.status().first?.commandPID != nil }
        let before = try await box.status()
        let old = try #require(box.daemonPID)
        try await box.killDaemon()
        // Only the holder is there to start the next daemon.
        try await box.daemon(after: old)
        try await eventually("it has come back") { try await box.count(of: "resumed") == 1 }
        let after = try await box.status()
        #expect(after.map(\.request) == before.map(\.request) && after.map(\.fencingToken) == before.map(\.fencingToken))
        #expect(!after[0].isOrphan)
        try await gate.open()
        let outcome = try await holder.wait()
        #expect(outcome.status == 7 && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await box.history(of: "db").map(\.outcome) == ["released"])
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    @Test func waitersKeepTheirPlacesAcrossThreeCrashes() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        var waiters: [RunningProcess] = []
        for number in 1...3 {
            waiters.append(try await box.queue(for: "db", "--", "sh", "-c", "echo \(number) >> \(box.path("order"))"))
        }
        let requests = try await box.status().map(\.request)
        for crash in 1...3 {
            let old = try #require(box.daemonPID)
            try await box.killDaemon()
            try await box.daemon(after: old)
            try await eventually("all four have come back") { try await box.count(of: "resumed") == 4 * crash }
            #expect(try await box.status().map(\.request) == requests)
        }
        try await holder.letGo()
        for waiter in waiters + [holder.process] {
            let outcome = try await waiter.wait()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(Files.text(of: box.path("order")) == "1\n2\n3\n")
        #expect(try await JournalAudit.findings(of: box.journal, in: box, inOrder: "db").isEmpty)
    }

    @Test func thirtyClientsComeBackAtOnceAndStartOneDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let clients = try (0..<30).map { number in
            try box.startFlom("-r", "R\(number % 10)", "--", "sh", "-c", "until [ -e go ]; do sleep 0.02; done")
        }
        try await eventually("ten hold and twenty wait") {
            let rows = try await box.status()
            return rows.count(where: { $0.commandPID != nil }) == 10 && rows.count == 30
        }
        let old = try #require(box.daemonPID)
        try await box.killDaemon()
        try await box.daemon(after: old)
        try await eventually("all have come back") { try await box.count(of: "resumed") == 30 }
        #expect(try await box.count(of: "daemon_started") == 2)
        try Files.write("", to: box.path("go"))
        for client in clients {
            let outcome = try await client.wait()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// The daemon has committed the unlock and dies before it answers: the client repeats it to the next daemon, which knows of it.
    @Test(.enabled(if: Conditions.canTrace, "needs strace, and the right to use it"))
    func anUnlockWhoseAnswerIsLostIsNotDoubled() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        // The number is the shell's $0.
        let holder = try box.startFlom("-i", "60000", "-r", "_S_n[1]", "--", "sh", "-c", "cat \(gate.path)")
        try await eventually("the command runs") { try await box.status().first?.commandPID != nil }
        let daemon = try #require(box.daemonPID)
        let sockets = ProcessFacts(daemon)?.descriptors.values.filter { $0.hasPrefix("socket:") } ?? []
        let strace = try box.start(
            ["strace", "-f", "-p", "\(daemon)", "-e", "inject=write,writev,sendto,sendmsg:signal=KILL:when=1"]
                + sockets.flatMap { ["-P", $0] })
        try await eventually("strace is attached") { strace.errorsSoFar.contains("attached") }
        try await gate.open()
        let outcome = try await holder.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(!ProcessTable.isAlive(daemon))
        #expect(try await box.count(of: "released") == 1)
        // The number counts as used once.
        #expect(try await box.flom("-i", "60000", "-r", "_S_n[1]", "--", "echo").output == "2\n")
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// A connection with the secret takes the session over, and the earlier connection ends.
    @Test func theLaterOfTwoWithOneSecretTakesOver() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let ask = MarkedMessages.lock("db", secret: "AAECAwQFBgcICQoLDA0ODw", boot: String(repeating: "a", count: 32))
        let first = try await RawClient(box.socket)
        try await first.send(ask)
        let answer = try #require(try await first.receive())
        #expect(answer.contains(#"rc="0""#), "\(answer)")
        let second = try await RawClient(box.socket)
        try await second.send(ask)
        #expect(try await second.receive() == answer)
        #expect(try await first.receive() == nil)
        #expect(try await box.status().count == 1)
        #expect(try await box.count(of: "resumed") == 1)
        try await second.send(LegacyMessages.unlock("db"))
        try await eventually("the lock is free") { try await box.status().isEmpty }
    }

    // MARK: - After an intended end

    @Test func afterAnImmediateExitTheHoldersKeepTheirLocks() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let other = try await box.hold("other")
        let waiter = try await box.queue(for: "db", "--", "echo", "waited")
        let old = try #require(box.daemonPID)
        #expect(try await box.flom("-X").status == 0)
        let sentAway = try await waiter.wait()
        #expect(sentAway.status == 99 && sentAway.errors.contains("shut down"), "\(sentAway)")
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(old) }

        // flom and command die while no daemon runs; no client starts one, because the end was announced.
        other.process.send(SIGKILL)
        kill(other.commandPID, SIGKILL)
        try await other.process.wait()
        #expect(box.daemonPID == old && ProcessTable.isAlive(holder.commandPID))

        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "other", "-o", "5000", "--", "true").status == 0)
        let ended = try #require(try await box.history(of: "other").first)
        #expect(ended.outcome == "reclaimed" && ended.detail?.contains("\(other.commandPID)") == true, "\(ended)")
        try await eventually("the holder has come back") { try await box.count(of: "resumed") == 1 }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
    }

    @Test func aWaiterThatMayNotStartADaemonSaysSoAndGivesUp() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let gate = try box.gate("gate")
        let holder = try box.startFlom("-d", "0", "-r", "db", "--", "cat", gate.path)
        try await eventually("it holds") { try await box.status().first?.commandPID != nil }
        let waiter = try await box.queue(for: "db", "-d", "0", "-o", "1500", "--", "echo", "ran")
        try await box.killDaemon()
        let outcome = try await waiter.wait()
        #expect(outcome.status == 98 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("is gone; waiting for it to come back"), "\(outcome)")
        #expect(holder.isRunning)
        // A command that may start a daemon.
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        try await gate.open()
        #expect(try await holder.wait().status == 0)
    }

    /// It gives up after the grace, for which its place would be kept.
    @Test func aWaiterThatMayNotStartADaemonWaitsNoLongerThanTheGrace() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("db", options: "-d", "0")
        let waiter = try await box.queue(for: "db", "-d", "0", "--reclaim-grace", "1500", "--", "echo", "ran")
        try await box.killDaemon()
        let lost = ContinuousClock.now
        let outcome = try await waiter.wait()
        #expect(ContinuousClock.now - lost >= .milliseconds(1400))
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("is gone; waiting for it to come back"), "\(outcome)")
        #expect(outcome.errors.contains("has not come back for 1500 ms"), "\(outcome)")
        // A holder goes on.
        #expect(holder.process.isRunning && ProcessTable.isAlive(holder.commandPID))
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    // MARK: - Another program takes over

    /// Fifty clients queue for one resource, and none notices that the daemon is replaced twice meanwhile.
    @Test func aRestartUnderLoadIsNotNoticed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = "mkdir in && echo + >> log && rmdir in"
        let clients = try (0..<50).map { _ in try box.startFlom("-r", "db", "--", "sh", "-c", script) }
        for number in 1...2 {
            try await eventually("some have had their turn") {
                (Files.text(of: box.path("log")) ?? "").count >= 10 * number
            }
            let old = try #require(box.daemonPID)
            let outcome = try await box.flom("--restart")
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            #expect(outcome.output.contains("took over from process \(old)"), "\(outcome)")
            let words = outcome.output.split(separator: " ")
            let pause = try #require(words.dropLast().last.flatMap { Int($0) })
            print("restart under load: a pause of \(pause) ms")
            #expect(pause < 3000)
        }
        for client in clients {
            let outcome = try await client.wait()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        #expect(Files.text(of: box.path("log"))?.count == 100)
        #expect(try await box.count(of: "daemon_started") == 3)
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }
}
