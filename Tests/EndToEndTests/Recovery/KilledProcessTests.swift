import FlomTestKit
import Foundation
import Testing

/// `kill -9` of daemon, flom and command, in every combination: the lock is held exactly as long as the command lives.
@Suite struct KilledProcessTests {
    struct Killed: Sendable, CustomTestStringConvertible {
        var daemon = false
        var client = false
        var command = false

        var testDescription: String {
            [(daemon, "daemon"), (client, "flom"), (command, "command")].filter(\.0).map(\.1).joined(separator: " and ")
        }

        /// The kill of the command alone is in `CommandStatusTests`.
        static let whileTheCommandLives = [
            Killed(daemon: true), Killed(client: true), Killed(daemon: true, client: true),
        ]
        static let withTheCommand = [
            Killed(daemon: true, command: true), Killed(client: true, command: true),
            Killed(daemon: true, client: true, command: true),
        ]
    }

    private func kill(_ killed: Killed, _ holder: Holder, in box: Sandbox) async throws {
        if killed.daemon { try await box.killDaemon() }
        if killed.client {
            holder.process.send(SIGKILL)
            #expect(try await holder.process.wait().ending == .signalled(SIGKILL))
        }
        if killed.command {
            Foundation.kill(holder.commandPID, SIGKILL)
            try await eventually("the command is gone") { !ProcessTable.isAlive(holder.commandPID) }
        }
    }

    @Test(arguments: Killed.whileTheCommandLives)
    func theLockIsHeldUntilTheCommandEnds(killed: Killed) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let before = try #require(box.daemonPID)
        try await kill(killed, holder, in: box)

        let start = ContinuousClock.now
        let refused = try await box.flom("-r", "db", "-o", "1000", "--", "echo", "ran")
        #expect(refused.status == 98 && refused.output.isEmpty, "\(refused)")
        #expect(ContinuousClock.now - start >= .seconds(1))
        #expect((box.daemonPID == before) == !killed.daemon)
        #expect(ProcessTable.isAlive(holder.commandPID))
        if killed.client {
            try await eventually("the orphan is shown as one") {
                let rows = try await box.status()
                return rows.map(\.outcome) == ["held"] && rows[0].isOrphan && rows[0].commandPID == holder.commandPID
            }
        }

        let next = try await box.queue(for: "db", "--", "echo", "next")
        try await holder.letGo()
        if !killed.client { #expect(try await holder.process.wait().status == 0) }
        #expect(try await next.wait().output == "next\n")

        let rows = try await box.history(of: "db")
        // A living client tells the new daemon how its command ended; without a client there is a proof.
        #expect(rows.map(\.outcome) == [killed.client ? "reclaimed" : "released", "timed_out", "released"])
        try #require(rows.count == 3)
        if killed.client {
            let proof = try #require(rows[0].detail)
            #expect(proof.contains("\(holder.commandPID)"), "\(proof)")
        } else {
            #expect(rows[0].exitStatus == 0)
        }
        #expect(try #require(rows[0].endedAt) <= #require(rows[2].grantedAt))
        #expect(try #require(rows[0].fencingToken) < #require(rows[2].fencingToken))
    }

    @Test(arguments: Killed.withTheCommand)
    func whenTheCommandIsGoneTooTheNextRunsAtOnce(killed: Killed) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        try await kill(killed, holder, in: box)
        if !killed.client { #expect(try await holder.process.wait().status == 128 + SIGKILL) }
        #expect(try await box.flom("-r", "db", "-o", "5000", "--", "echo", "next").output == "next\n")
        let rows = try await box.history(of: "db")
        #expect(rows.map(\.outcome) == [killed.client ? "reclaimed" : "released", "released"])
        if killed.client {
            #expect(rows.first?.detail?.contains("\(holder.process.pid)") == true)
        } else {
            #expect(rows.first?.signal == SIGKILL)
        }
    }

    @Test func aClientThatHasEndedBeforeItsDaemonLeavesNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "db", "--", "true").status == 0)
        try await box.killDaemon()
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
        #expect(try await box.history().map(\.outcome) == ["released", "released"])
    }

    @Test func theCommandsStatusIsItsOwnAlthoughTheDaemonIsLost() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let process = try box.startFlom("-r", "db", "--", "sh", "-c", "cat \(gate.path); exit 7")
        try await eventually("the command runs") { try await box.status().first?.commandPID != nil }
        try await box.killDaemon()
        try await gate.open()
        let outcome = try await process.wait()
        #expect(outcome.status == 7 && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await box.history(of: "db").map(\.exitStatus) == [7])
    }

    /// No client may start the next daemon: the command's status stays its own, and the next daemon finds out.
    @Test func theCommandsStatusIsItsOwnAlthoughNoDaemonComesBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let gate = try box.gate("gate")
        let process = try box.startFlom("-d", "0", "-r", "db", "--", "sh", "-c", "cat \(gate.path); exit 7")
        try await eventually("the command runs") { try await box.status().first?.commandPID != nil }
        try await box.killDaemon()
        try await gate.open()
        let outcome = try await process.wait()
        #expect(outcome.status == 7)
        #expect(outcome.errors.contains("daemon was lost"), "\(outcome)")
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
        #expect(try await box.history(of: "db").map(\.outcome) == ["reclaimed", "released"])
    }

    @Test func aDaemonThatEndsInOrderLeavesItsLocksToTheNext() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let first = try #require(box.daemonPID)
        Foundation.kill(first, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(first) }
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "other", "-o", "0", "--", "true").status == 0)
        #expect(box.daemonPID != first)
        try await holder.letGo()
        try await eventually("the next one gets the lock") {
            try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0
        }
    }

    @Test func severalCrashesInARowChangeNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let reader = try await box.hold("db", options: "-l", "PR")
        let other = try await box.hold("db", options: "-l", "PR")
        for _ in 0..<3 {
            try await box.killDaemon()
            #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
            #expect(try await box.flom("-r", "db", "-l", "PR", "-o", "0", "--", "true").status == 0)
        }
        #expect(try await box.status().map(\.commandPID) == [reader.commandPID, other.commandPID])
        try await reader.letGo()
        #expect(try await reader.process.wait().status == 0)
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        try await other.letGo()
        #expect(try await box.flom("-r", "db", "--", "true").status == 0)
    }
}
