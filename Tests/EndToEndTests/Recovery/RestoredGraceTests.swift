import FlomTestKit
import Foundation
import Testing

/// A journal that was restored from a copy does not have later locks. Until their holders have had time to come back, no lock is
/// given, by any daemon.
@Suite(.enabled(if: JournalQuery.isPossible, "needs Python with SQLite")) struct RestoredGraceTests {
    private static let grace = 9000
    /// The grace begins shortly before the daemon's start is on record.
    private static let slack = 500

    private func number(_ sql: String, _ box: Sandbox) async throws -> Int {
        let rows = try await JournalQuery.rows(sql, of: box.journal, in: box)
        return try #require(rows.first.flatMap { Int($0) }, "\(sql): \(rows)")
    }

    private func listened(_ box: Sandbox) async throws -> Int { try await number("SELECT listened_ms FROM journal", box) }

    /// Kills the daemon and puts an older copy of its journal back; the endpoint record knows that there was more.
    private func restore(_ copy: JournalFiles, _ box: Sandbox) async throws {
        try await box.recordFollows()
        try await box.killDaemon()
        unlink(box.journal + "-shm")
        try copy.write(to: box)
        // Otherwise no daemon would begin with it.
        #expect(try await box.flom("--accept-journal").status == 0)
    }

    /// A client holds `db` when the daemon's journal becomes a copy of before. It may not start the next daemon. One that stays away
    /// is stopped until the test continues it.
    private func holdBeyondTheCopy(_ box: Sandbox, staysAway: Bool) async throws -> Holder {
        try await box.startDaemon("--reclaim-grace", "\(Self.grace)")
        let copy = JournalFiles(of: box)
        let holder = try await box.hold("db", options: "-d", "0")
        if staysAway { holder.process.send(SIGSTOP) }
        try await restore(copy, box)
        return holder
    }

    private func ask(for resource: String, _ box: Sandbox) async throws -> Int32? {
        try await box.flom("-r", resource, "-o", "0", "--", "true").status
    }

    @Test func theGraceGoesOnWithTheNextDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await holdBeyondTheCopy(box, staysAway: true)

        // The daemon writes on from the end of the copy, so the journal does not look restored any more.
        #expect(try await ask(for: "Q", box) == 98)
        #expect(box.recorded("shut-since")?.isEmpty == false)
        try await eventually("it has listened for a while") { try await listened(box) >= 2000 }
        for _ in 1...20 { #expect(try await ask(for: "Q", box) == 98) }
        try await box.killDaemon()
        let before = try await listened(box)

        #expect(try await ask(for: "Q", box) == 98)
        #expect(try await ask(for: "db", box) == 98)
        let waiter = try await box.queue(for: "Q", "--", "echo", "got it")
        holder.process.send(SIGCONT)
        try await eventually("the holder has its lock again") {
            try await box.status().contains { $0.resource == "db" && $0.clientPID == holder.process.pid && $0.outcome == "held" }
        }
        #expect(try await waiter.wait().output == "got it\n")
        let waited = try await number(
            """
            SELECT (max(CASE WHEN kind = 'granted' AND request = (SELECT max(number) FROM request WHERE outcome = 'released')
                THEN boottime END) - max(CASE kind WHEN 'daemon_started' THEN boottime END)) / 1000000 FROM event
            """, box)
        #expect(waited >= Self.grace - before - Self.slack && waited < Self.grace - before + 2000, "\(waited) after \(before)")
        #expect(box.recorded("shut-since") == "")
        #expect(try await ask(for: "db", box) == 98)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// An orderly end with nothing open: there may still be a holder.
    @Test func aSignalDoesNotEndTheGrace() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await holdBeyondTheCopy(box, staysAway: true)
        #expect(try await ask(for: "Q", box) == 98)
        let daemon = try #require(box.daemonPID)
        kill(daemon, SIGTERM)
        try await eventually("it is gone") { !ProcessTable.isAlive(daemon) }
        #expect(box.recorded("state") == "running")
        #expect(try await ask(for: "Q", box) == 98)
        #expect(try await box.flom("--journal", box.path("other"), "-r", "Q", "-o", "0", "--", "true").status == 98)
    }

    /// A lock that a person broke while its holder was away stays broken.
    @Test func aLockThatEndsInTheGraceIsNotBroughtBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await holdBeyondTheCopy(box, staysAway: false)
        #expect(try await ask(for: "Q", box) == 98)
        try await eventually("the holder has its lock again") { try await box.status().contains { $0.resource == "db" } }
        holder.process.send(SIGSTOP)
        try await box.killDaemon()
        #expect(try await ask(for: "Q", box) == 98)
        #expect(try await box.flom("--break", "-r", "db", "--yes").status == 0)
        holder.process.send(SIGCONT)
        try await eventually("the holder hears of it") { holder.process.errorsSoFar.contains("is lost while its command runs") }
        #expect(try await box.status().isEmpty)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }
}
