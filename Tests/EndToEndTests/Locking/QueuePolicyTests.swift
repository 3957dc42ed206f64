import FlomTestKit
import Foundation
import Testing

/// The rule of overtaking: a setting of the daemon, chosen by the command that starts it.
@Suite struct QueuePolicyTests {
    private func reads(_ box: Sandbox) async throws -> Bool {
        let outcome = try await box.flom("-r", "R", "-l", "PR", "-o", "0", "--", "true")
        guard let status = outcome.status, [0, 98].contains(status) else { throw NeverHappened(description: "\(outcome)") }
        return status == 0
    }

    /// A reader that holds, and a writer that waits for it.
    private func stage(_ box: Sandbox, _ options: String...) async throws -> (reader: Holder, writer: RunningProcess) {
        #expect(try await box.run([box.program] + box.options + options + ["-r", "warmup", "--", "true"]).status == 0)
        let reader = try await box.hold("R", options: "-l", "PR")
        return (reader, try await box.queue(for: "R", "--", "echo", "written"))
    }

    @Test func boundedOvertakingEndsAfterItsTime() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (reader, writer) = try await stage(box, "--max-overtake", "300")
        // A stream of readers: each begins before the one before has ended. The stream ends when one is not granted.
        var last = { try await reader.letGo() }
        while try await reads(box) {
            #expect(writer.isRunning)
            let gate = try box.gate("gate-\(UUID().uuidString)")
            let next = try box.startFlom("-r", "R", "-l", "PR", "-o", "0", "--", "cat", gate.path)
            try await eventually("it holds or was refused") {
                if !next.isRunning { return true }
                return try await box.status().contains {
                    $0.clientPID == next.pid && $0.outcome == "held" && $0.commandPID != nil
                }
            }
            guard next.isRunning else { break }
            try await last()
            last = { try await gate.open() }
        }
        let late = try await box.queue(for: "R", "-l", "PR", "--", "echo", "read")
        try await last()
        #expect(try await writer.wait().output == "written\n")
        #expect(try await late.wait().output == "read\n")
        let rows = try await box.history(of: "R")
        let written = try #require(rows.first { $0.clientPID == writer.pid })
        #expect(try #require(written.waitedMicroseconds) >= 300_000)
        let behind = try #require(rows.first { $0.clientPID == late.pid })
        #expect(try #require(written.endedAt) <= #require(behind.grantedAt))
    }

    @Test func withOvertakeReadersPassForAsLongAsTheyCome() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (reader, writer) = try await stage(box, "--queue-policy", "overtake", "--max-overtake", "100")
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(1) { #expect(try await reads(box)) }
        #expect(writer.isRunning && writer.outputSoFar.isEmpty)
        try await reader.letGo()
        #expect(try await writer.wait().output == "written\n")
    }

    @Test func withFifoNobodyPasses() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (reader, writer) = try await stage(box, "--queue-policy", "FIFO", "--max-overtake", "2147483647")
        #expect(try await !reads(box))
        // A request that does not conflict with the writer is not blocked.
        #expect(try await box.flom("-r", "R", "-l", "NL", "-o", "0", "--", "true").status == 0)
        let behind = try await box.queue(for: "R", "-l", "PR", "--", "echo", "read")
        try await reader.letGo()
        #expect(try await writer.wait().output == "written\n")
        #expect(try await behind.wait().output == "read\n")
    }

    /// The policy stays after a crash, whichever command starts the next daemon.
    @Test func theStarterOfTheDaemonChooses() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (reader, writer) = try await stage(box, "--queue-policy", "fifo")
        #expect(box.recorded("max-overtake-ms") == "0")
        #expect(try await box.flom("--queue-policy", "overtake", "-r", "R", "-l", "PR", "-o", "0", "--", "true").status == 98)
        writer.send(SIGSTOP)
        try await box.killDaemon()
        #expect(try await box.flom("--queue-policy", "overtake", "-r", "R", "-l", "PR", "-o", "0", "--", "true").status == 98)
        #expect(box.recorded("max-overtake-ms") == "0")
        try await reader.letGo()
    }
}
