import FlomTestKit
import Foundation
import Testing

/// `-o` is one deadline for all: connecting, the handshake, the wait for the resource's creation and the queue. The command is not bound
/// by it (see `OwnStatusTests`).
@Suite struct TimeoutTests {
    /// The time that a loaded machine may need for a flom without work.
    private static let slack = Duration.milliseconds(1500)

    /// Runs flom with a limit and returns its outcome; fails if it took less than the limit or much more.
    @discardableResult
    private func run(
        _ box: Sandbox, within milliseconds: Int, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let start = ContinuousClock.now
        let outcome = try await box.run(
            [box.program] + box.options + ["-o", "\(milliseconds)"] + words + ["--", "echo", "ran"])
        let elapsed = ContinuousClock.now - start
        #expect(elapsed >= .milliseconds(milliseconds), sourceLocation: sourceLocation)
        #expect(elapsed < .milliseconds(milliseconds) + Self.slack, sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        return outcome
    }

    /// The daemon goes on after a stop; the requests that came meanwhile have no effect.
    private func expectServing(_ box: Sandbox, _ daemon: pid_t, after requests: Int) async throws {
        kill(daemon, SIGCONT)
        try await eventually("it has seen all requests, and that nobody is there any more") {
            let rows = try await box.history()
            guard rows.filter({ $0.resource != "warmup" }).count == requests else { return false }
            return try await box.status().isEmpty
        }
        #expect(try await box.flom("-d", "0", "-r", "R", "-o", "0", "--", "echo", "served").output == "served\n")
        #expect(box.daemonPID == daemon)
    }

    @Test func theWaitForAResourceThatNobodyCreates() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let outcome = try await run(box, within: 400, "-r", "R", "-e", "no")
        #expect(outcome.status == 98 && outcome.errors.contains("400 ms"), "\(outcome)")
        try await eventually("the history says so") { try await box.history(of: "R").map(\.outcome) == ["timed_out"] }
        // The resource was not created by that; a request that does not wait is told so at once.
        let start = ContinuousClock.now
        #expect(try await box.flom("-r", "R", "-e", "no", "-o", "0", "--", "true").status == 96)
        #expect(ContinuousClock.now - start < Self.slack)
    }

    @Test func theWaitForTheCreationAndTheQueueTogether() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        async let outcome = run(box, within: 3000, "-r", "R", "-e", "no")
        try await eventually("it awaits the creation") { try await box.status().map(\.resource) == ["R"] }
        // Late enough to notice a clock that began again.
        let waiting = ContinuousClock.now
        try await eventually("most of its time is over") { ContinuousClock.now - waiting > .milliseconds(2000) }
        let holder = try await box.hold("R")
        #expect(try await outcome.status == 98)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.history(of: "R").map(\.outcome).sorted() == ["released", "timed_out"])
    }

    @Test func theHandshakeWithADaemonThatIsStopped() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        kill(daemon, SIGSTOP)
        let outcome = try await run(box, within: 500, "-r", "R")
        // No daemon has said that another command has the lock.
        #expect(outcome.status == 99 && outcome.errors.contains("does not answer: it is stopped"), "\(outcome)")
        try await expectServing(box, daemon, after: 1)
    }

    /// Clients that connect, ask, and end before the daemon reads their request.
    @Test func manyWhoAskADaemonThatIsStopped() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        kill(daemon, SIGSTOP)
        let clients = try ["R", "n[1]", "a.b", "/R/x", "_s_R[1]", "_S_R[1]", "_t_%c#f[1]"].flatMap { name in
            try (0..<4).map { _ in try box.startFlom("-r", name, "-o", "700", "--", "sh", "-c", "echo ran >> ran") }
        }
        for client in clients { #expect(try await client.wait().status == 99) }
        try await expectServing(box, daemon, after: clients.count)
        #expect(Files.text(of: box.path("ran")) == nil)
        for name in ["n[1]", "a.b", "/R", "_s_R[1]", "_S_R[1]"] {
            #expect(try await box.flom("-r", name, "-o", "0", "--", "true").status == 0, "\(name)")
        }
    }

    @Test func theQueueOfADaemonThatIsStopped() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let holder = try await box.hold("R")
        async let outcome = run(box, within: 2500, "-r", "R")
        try await eventually("it is in the queue") { try await box.status().contains { $0.outcome == "waiting" } }
        kill(daemon, SIGSTOP)
        #expect(try await outcome.status == 98)
        // The lock becomes free while the daemon cannot notice that the waiter has ended.
        try await holder.letGo()
        try await eventually("the holder's command has ended") { !ProcessTable.isAlive(holder.commandPID) }
        kill(daemon, SIGCONT)
        #expect(try await holder.process.wait().status == 0)
        try await expectServing(box, daemon, after: 2)
        #expect(try await box.history(of: "R").map(\.outcome) == ["released", "timed_out", "released"])
    }

    @Test func theConnectionToASocketThatLetsNobodyIn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let crowded = try CrowdedSocket(box.path("crowded"))
        defer { withExtendedLifetime(crowded) {} }
        let outcome = try await run(box, within: 500, "-s", box.path("crowded"), "-d", "0")
        #expect(outcome.status == 99 && outcome.errors.contains("too many clients"), "\(outcome)")
    }
}
