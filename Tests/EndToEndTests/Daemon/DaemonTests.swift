import FlomTestKit
import Foundation
import Testing

/// The daemon that a command starts: its process, its files, its descriptors.
@Suite struct DaemonProcessTests {
    @Test func itIsOneProcessCutOffFromItsStarter() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("mine", to: box.path("open"))
        let starter = try box.start(
            [box.program] + box.options + ["-r", "R", "--", "echo", "two  words"],
            opening: [7: box.path("open"), 90: box.path("open"), 700: box.path("open")])
        #expect(try await starter.wait().status == 0)

        let daemons = box.processes
        try #require(daemons.count == 1)
        let daemon = daemons[0]
        #expect(daemon.pid == box.daemonPID && daemon.name == "flom")
        #expect(daemon.words == [box.program] + box.options + ["--", "true"])
        #expect(ProcessTable.ancestors().contains(daemon.parent), "its parent is \(daemon.parent)")
        #expect(daemon.session != getsid(0) && daemon.session != starter.pid && daemon.terminal == 0)
        #expect(daemon.directory == "/")
        let descriptors = daemon.descriptors
        for number: Int32 in 0...2 { #expect(descriptors[number] == "/dev/null") }
        #expect(!descriptors.values.contains(box.path("open")), "\(descriptors)")
        for target in descriptors.values where target.hasPrefix("/") && target != "/dev/null" {
            // The copy of the record lies beside the journals of default places.
            let isOwn = [box.socket, box.journal].contains { target.hasPrefix($0) } || target.hasSuffix(".place")
            #expect(isOwn, "it has \(target) open")
        }

        let listed = try await box.run(["ps", "-o", "comm=,args=", "-p", "\(daemon.pid)"]).output
        let typed = ([box.program] + box.options + ["--", "true"]).joined(separator: " ")
        #expect(listed.split(separator: "\n").map(String.init) == ["flom            \(typed)"])
    }

    @Test func theNextCommandUsesTheSameOne() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let pid = try await box.startDaemon()
        #expect(try await box.startDaemon() == pid)
        #expect(box.processes.map(\.pid) == [pid])
    }

    @Test func noneIsStartedWithLifespanZero() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-d", "0", "-r", "R", "--", "echo", "ran")
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("-d 0") && outcome.errors.contains(box.socket), "\(outcome)")
        #expect(box.processes.isEmpty && !Files.exists(box.socket) && !Files.exists(box.journal))
        // The same command is served by a running daemon.
        try await box.startDaemon()
        #expect(try await box.flom("-d", "0", "-r", "R", "--", "echo", "ran").output == "ran\n")
    }

    private static let rubbish = ["", "x", "1:3:4", "0:0:0", "1:-1:-1", "99999999999:3:4", "1:1:2", "::", "1:3:4:5"]

    @Test(arguments: rubbish)
    func aVariableOfItsNameThatAUserSetsDoesNoHarm(value: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program] + box.options + ["--", "echo", "ran"], environment: ["FLOM_DAEMON": value])
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
    }

    @Test func aVariableThatFitsTheDescriptorsByChanceDoesNoHarm() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try box.gate("pipe")
        let script = #"exec 3<>pipe 4>file; FLOM_DAEMON=1:3:4 exec "$0" -s "$1" --journal "$2" -r R -- echo ran"#
        let outcome = try await box.run(["sh", "-c", script, box.program, box.socket, box.journal])
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
    }

    /// Each set of the numbers 0 to 2 except the empty one.
    @Test(arguments: 1...7)
    func closedStandardDescriptorsDoNotMatter(set: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let closed = Set((0...2).filter { set & (1 << $0) != 0 }.map { Int32($0) })
        let script = "for n in 0 1 2; do readlink /proc/$$/fd/$n >> links 3>&1; done; touch ran"
        let outcome = try await box.run([box.program] + box.options + ["-r", "R", "--", "sh", "-c", script], closing: closed)
        #expect(outcome.status == 0 && Files.exists(box.path("ran")), "\(outcome)")
        #expect(Files.text(of: box.path("links"))?.contains("socket") == false)
        let daemon = try #require(box.processes.first)
        for number: Int32 in 0...2 { #expect(daemon.descriptors[number] == "/dev/null") }
        #expect(try await box.flom("-d", "0", "-r", "R", "--", "echo", "again").output == "again\n")
    }
}

/// The lifespan of the daemon.
@Suite struct DaemonLifeTests {
    @Test func itEndsByItsLifespanAndTheNextCommandStartsAnother() async throws {
        let short = try Sandbox()
        let endless = try Sandbox()
        defer {
            short.close()
            endless.close()
        }
        let first = try await short.startDaemon("-d", "300")
        let other = try await endless.startDaemon("-d", "-1")
        try await eventually("the daemon ends by its lifespan") { !ProcessTable.isAlive(first) }
        #expect(!Files.exists(short.socket) && short.recorded("state") == "ended")
        // After the time of a short lifespan, an endless one goes on.
        #expect(ProcessTable.isAlive(other) && Files.isSocket(endless.socket))
        #expect(endless.recorded("lifespan-ms") == "-1")

        let second = try await short.startDaemon()
        #expect(second != first && ProcessTable.isAlive(second))
        #expect(try await short.history().count == 2)
    }

    @Test func itDoesNotEndWhileALockIsHeld() async throws {
        let box = try Sandbox()
        let other = try Sandbox()
        defer {
            box.close()
            other.close()
        }
        let holder = try await box.hold("R", options: "-d", "100")
        let witness = try await other.startDaemon("-d", "100")
        let pid = try #require(box.daemonPID)
        try await eventually("the daemon without holder ends") { !ProcessTable.isAlive(witness) }
        #expect(ProcessTable.isAlive(pid))
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        try await eventually("the daemon ends after the lock is free") { !ProcessTable.isAlive(pid) }
    }

    /// A daemon must not end before the client that started it has come.
    @Test func theShortestLifespanIsLongEnoughForTheStarter() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for number in 0..<20 {
            let place = ["-s", box.path("s\(number)"), "--journal", box.path("j\(number)"), "-d", "1"]
            let outcome = try await box.run([box.program] + place + ["-r", "R", "--", "echo", "ran"])
            #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalEndsItInOrder(signal: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let pid = try await box.startDaemon("-d", "-1")
        kill(pid, signal)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        #expect(!Files.exists(box.socket) && box.recorded("state") == "ended")
        #expect(try await box.startDaemon() != pid)
    }

    @Test func itOutlivesTheTerminalOfItsStarter() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let pid = try await box.startDaemon()
        kill(pid, SIGHUP)
        #expect(try await box.flom("-d", "0", "-r", "R", "--", "echo", "served").output == "served\n")
        #expect(box.daemonPID == pid && ProcessTable.isAlive(pid))
    }
}
