import FlomTestKit
import Foundation
import Testing

/// Holders whose processes the daemon cannot see: the liveness pipe that their commands inherit says whether any process is left.
@Suite(.enabled(if: Conditions.canUnshareProcesses, "needs the right to make PID namespaces")) struct LivenessPipeTests {
    private func unshared(_ box: Sandbox, _ words: [String]) -> [String] {
        ["unshare", "--pid", "--fork", "--kill-child"] + [box.program] + box.options + words
    }

    private func livenessPipes(_ box: Sandbox) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: box.journal + ".live")) ?? []
    }

    private func isFree(_ box: Sandbox) async throws -> Bool {
        try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0
    }

    /// Every holder has a liveness pipe, wherever its processes are, because the next daemon may look from anywhere.
    @Test func everyHolderOfThisHostHasOne() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let ordinary = try await box.hold("other")
        #expect(livenessPipes(box).count == 1)
        let gate = try box.gate("gate")
        let process = try box.start(unshared(box, ["-r", "db", "--", "sh", "-c", "cat \(gate.path); exit 5"]))
        try await eventually("it holds") { try await box.status().contains { $0.resource == "db" && $0.outcome == "held" } }
        #expect(livenessPipes(box).count == 2)
        try await gate.open()
        #expect(try await process.wait().status == 5)
        #expect(try await box.history(of: "db").map(\.exitStatus) == [5])
        #expect(livenessPipes(box).count == 1)
        try await ordinary.letGo()
        #expect(try await ordinary.process.wait().status == 0)
        #expect(livenessPipes(box).isEmpty)
    }

    /// flom is killed; its command lives on, then ends. With and without another daemon in between.
    @Test(arguments: [false, true])
    func theLockLastsAsLongAsAnybodyHasIt(daemonToo: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let gate = try box.gate("gate")
        // The wrapper is not the namespace's first process, whose end would end them all. The environment is not passed on, so
        // that only the liveness pipe tells.
        let script = "\"$@\" & wait; cat \(gate.path)-end"
        let inner =
            [box.program] + box.options + ["-r", "db", "--", "env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", "cat \(gate.path)"]
        let process = try box.start(
            ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "mkfifo \(gate.path)-end; " + script, "sh"] + inner)
        defer { process.send(SIGKILL) }
        try await eventually("it holds") { try await box.status().contains { $0.resource == "db" && $0.outcome == "held" } }
        let client = try #require(try await box.status().first { $0.resource == "db" }?.clientPID)
        if daemonToo { try await box.killDaemon() }
        kill(client, SIGKILL)
        // The killed client may have started the next daemon in its own namespace, from where no process can be told.
        try await eventually("its flom is gone, and the lock is held") {
            guard !ProcessTable.isAlive(client) else { return false }
            _ = try await isFree(box)
            return try await box.status().contains { $0.resource == "db" && $0.outcome == "held" }
        }
        #expect(try await !isFree(box))
        try await gate.open()
        try await eventually("nobody has it any more") { try await isFree(box) }
        let row = try await box.history(of: "db").first
        #expect(row?.detail == "witness_ended", "\(String(describing: row))")
    }
}

/// Puts back a journal from an older copy.
@Suite struct RestoredJournalTests {
    private func copy(_ box: Sandbox, to place: String) throws {
        for suffix in ["", "-wal"] {
            try? FileManager.default.removeItem(atPath: place + suffix)
            if Files.exists(box.journal + suffix) {
                try FileManager.default.copyItem(atPath: box.journal + suffix, toPath: place + suffix)
            }
        }
    }

    private func restore(_ box: Sandbox, from place: String) throws {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: box.journal + suffix) }
        for suffix in ["", "-wal"] where Files.exists(place + suffix) {
            try FileManager.default.copyItem(atPath: place + suffix, toPath: box.journal + suffix)
        }
    }

    @Test func holdersComeBackAndNobodyElseGetsInMeanwhile() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--reclaim-grace", "3000")
        try copy(box, to: box.path("copy"))
        let holder = try await box.hold("db")
        let pool = try await box.hold("a.b")
        let token = try #require(try await box.history(of: "db").first?.fencingToken)
        try await box.recordFollows()
        holder.process.send(SIGSTOP)
        pool.process.send(SIGSTOP)
        try await box.killDaemon()
        try restore(box, from: box.path("copy"))

        let refused = try await box.flom("-r", "db", "-o", "0", "--", "true")
        #expect(refused.status == 99 && refused.errors.contains("--accept-journal"), "\(refused)")
        #expect(try await box.flom("--accept-journal").status == 0)
        // The journal has no holder, and still everything is shut.
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "other", "-o", "0", "--", "true").status == 98)
        let waiter = try await box.queue(for: "other", "--", "echo", "ran")
        holder.process.send(SIGCONT)
        pool.process.send(SIGCONT)
        try await eventually("both are reinstated") {
            try await box.status().filter { $0.outcome == "held" && $0.commandPID != nil }.map(\.resource) == ["a.b", "db"]
        }
        // The others go on when the grace is over.
        #expect(try await waiter.wait().output == "ran\n")
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-r", "a.b", "-o", "5000", "--", "echo").output == "b\n")
        let newest = try #require(try await box.history(of: "db").first { $0.outcome == "held" }?.fencingToken)
        #expect(newest > token + (1 << 37) - 1000)
        try await holder.letGo()
        try await pool.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
    }

    /// After an orderly end there can be no holder, but the tokens must not come again.
    @Test func afterAnOrderlyEndOnlyTheTokensAreOthers() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let first = try await box.startDaemon()
        try copy(box, to: box.path("copy"))
        #expect(try await box.flom("-r", "db", "--", "true").status == 0)
        let token = try #require(try await box.history(of: "db").first?.fencingToken)
        #expect(try await box.flom("-x").status == 0)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(first) }
        try restore(box, from: box.path("copy"))
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
        #expect(try #require(try await box.history(of: "db").first?.fencingToken) > token)
    }
}
