import FlomTestKit
import Foundation
import Testing

/// The tests play systemd: sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
@Suite(.enabled(if: Conditions.hasProgram("python3"), "needs python3")) struct ServiceManagerTests {
    private static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]

    @Test(arguments: [true, false]) func itTellsItsLife(abstract: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let manager = try ServiceManager(abstract ? "@\(box.directory)" : box.path("notify"))
        let daemon = try await box.startForeground(
            environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000"])
        try await eventually("it is ready") { manager.count(of: "READY=1") == 1 }
        let holder = try await box.hold("db", options: "-d", "0")
        try await eventually("it says what it does: \(manager.lines)") {
            manager.lines.contains("STATUS=serves \(box.socket): 1 held or waiting, 1 connected")
        }
        daemon.send(SIGHUP)
        try await eventually("it is ready again") { manager.count(of: "READY=1") == 2 }
        let lines = manager.lines
        let reloading = try #require(lines.firstIndex(of: "RELOADING=1"))
        let microseconds = try #require(Int64(lines[reloading + 1].dropFirst("MONOTONIC_USEC=".count)))
        #expect(lines[reloading + 1].hasPrefix("MONOTONIC_USEC=") && microseconds > 0)
        // The process and its manager stay the same.
        #expect(try await box.flom("-d", "0", "--restart").status == 0)
        try await eventually("it is ready after a restart") { manager.count(of: "READY=1") == 3 }
        #expect(manager.count(of: "STOPPING=1") == 0 && daemon.isRunning)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        try await eventually("it says that it ends: \(manager.lines)") {
            manager.lines.last { !$0.hasPrefix("WATCHDOG") && !$0.hasPrefix("STATUS") } == "STOPPING=1"
        }
    }

    /// The watchdog's messages come from the event loop, so that a daemon that stands still is found.
    @Test func aStuckDaemonGivesNoSignOfLife() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let manager = try ServiceManager(box.path("notify"))
        let daemon = try await box.startForeground(
            environment: ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000"])
        try await eventually("it lives") { manager.count(of: "WATCHDOG=1") > 3 }
        daemon.send(SIGSTOP)
        try await eventually("it has stopped") { ProcessFacts(daemon.pid)?.state == "T" }
        let count = manager.count(of: "WATCHDOG=1")
        try await Task.sleep(for: .milliseconds(300))
        #expect(manager.count(of: "WATCHDOG=1") == count)
        daemon.send(SIGCONT)
        try await eventually("it lives again") { manager.count(of: "WATCHDOG=1") > count }
    }

    /// A daemon whose client is in a unit is not that unit's main process.
    @Test func aDaemonOfAClientTellsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let manager = try ServiceManager(box.path("notify"))
        let environment = ["NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "100000"]
        let outcome = try await box.run(
            [box.program] + box.options + ["--", "sh", "-c", "echo $NOTIFY_SOCKET"], environment: environment)
        // The command is the unit's main process.
        #expect(outcome.output == manager.name + "\n", "\(outcome)")
        try await box.flom("-X")
        let daemon = try #require(box.daemonPID)
        try await eventually("the daemon has ended") { !ProcessTable.isAlive(daemon) }
        #expect(manager.lines.isEmpty)
    }

    // MARK: - Sockets

    /// Clients that come before the daemon wait in the socket; its name belongs to the manager, through restart and end.
    @Test func aSocketOfTheManagerIsServed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let command = [box.program, "--foreground", "-s", box.socket, "--journal", box.journal]
        let daemon = try box.start(ServiceManager.activation([box.socket], command))
        try await eventually("it serves: \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains("FLM003N") }
        let socket = try #require(Files.status(of: box.socket)?.st_ino)
        let holder = try await box.hold("db", options: "-d", "0")
        #expect(try await box.flom("-d", "0", "--restart").status == 0)
        #expect(try await box.flom("-d", "0", "-r", "db", "-o", "0", "--", "true").status == 98)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
        #expect(Files.status(of: box.socket)?.st_ino == socket)
    }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)")) func socketsOfTheManagerAreServedOverTCP() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let command = ["flom", "--foreground", "-a", "192.168.1.2", "--journal", net.box.journal]
        let daemon = try net.mojan.start(ServiceManager.activation(["192.168.1.2 28015"], command))
        try await eventually("it serves: \(daemon.errorsSoFar)") { daemon.errorsSoFar.contains("FLM003N") }
        let client = ["flom", "-a", "192.168.1.2", "-d", "0"]
        #expect(try await net.tonale.run(client + ["--", "echo", "ran"]).output == "ran\n")
        let restart = try await net.mojan.run(client + ["--restart"])
        #expect(restart.status == 0 && restart.output.contains("process \(daemon.pid) goes on"), "\(restart)")
        #expect(try await net.tonale.run(client + ["--", "echo", "ran"]).output == "ran\n")
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func aSocketThatDoesNotFitIsRefused() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let command = [box.program, "--foreground", "-s", box.socket, "--journal", box.journal]
        let other = box.path("other")
        let daemon = try await box.start(ServiceManager.activation([other], command)).wait()
        #expect(
            daemon.status == 99
                && daemon.errors.contains("passed the socket '\(other)', which does not belong to the endpoint '\(box.socket)'"),
            "\(daemon)")
        #expect(!Files.exists(box.socket))
    }

    /// The sockets are for another process when `LISTEN_PID` says so.
    @Test func socketsOfSomebodyElseAreLeftAlone() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await box.startForeground(environment: ["LISTEN_PID": "1", "LISTEN_FDS": "1"])
        #expect(try await box.flom("-d", "0", "--", "true").status == 0)
    }
}
