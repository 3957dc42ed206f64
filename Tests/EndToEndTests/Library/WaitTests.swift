import FlomTestKit
import Foundation
import Testing

/// Waits that the library does for a program, and waits that are ended.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryWaitTests {
    @Test func aLockThatIsStarted() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let script = """
            init a = 0
            set_socket_name a @SOCKET = 0
            get_wait_fd a = -17
            lock_finish a = -17
            lock_start a 1000 = 0
            state a = 24
            get_wait_fd a = -17
            lock_start a 0 = -17
            unlock a = 0
            set_resource_name a taken = 0
            lock_start a 20 = 1
            state a = 25
            get_wait_fd a = a descriptor
            lock_finish a = 1
            lock a = -17
            lock_start a 0 = -17
            unlock a = -17
            get_error a = 'the handle waits for its lock; cancel that first'
            set_resource_timeout a 5 = 11
            shell cat @BOX/gate > /dev/null = 0
            poll a = 1
            lock_finish a = 0
            state a = 24
            lock_finish a = -17
            unlock a = 0
            """
        let gate = try box.gate("gate")
        let program = try await box.startScript(script)
        try await eventually("the program waits in the queue") {
            try await box.status().contains { $0.clientPID == program.pid && $0.outcome == "waiting" }
        }
        try await holder.letGo()
        try await gate.open()
        box.expect(try await program.wait(), toHavePlayed: script)
    }

    @Test func aStartedLockThatIsRefusedOrTimesOut() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a taken = 0
            set_resource_timeout a 0 = 0
            lock_start a 1000 = 4
            state a = 23
            set_resource_timeout a 200 = 0
            lock_start a 0 = 1
            poll a = 1
            lock_finish a = 9
            state a = 23
            lock_finish a = -17
            clean a = 0
            init a = 0
            set_socket_name a @BOX/nobody = 0
            lock_start a 1000 = -105
            state a = 22
            clean a = 0
            """)
        try await holder.letGo()
    }

    /// A wait that is cancelled, or whose handle is cleaned, leaves nothing in the queue.
    @Test func aWaitIsWithdrawn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a taken = 0
            cancel a = -17
            lock_start a 0 = 1
            cancel a = 0
            poll a = 1
            lock_finish a = 14
            get_error a = *
            state a = 23
            cancel a = -17
            shell while $FLOM -s $SOCKET --status --format csv | grep -q waiting; do :; done = 0
            lock_start a 0 = 1
            clean a = 0
            shell $FLOM -s $SOCKET --status --format csv | grep -q waiting = 1
            heap b = a handle
            set_socket_name b @SOCKET = 0
            set_resource_name b taken = 0
            lock_start b 0 = 1
            delete b
            shell $FLOM -s $SOCKET --status --format csv | grep -q waiting = 1
            """)
        try await holder.letGo()
    }

    /// What has been refused meanwhile is let go of like anything else.
    @Test func aWaitThatHasEndedIsForgotten() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        try await box.play(
            """
            init a = 0
            set_socket_name a @SOCKET = 0
            set_resource_name a taken = 0
            set_resource_timeout a 50 = 0
            lock_start a 0 = 1
            poll a = 1
            clean a = 0
            heap b = a handle
            set_socket_name b @SOCKET = 0
            set_resource_name b taken = 0
            set_resource_timeout b 50 = 0
            lock_start b 0 = 1
            poll b = 1
            delete b
            """)
        try await holder.letGo()
    }

    /// From another thread; and while one is in a call, others are told so.
    @Test func anotherThreadCancels() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let outcome = try await box.runProgram("cancel.c", [box.socket, "taken"])
        #expect(outcome.status == 0 && outcome.output == "in use -31, cancelled 14, state 23\n", "\(outcome)")
        #expect(try await box.status().allSatisfy { $0.outcome != "waiting" })
        try await holder.letGo()
    }

    /// A signal with a handler ends no wait.
    @Test func signalsEndNoWait() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("taken")
        let program = try await CompiledPrograms.path("signals.c")
        let waiter = try box.start([program, box.socket, "taken"], environment: box.libraryEnvironment)
        try await eventually("the program waits") { try await box.status().contains { $0.clientPID == waiter.pid } }
        for _ in 0..<20 { waiter.send(SIGUSR1) }
        try await eventually("the handler ran: \(waiter.outputSoFar)") { waiter.outputSoFar.contains("handled\n") }
        #expect(waiter.isRunning)
        try await holder.letGo()
        let outcome = try await waiter.wait()
        #expect(outcome.status == 0 && outcome.output.hasSuffix("locked 0, settings unchanged\n"), "\(outcome)")
    }
}
