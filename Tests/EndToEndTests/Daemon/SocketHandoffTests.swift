import FlomTestKit
import Foundation
import Testing

/// `flom --restart`: the listening sockets go from the daemon to its successor, and new clients are served throughout.
@Suite(.enabled(if: JournalQuery.isPossible, "needs Python with SQLite")) struct SocketHandoffTests {
    private static let restarts = 12
    private static let visitors = 300

    // MARK: - No client is refused

    /// Clients that may not start a daemon depend on the sockets that stay open.
    @Test func noClientIsRefusedOnAUnixSocket() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let first = try await box.startDaemon()
        let descriptors = try #require(ProcessFacts(first)).descriptors.count
        let socket = try #require(Files.status(of: box.socket)?.st_ino)
        let commands = (1...4).map { [box.program] + box.options + ["-d", "0", "-r", "R\($0)", "-o", "0", "--", "true"] }
        let visitors = try Visitors(commands, in: box) { try box.start($0) }
        for number in 1...Self.restarts {
            try await eventually("some have come") { visitors.count >= number * Self.visitors / Self.restarts }
            let outcome = try await box.flom("-d", "0", "--restart")
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        let report = try await visitors.leave()
        print("restarts over a UNIX socket: \(report.clients) clients, the slowest took \(Int(report.longest)) ms")
        #expect(report.failures.isEmpty && report.clients >= Self.visitors, "\(report)")
        #expect(try await box.count(of: "daemon_started") == 1 + Self.restarts)
        // The socket is still the first daemon's, and no daemon has left the next one more descriptors than it found.
        #expect(Files.status(of: box.socket)?.st_ino == socket)
        let last = try #require(box.daemonPID)
        try await eventually("when nobody is connected it has the first one's descriptors") {
            try #require(ProcessFacts(last)).descriptors.count <= descriptors
        }
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// Two sockets, and a multicast group.
    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)")) func noClientIsRefusedOverTCP() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let group = ["-A", "239.255.0.1"]
        let place = ["-a", "::"]
        let started = try await net.mojan.run(["flom"] + place + group + ["-d", "-1", "-I", "100", "-r", "warmup", "--", "true"])
        #expect(started.status == 0, "\(started)")
        let holder = try await net.presanella.hold("held", ["-a", "192.168.1.2", "-d", "0"])
        let commands = ["192.168.1.2", "fd00::2"].flatMap { address in
            (1...2).map { ["flom", "-a", address, "-d", "0", "-r", "R\($0)\(address.count)", "-o", "0", "--", "true"] }
        }
        let visitors = try Visitors(commands, in: net.box) { try net.tonale.start($0) }
        for number in 1...Self.restarts {
            try await eventually("some have come") { visitors.count >= number * Self.visitors / Self.restarts }
            let outcome = try await net.mojan.run(["flom"] + place + ["-d", "0", "--restart"])
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        let report = try await visitors.leave()
        print("restarts over TCP: \(report.clients) clients, the slowest took \(Int(report.longest)) ms")
        #expect(report.failures.isEmpty && report.clients >= Self.visitors, "\(report)")
        // The group has its daemon again, with the same locks.
        let found = try await net.tonale.run(["flom"] + group + ["-d", "0", "-r", "held", "-o", "0", "--", "true"])
        #expect(found.status == 98, "\(found)")
        try await holder.letGo()
        let outcome = try await holder.process.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    // MARK: - Other programs

    /// The program on disk is replaced by one that cannot take over: the daemon stays, and says why.
    @Test(arguments: ["#!/bin/sh\nexit 3\n", "no program at all", "#!/no/such/interpreter\n"])
    func aProgramThatCannotFollowDoesNot(program: String) async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let flom = box.path("flom-of-before")
        try await replace(box.program, keptAs: flom, by: program, in: box)
        let outcome = try await box.run([flom] + box.options + ["-d", "0", "--restart"])
        #expect(outcome.status == 99 && outcome.errors.contains("is not restarted: the "), "\(outcome)")
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
        #expect(try await box.run([flom] + box.options + ["-d", "0", "--", "true"]).status == 0)
        // The next restart works when the program can take over.
        rename(flom, box.program)
        #expect(try await box.flom("-d", "0", "--restart").status == 0)
        #expect(box.daemonPID != daemon)
    }

    /// A program that does not know of the sockets gets none: it would hold them without serving, and its clients would wait for ever.
    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"), arguments: ["", "exec 5>&-"])
    func anOlderProgramListensAnew(first: String) async throws {
        let net = try await HostNetwork(isShared: true)
        defer { net.close() }
        let place = ["-a", "192.168.1.2", "-d", "-1"]
        #expect(try await net.mojan.run([net.box.program] + place + ["-r", "warmup", "--", "true"]).status == 0)
        let before = try #require(net.mojan.recorded("pid"))
        let flom = net.box.path("flom-of-before")
        let older = "#!/bin/sh\nunset FLOM_HAND_OVER\n\(first)\nexec \(flom) \"$@\"\n"
        try await replace(net.box.program, keptAs: flom, by: older, in: net.box)
        let outcome = try await net.mojan.run([flom] + place + ["--restart"])
        #expect(outcome.status == 0 && outcome.output.contains("took over from process \(before)"), "\(outcome)")
        #expect(try await net.tonale.run([flom, "-a", "192.168.1.2", "-d", "0", "--", "true"]).status == 0)
    }

    /// Replaces the program as an upgrade does: another file gets the name. Other processes do it, as in `Sandbox`.
    private func replace(_ program: String, keptAs copy: String, by text: String, in box: Sandbox) async throws {
        try Files.write(text, to: box.path("text"))
        let script = #"cp "$0" "$1" && cp text new && chmod 755 new && mv new "$0""#
        #expect(try await box.run(["sh", "-c", script, program, copy]).status == 0)
    }

    // MARK: - Kills during a restart

    /// Daemon or successor is killed at one of the calls of the hand-off. The other one serves, or the next client's
    /// daemon does; no lock is lost.
    @Test(
        .enabled(if: Conditions.canTrace, "needs strace, and the right to use it"),
        arguments: [
            "socketpair", "execve", "sendto", "recvfrom", "sendmsg", "recvmsg", "pidfd_open", "getsockopt", "epoll_ctl",
            "exit_group",
        ])
    func aCrashInTheMidstLosesNothing(call: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "--", "echo", "ran")
        let daemon = try #require(box.daemonPID)
        let strace = try box.start(
            ["strace", "-f", "-p", "\(daemon)", "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=1"])
        try await eventually("strace is attached") { strace.errorsSoFar.contains("attached") }
        let restart = try await box.flom("-d", "0", "--restart")
        #expect([0, 99].contains(restart.status), "\(restart)")
        try await eventually("one daemon serves") {
            try await box.flom("-r", "other", "--", "true").status == 0 && box.daemonPID.map(ProcessTable.isAlive) == true
        }
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        #expect(ProcessTable.isAlive(holder.commandPID) && waiter.isRunning)
        try await holder.letGo()
        let ended = try await holder.process.wait()
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        #expect(try await waiter.wait().output == "ran\n")
        #expect(strace.errorsSoFar.contains("+++ killed by SIGKILL +++"), "nobody was killed: \(strace.errorsSoFar)")
        #expect(try await JournalAudit.findings(of: box.journal, in: box, inOrder: "db").isEmpty)
        #expect(try await box.count(of: "granted") == (try await box.count(of: "released")))
    }
}
