import FlomTestKit
import Foundation
import Testing

/// What becomes of a lock when its process ends, forks or executes another program.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryProcessTests {
    /// Free at once, however the process ends; a number of a transactional sequence is handed out again.
    @Test(arguments: ["exit", "abort", "kill", "exit-locked-handle", "return"])
    func theLockEndsWithItsProcess(how: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let end = [
            "exit": "exit", "abort": "abort", "exit-locked-handle": "get_resource_name a = '_S_n[1]'\nexit", "return": "",
        ][how]
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_idle_lifespan a 60000 = 0
            set_resource_name a _S_n[1] = 0
            lock a = 0
            get_locked_element a = '1'
            \(end ?? "say held\nshell sleep 60 = 0")
            """
        let program = try await box.startScript(script)
        if how == "kill" {
            try await eventually("the lock is held") { program.outputSoFar.contains("held\n") }
            program.send(SIGKILL)
        }
        _ = try await program.wait()
        let next = try await box.flom("-r", "_S_n[1]", "-o", "5000", "--", "echo")
        #expect(next.output == "1\n", "\(next)")
        // As soon as the process is gone, not when somebody looks.
        let row = try #require(try await box.history().first { $0.clientPID == program.pid })
        #expect(row.outcome == "reclaimed", "\(row)")
    }

    /// A child has neither the lock nor its connection, and what it does with its copy releases nothing.
    @Test func fork() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a red.green = 0
            lock a = 0
            init b = 0
            set_socket_name b @SOCKET = 0
            set_resource_name b taken = 0
            lock_start b 0 = 1
            child
            lock a = -32
            unlock a = -32
            unlock_rollback a = -32
            cancel a = -32
            set_resource_timeout a 3 = -32
            get_lost_fd a = -32
            is_lost a = 0
            get_locked_element a = NULL
            get_error a = 'the handle was made before fork and belongs to the parent process; a child makes its own'
            clean a = 0
            state a = 26
            lock_finish b = -32
            clean b = 0
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a R1 = 0
            lock a = 0
            unlock a = 0
            lock a = 0
            exit
            end = 0
            get_locked_element a = 'red'
            shell $FLOM -s $SOCKET -r red.green -o 0 -- true = 0
            shell $FLOM -s $SOCKET -r R1 -o 3000 -- true = 0
            cancel b = 0
            poll b = 1
            lock_finish b = 14
            unlock a = 0
            clean a = 0
            clean b = 0
            """)
        try await holder.letGo()
    }

    /// A child that lives on without exec does not keep its parent's lock; nor does a program that is executed.
    @Test(arguments: ["fork", "exec"]) func aChildThatOutlivesItsParentKeepsNothing(how: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let outcome = try await box.runProgram("outlive.c", [box.socket, how])
        #expect(outcome.status == 0, "\(outcome)")
        let child = try #require(pid_t(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(kill(child, 0) == 0)
        #expect(try await box.flom("-r", "db", "-o", "2000", "--", "true").status == 0)
        #expect(kill(child, 0) == 0)
        kill(child, SIGKILL)
    }

    /// A thread that forks while others lock and unlock gets a child that can make and use handles of its own.
    @Test func forksAmidThreads() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let outcome = try await box.runProgram("forks.c", [box.socket])
        #expect(outcome.status == 0 && outcome.output == "200 children, all well\n", "\(outcome)")
    }

    /// A program under flom that locks what its own command line locks is refused, and not left to wait for itself for ever.
    @Test func aProgramUnderFlomIsNested() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a db = 0
            lock a = *
            clean a = 0
            """
        let file = box.path("nested")
        try Files.write("init a\nset_socket_name a \(box.socket)\nset_resource_name a db\nlock a\nclean a\n", to: file)
        let program = try await CompiledPrograms.path("script.c")
        let outcome = try await box.run(
            [box.program] + box.options + ["-r", "db", "--", "sh", "-c", "exec '\(program)' < '\(file)'"])
        box.expect(outcome, toHavePlayed: script)
    }
}
