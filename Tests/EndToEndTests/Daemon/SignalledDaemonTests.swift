import FlomTestKit
import Foundation
import Testing

/// TERM and INT without an announcement: the unit or job that started the daemon ends, or `pkill` finds it. For commands that
/// run or wait that is a crash.
@Suite struct SignalledDaemonTests {
    @Test(arguments: [SIGTERM, SIGINT])
    func waitersAndHoldersGoOnWithTheNextDaemon(signal: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let patient = try await box.queue(for: "db", "-o", "60000", "--", "echo", "patient")
        let old = try #require(box.daemonPID)
        kill(old, signal)
        try await eventually("there is another daemon, and both have come back") {
            guard let next = box.daemonPID, next != old else { return false }
            return try await box.count(of: "resumed") == 2
        }
        #expect(patient.isRunning && ProcessTable.isAlive(holder.commandPID))
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        try await holder.letGo()
        let released = try await holder.process.wait()
        #expect(released.status == 0 && released.errors.isEmpty, "\(released)")
        let outcome = try await patient.wait()
        #expect(outcome.output == "patient\n" && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// The command may end in that very moment: its status is on record, without a delay.
    @Test func anUnlockInThatMomentIsHeard() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for round in 0..<12 {
            let daemon = try await box.startDaemon()
            // Before, within and after the moment in which the daemon receives the signal.
            let pause = ["", "sleep 0.01; ", "sleep 0.03; "][round % 3]
            let start = ContinuousClock.now
            let outcome = try await box.flom("-r", "db", "--", "sh", "-c", "kill \(daemon); \(pause)exit 7")
            #expect(outcome.status == 7 && outcome.errors.isEmpty, "\(outcome)")
            #expect(ContinuousClock.now - start < .seconds(4), "the unlock is tried for 5 s")
            let row = try #require(try await box.history(of: "db").last)
            #expect(row.outcome == "released" && row.exitStatus == 7, "\(row)")
        }
    }

    /// `kill PID; flom -d 0` finds no daemon, at once.
    @Test(arguments: [SIGTERM, SIGINT])
    func noClientIsLetInAfterIt(signal: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        for _ in 0..<20 {
            let daemon = try await box.startDaemon()
            kill(daemon, signal)
            let outcome = try await box.flom("-d", "0", "-r", "db", "--", "echo", "ran")
            #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("no daemon"), "\(outcome)")
            try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
        }
        #expect(try await box.history(of: "db").isEmpty)
    }

    /// Messages that were sent before are read, also an unlock of a client that cannot come back.
    @Test func earlierMessagesAreHeard() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let (holder, idle) = (try await RawClient(box.socket), try await RawClient(box.socket))
        try await holder.send(LegacyMessages.lock("db"))
        #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
        // The daemon finds both when it goes on.
        kill(daemon, SIGSTOP)
        try await holder.send(LegacyMessages.unlock("db"))
        kill(daemon, SIGTERM)
        kill(daemon, SIGCONT)
        #expect(try await idle.receive() == nil)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
        #expect(try await box.history(of: "db").map(\.outcome) == ["released"])
    }

    /// A service manager that has stopped it starts the next one itself, perhaps in a moment; commands that may start one wait
    /// for that first.
    @Test func aServiceManagerGoesFirst() async throws {
        let box = try Sandbox()
        defer { box.close() }
        var daemon = try await box.startForeground()
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "--", "echo", "waited")
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        daemon = try await box.startForeground()
        try await eventually("both have come back") { try await box.count(of: "resumed") == 2 }
        #expect(daemon.isRunning && box.daemonPID == daemon.pid)
        // If none comes, the commands start one.
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        try await eventually("there is another daemon") { box.daemonPID != daemon.pid }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await waiter.wait().output == "waited\n")
    }

    // MARK: - Signals for other processes

    /// `ps` shows the command that would start this daemon, without the job that happened to be the first.
    @Test(arguments: [
        (["-d", "-1", "--", "true"], ["-d", "-1", "--", "true"]),
        (["-d", "60000", "-r", "nightly", "-q1", "-o", "5000", "nightly.sh", "-d"], ["-d", "60000", "--", "true"]),
        (
            ["--daemon-lifespan=60000", "--resource-name=nightly", "-d-1", "--on-lost", "term", "--", "nightly.sh"],
            ["--daemon-lifespan=60000", "-d-1", "--", "true"]
        ), (["-Vrnightly", "--", "nightly.sh", "--", "x"], ["-V", "--", "true"]),
    ])
    func itsLineIsNotTheJobs(typed: [String], shown: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.writeProgram("#!/bin/sh\n", named: "nightly.sh")
        let place = ["-s", box.socket, "--journal", box.journal]
        let path = ["env", "PATH=\(box.directory):\(box.environment["PATH"] ?? "")"]
        let outcome = try await box.run(path + [box.program] + place + typed)
        #expect(outcome.status == 0, "\(outcome)")
        func daemonsWords() -> [String]? { box.daemonPID.flatMap { ProcessFacts($0)?.words } }
        #expect(daemonsWords() == [box.program] + place + shown)
        // The line is enough to go on with: a successor and a reload read it again.
        let restarted = try await box.run([box.program, "-s", box.socket, "--restart"])
        #expect(restarted.status == 0, "\(restarted)")
        #expect(daemonsWords() == [box.program] + place + shown)
    }

    /// A unit or job is ended or frozen by its control group.
    @Test(.enabled(if: ControlGroup.isPossible, "needs root and a control group of its own"))
    func itLeavesTheControlGroupOfItsStarter() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let group = try ControlGroup("flomtest\(getpid())")
        defer { group.close() }
        let started = try await box.run(group.words([box.program] + box.options + ["--", "true"]))
        #expect(started.status == 0, "\(started)")
        let daemon = try #require(box.daemonPID)
        #expect(!group.processes.contains(daemon))
        // A daemon in the foreground stays in its group.
        #expect(try await box.flom("-x").status == 0)
        let service = try box.start(group.words([box.program, "--foreground"] + box.options))
        try await eventually("it serves") { box.daemonPID == service.pid && box.recorded("state") == "running" }
        #expect(group.processes.contains(service.pid))
    }
}
