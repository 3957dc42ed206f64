import FlomTestKit
import Foundation
import Testing

/// `--prune-older-than`, `[Journal] Retention` and `--vacuum` on the built binary.
@Suite(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
struct PruneTests {
    private func requests(_ box: Sandbox) async throws -> [Int] { try await box.history().map(\.request) }

    @Test func theDaemonRemovesWhatHasEnded() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("R")
        for _ in 0..<3 { try await box.flom("-r", "other", "--", "true") }
        let outcome = try await box.flom("--history", "--prune-older-than", "0s")
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.hasPrefix("removed 4 requests and "), "\(outcome)")
        #expect(try await requests(box) == [2], "who holds stays")
        #expect(try await box.flom("--verify").status == 0)
        #expect(try await box.count(of: "pruned") == 1)
        #expect(try await box.flom("--prune-older-than", "1d").output == "nothing is that old\n")
        // No number is given again, by this daemon or the next.
        try await box.flom("-r", "other", "--", "true")
        #expect(try await requests(box) == [2, 6])
        try await holder.letGo()
        _ = try await holder.process.wait()
        try await box.flom("--prune-older-than", "0s")
        #expect(try await requests(box).isEmpty)
        try await box.killDaemon()
        try await box.startDaemon()
        let row = try #require(try await box.history().first)
        #expect(row.request == 7)
        #expect(try #require(row.fencingToken) & (1 << 37 - 1) == 7)
        #expect(try await JournalAudit.findings(of: box.journal, in: box) == [])
    }

    @Test func withoutADaemonTheCommandDoesIt() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let pid = try await box.startDaemon()
        for _ in 0..<200 { try await box.flom("-r", "R", "--", "true") }
        let refused = try await box.flom("--history", "--vacuum")
        #expect(refused.status == 99 && refused.errors.contains("end the daemon first (flom -x)"), "\(refused)")
        try await box.flom("-x")
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        let outcome = try await box.flom("--history", "--prune-older-than", "0s", "--vacuum")
        #expect(outcome.status == 0 && outcome.output.hasPrefix("removed 201 requests and "), "\(outcome)")
        #expect(outcome.output.contains("KiB now, after"), "\(outcome)")
        #expect(try await requests(box).isEmpty)
        #expect(try await box.flom("--verify").status == 0)
        try await box.startDaemon()
        #expect(try await requests(box) == [202])
        #expect(try await box.flom("--verify").status == 0)
    }

    @Test func aDaemonForgetsByItself() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let first = try await box.startDaemon()
        try await box.flom("-x")
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(first) }
        try Files.write("[Journal]\nRetention=1s\n", to: box.path("home/.flom"))
        try await eventually("what is there is old enough") {
            try await JournalQuery.rows(
                "SELECT 1 FROM request WHERE ended_at / 1000000 < strftime('%s', 'now') - 1", of: box.journal, in: box) != []
        }
        try await box.startDaemon()
        try await eventually("what the last daemon left is forgotten") { try await !requests(box).contains(1) }
        let by = try await JournalQuery.rows(
            "SELECT json_extract(detail, '$.by') FROM event WHERE kind = 'pruned'", of: box.journal, in: box)
        #expect(by.first == "[Journal] Retention")
        // The next daemon after a crash inherits the retention, whatever its starter's setting.
        #expect(box.recorded("retention-us") == "1000000")
        try await box.killDaemon()
        try Files.write("", to: box.path("home/.flom"))
        try await box.startDaemon()
        #expect(box.recorded("retention-us") == "1000000")
    }

    /// The right to prune is that of `--break`: the daemon's user and root, on its host.
    @Test func overTCPItIsRefused() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let network = ["-a", "127.0.0.1", "-p", "\(try FreePort.find())", "--journal", box.journal, "-d", "60000"]
        let run = try await box.run([box.program] + network + ["-r", "R", "--", "true"])
        try #require(run.status == 0, "\(run)")
        let outcome = try await box.run([box.program] + network + ["--prune-older-than", "0s"])
        #expect(outcome.status == 99 && outcome.errors.contains("over TCP the user is not known"), "\(outcome)")
        #expect(try await box.run([box.program] + network + ["-X"]).status == 0)
    }
}
