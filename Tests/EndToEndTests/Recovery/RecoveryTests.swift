import FlomTestKit
import Foundation
import Testing

/// A daemon's start with locks whose clients cannot or do not come back.
@Suite(.enabled(if: JournalQuery.isPossible, "needs Python with SQLite")) struct RecoveryTests {
    /// A client of 1.7.2 in a process of its own: it asks, writes the answer down, and stays.
    private func legacyClient(_ box: Sandbox, _ name: String) throws -> RunningProcess {
        let script = """
            import os, socket, sys, time
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(sys.argv[1])
            connection.sendall(sys.argv[2].encode())
            with open(sys.argv[3] + ".new", "wb") as file: file.write(connection.recv(1023))
            os.rename(sys.argv[3] + ".new", sys.argv[3])
            time.sleep(3600)
            """
        return try box.start(["python3", "-c", script, box.socket, LegacyMessages.lock("db"), box.path(name)])
    }

    @Test func aClientOf172KeepsItsLockOverARestartWhileItsProcessLives() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try legacyClient(box, "holder")
        try await eventually("it has its lock") { Files.text(of: box.path("holder"))?.contains(#"rc="0""#) == true }
        let waiter = try legacyClient(box, "waiter")
        try await eventually("the other one waits") { Files.text(of: box.path("waiter"))?.contains(#"rc="1""#) == true }
        try await box.killDaemon()

        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        // A waiter of 1.7.2 cannot come back, so its place is given up.
        #expect(try await box.history(of: "db").map(\.outcome) == ["held", "withdrawn", "refused"])
        let next = try await box.queue(for: "db", "--", "echo", "next")
        holder.send(SIGKILL)
        try await holder.wait()
        #expect(try await next.wait().output == "next\n")
        let row = try #require(try await box.history(of: "db").first)
        #expect(row.outcome == "reclaimed" && row.detail?.hasPrefix("processes_ended") == true, "\(row)")
        waiter.send(SIGKILL)
        try await waiter.wait()
    }

    /// A holder of 1.7.2 cannot come back to its lock: it would wait for itself for ever.
    @Test func aProcessOf172ThatAsksAgainGetsItAfterTheGrace() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--reclaim-grace", "1500")
        let first = LegacyClient(try await RawClient(box.socket))
        #expect(try await first.lock("db") == 0)
        try await box.killDaemon()
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        let again = LegacyClient(try await RawClient(box.socket))
        let start = ContinuousClock.now
        #expect(try await again.lock("db") == 1)
        #expect(try await again.laterAnswer() == 0)
        #expect(ContinuousClock.now - start >= .milliseconds(1400))
        #expect(try await box.history(of: "db").map(\.outcome) == ["reclaimed", "refused", "held"])
    }

    /// Makes the journal look as after a reboot: no process is left, the boot id is another one, and the clock has begun anew.
    @Test func nothingLocalIsLeftAfterAReboot() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("db", options: "-d", "0")
        let waiter = try await box.queue(for: "db", "-d", "0", "--", "echo", "waited")
        for process in box.processes { kill(process.pid, SIGKILL) }
        _ = try await holder.process.wait()
        _ = try await waiter.wait()
        let boot = String(repeating: "0", count: 32)
        for change in [
            "UPDATE journal SET boot_id = '\(boot)'", "UPDATE request SET boot_id = '\(boot)'",
            "UPDATE process_view SET boot_id = '\(boot)', seen_until = \(Int64.max)",
        ] {
            _ = try await JournalQuery.rows(change, of: box.journal, in: box)
        }
        #expect(try await box.flom("-r", "db", "-o", "5000", "--", "echo", "next").output == "next\n")
        let rows = try await box.history(of: "db")
        #expect(rows.map(\.outcome).prefix(2) == ["reclaimed", "withdrawn"], "\(rows)")
        #expect(rows.prefix(2).allSatisfy { $0.detail?.contains("host_rebooted \(boot)") == true }, "\(rows)")
    }

    /// A journal of an older flom has no namespaces: a different boot id ends nothing, and clients can come back.
    @Test func anotherBootIDAloneEndsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        // This client may not start the next daemon, so that the boot can be changed meanwhile.
        let holder = try await box.hold("db", options: "-d", "0")
        try await box.killDaemon()
        let boot = String(repeating: "0", count: 32)
        for table in ["journal", "request", "process_view"] {
            _ = try await JournalQuery.rows("UPDATE \(table) SET boot_id = '\(boot)'", of: box.journal, in: box)
        }
        let record = try #require(Files.text(of: box.record))
        let own = try #require(box.recorded("boot"))
        try Files.write(record.replacing("boot=\(own)", with: "boot=\(boot)"), to: box.record)

        #expect(try await box.flom("-r", "db", "-o", "1000", "--", "echo", "next").status == 98)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await box.history(of: "db").map(\.outcome).first == "released")
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }
}
