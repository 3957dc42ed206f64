import FlomTestKit
import Foundation
import Testing

/// Locks that outlive their daemon, and locks that are lost.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryLossTests {
    @Test func aPersonTakesTheLockAway() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a db = 0
            is_lost a = 0
            lock a = 0
            get_lost_fd a = a descriptor
            lost a 0 = 0
            is_lost a = 0
            shell $FLOM -s $SOCKET --break -r db --reason test --yes > /dev/null = 0
            lost a = 1
            is_lost a = 1
            state a = 24
            unlock a = -30
            get_error a = 'the lock had been lost before it was released'
            state a = 25
            is_lost a = 1
            unlock a = -17
            lock a = 0
            is_lost a = 0
            lost a 0 = 0
            shell $FLOM -s $SOCKET --break -r db --reason test --yes > /dev/null = 0
            lost a = 1
            clean a = -30
            state a = 26
            """)
    }

    /// The callback is called once, on a thread of the library's that may wait there, and what it is called with may be freed when it was
    /// changed.
    @Test func theProgramIsCalled() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let outcome = try await box.runProgram("callback.c", [box.socket, "\(daemon)"])
        #expect(
            outcome.output
                == "called once, code -30, other thread 1, lost 1, unlock there -31, of another -130, unlock here -30\n",
            "\(outcome)")
        #expect(outcome.status == 0)
    }

    /// The next daemon knows the lock, and the program that held it goes on.
    @Test func theDaemonIsKilledWhileALockIsHeld() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a red.green = 0
            set_start_daemon a 1 = 0
            lock a = 0
            get_locked_element a = 'red'
            shell cat @BOX/gate > /dev/null = 0
            shell $FLOM -s $SOCKET -d 0 -r red.green -o 20000 -- sh -c 'echo $0 > @BOX/other' = 0
            is_lost a = 0
            get_locked_element a = 'red'
            unlock a = 0
            lock a = 0
            clean a = 0
            """
        let gate = try box.gate("gate")
        let program = try await box.startScript(script)
        try await eventually("the lock is held") { try await box.status().contains { $0.clientPID == program.pid } }
        try await box.killDaemon()
        try await box.startDaemon()
        try await gate.open()
        box.expect(try await program.wait(), toHavePlayed: script)
        #expect(Files.text(of: box.path("other")) == "green\n")
    }

    /// A program that computes: nobody calls the library while its daemon is gone, and the lock is kept all the same, before it is waited for.
    @Test func theLibraryComesBackByItself() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a db = 0
            lock a = 0
            shell cat @BOX/gate > /dev/null = 0
            unlock a = 0
            clean a = 0
            """
        let gate = try box.gate("gate")
        let program = try await box.startScript(script)
        try await eventually("the lock is held") { try await box.status().contains { $0.clientPID == program.pid } }
        for _ in 0..<3 {
            try await box.killDaemon()
            try await box.startDaemon()
            try await eventually("the program has come back") {
                try await box.history().contains { $0.resource == "db" && $0.outcome == "held" && $0.clientPID == program.pid }
            }
            #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        }
        try await gate.open()
        box.expect(try await program.wait(), toHavePlayed: script)
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
    }

    @Test func theDaemonIsKilledWhileALockIsWaitedFor() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a taken = 0
            lock a = 0
            clean a = 0
            """
        let program = try await box.startScript(script)
        try await eventually("the program waits") { try await box.status().contains { $0.clientPID == program.pid } }
        try await box.killDaemon()
        try await box.startDaemon()
        try await eventually("it has its place back") {
            try await box.status().contains { $0.clientPID == program.pid && $0.outcome == "waiting" }
        }
        try await holder.letGo()
        box.expect(try await program.wait(), toHavePlayed: script)
    }

    /// Killed for good: what is held is released without a daemon, within the documented time; a wait ends by its timeout.
    @Test func theDaemonStaysAway() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a db = 0
            lock a = 0
            init b = 0
            set_socket_name b @SOCKET = 0
            set_resource_name b taken = 0
            set_resource_timeout b 4000 = 0
            lock b = 9
            unlock a = -130
            state a = 25
            lock a = -105
            clean a = 0
            clean b = 0
            """
        let program = try await box.startScript(script)
        try await eventually("the program waits") {
            try await box.status().contains { $0.clientPID == program.pid && $0.outcome == "waiting" }
        }
        holder.process.send(SIGSTOP)
        try await box.killDaemon()
        let start = ContinuousClock.now
        box.expect(try await program.wait(), toHavePlayed: script)
        #expect(ContinuousClock.now - start < .seconds(15))
    }

    /// Locks whose requests had a limit are tended like others: the thread sleeps while a daemon is being started.
    @Test func nobodyIsBusyWhileADaemonIsStarted() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        // One that takes its time: it runs until the test says so.
        let gate = try box.gate("start")
        let starter = "cat '\(gate.path)' > /dev/null\nexec '\(box.program)' --journal '\(box.journal)' \"$@\"\n"
        try Files.write("#!/bin/sh\n" + starter, to: box.path("slow"))
        _ = try await box.run(["chmod", "+x", box.path("slow")])
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a A = 0
            set_resource_timeout a 50 = 0
            set_start_daemon a 1 = 0
            lock a = 0
            init b = 0
            set_socket_name b @SOCKET = 0
            set_resource_name b B = 0
            set_resource_timeout b 50 = 0
            set_start_daemon b 1 = 0
            lock b = 0
            init c = 0
            set_socket_name c @SOCKET = 0
            set_resource_name c C = 0
            set_resource_timeout c 50 = 0
            set_start_daemon c 1 = 0
            lock c = 0
            shell cat @BOX/end > /dev/null = 0
            clean a = 0
            clean b = 0
            clean c = 0
            """
        let end = try box.gate("end")
        let program = try await box.startScript(script, environment: ["FLOM_PROGRAM": box.path("slow")])
        try await eventually("the locks are held") { try await box.status().count { $0.clientPID == program.pid } == 3 }
        try await box.killDaemon()
        try await eventually("the starter waits") { box.processes.contains { $0.name == "slow" || $0.name == "cat" } }
        let before = ProcessTable.processorMilliseconds(program.pid)
        let since = ContinuousClock.now
        // So long that a thread which does not sleep shows.
        try await Task.sleep(for: .seconds(1))
        let used = ProcessTable.processorMilliseconds(program.pid) - before
        #expect(used < 300, "\(used) ms of processor time in \(ContinuousClock.now - since)")
        try await gate.open()
        try await eventually("they are back") { try await box.status().count { $0.clientPID == program.pid } == 3 }
        try await end.open()
        box.expect(try await program.wait(), toHavePlayed: script)
    }

    /// A program that says that it has started a daemon, and has not.
    @Test func aDaemonThatIsNotThere() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_start_daemon a 1 = 0
            lock a = -2
            get_error a = *
            state a = 22
            clean a = 0
            """, environment: ["FLOM_PROGRAM": "/bin/true"])
    }

    @Test func aDaemonIsStartedOnDemand() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            lock a = -105
            set_start_daemon a 1 = 0
            lock a = 0
            shell $FLOM -s $SOCKET -d 0 --status | grep -q held = 0
            clean a = 0
            """)
        try await box.play(
            """
            init a = 0
            set_socket_name a @BOX/other = 0
            set_start_daemon a 1 = 0
            lock a = -2
            get_error a = *
            state a = 22
            """, environment: ["FLOM_PROGRAM": "/nowhere/flom"])
    }
}
