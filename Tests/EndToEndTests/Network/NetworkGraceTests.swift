import FlomTestKit
import Foundation
import Testing

/// The time for which a lock of a client on another host outlives daemons that do not hear of the client.
@Suite(
    .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"),
    .enabled(if: JournalQuery.isPossible, "needs Python with SQLite"))
struct NetworkGraceTests {
    private static let place = ["-a", "192.168.1.2", "-d", "0"]
    /// The grace begins shortly before the daemon's start is on record.
    private static let slack = 500

    private func startDaemon(_ net: HostNetwork, grace: Int) async throws -> pid_t {
        let before = net.mojan.recorded("pid")
        let outcome = try await net.mojan.run(
            ["flom", "-a", "192.168.1.2", "-d", "-1", "--reclaim-grace", "\(grace)", "-r", "warmup", "--", "true"])
        guard outcome.status == 0, let pid = net.mojan.recorded("pid"), pid != before else {
            throw NeverHappened(description: "no daemon: \(outcome)")
        }
        return try #require(pid_t(pid))
    }

    private func kill(_ daemon: pid_t) async throws {
        Foundation.kill(daemon, SIGKILL)
        try await eventually("it is gone") { !ProcessTable.isAlive(daemon) }
    }

    private func number(_ sql: String, _ net: HostNetwork) async throws -> Int {
        let rows = try await JournalQuery.rows(sql, of: net.mojan.journal, in: net.box)
        return try #require(rows.first.flatMap { Int($0) }, "\(sql): \(rows)")
    }

    private func listened(_ net: HostNetwork) async throws -> Int { try await number("SELECT listened_ms FROM journal", net) }

    /// The time from the last start of a daemon to the end of the only reclaimed request.
    private func millisecondsToTheReclaim(_ net: HostNetwork) async throws -> Int {
        try await number(
            """
            SELECT (max(CASE kind WHEN 'reclaimed' THEN boottime END) - max(CASE kind WHEN 'daemon_started' THEN boottime END))
                / 1000000 FROM event
            """, net)
    }

    /// Each daemon waits for the rest of the grace, and no less than two attempts to come back take.
    @Test func daemonsThatDieDoNotBeginTheGraceAnew() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let grace = 9000
        var daemon = try await startDaemon(net, grace: grace)
        let away = try await net.presanella.hold("R", Self.place)
        let back = try await net.tonale.hold("S", Self.place)
        try await net.setCable(of: net.presanella, connected: false)
        try await kill(daemon)

        daemon = try await startDaemon(net, grace: grace)
        let waiter = try await net.mojan.queue(for: "R", Self.place, at: net.mojan, ["echo", "got it"])
        try await eventually("it has listened for a while") { try await listened(net) >= 3000 }
        try await kill(daemon)
        // The clock of the grace stands while no daemon listens.
        let before = try await listened(net)
        daemon = try await startDaemon(net, grace: grace)
        #expect(try await listened(net) - before < 2000)
        #expect(try await waiter.wait().output == "got it\n")
        let waited = try await millisecondsToTheReclaim(net)
        print("the grace of \(grace) ms, after \(before) ms with the daemon before: \(waited) ms")
        #expect(waited >= grace - before - Self.slack && waited < grace - before + 2000)
        // No client is awaited any more; the holder that came back still holds.
        #expect(try await net.mojan.status(Self.place).map(\.resource) == ["S"])
        let rows = try ReportRow.rows(
            try await net.mojan.run(["flom"] + Self.place + ["--history", "--format", "json", "-r", "R"]))
        #expect(rows.map(\.outcome) == ["reclaimed", "released"] && rows[0].detail?.hasPrefix("not_resumed") == true, "\(rows)")
        try await back.letGo()
        let outcome = try await back.process.wait()
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        withExtendedLifetime(away) {}
    }

    /// A client of 1.7.2 cannot come back, but its command may run on.
    @Test func aLockOfAnOldClientIsKeptForTheGrace() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let grace = 3000
        var daemon = try await startDaemon(net, grace: grace)
        let holder = LegacyClient(try await net.presanella.rawClient(to: "192.168.1.2"))
        #expect(try await holder.lock("R") == 0)
        let waiting = LegacyClient(try await net.tonale.rawClient(to: "192.168.1.2"))
        #expect(try await waiting.lock("R") == 1)
        try await kill(daemon)

        daemon = try await startDaemon(net, grace: grace)
        // Its waiter has lost its place with its connection.
        #expect(try await net.mojan.status(Self.place).map(\.outcome) == ["held"])
        #expect(try await net.tonale.run(["flom"] + Self.place + ["-r", "R", "-o", "0", "--", "true"]).status == 98)
        let next = LegacyClient(try await net.tonale.rawClient(to: "192.168.1.2"))
        #expect(try await next.lock("R") == 1)
        #expect(try await next.laterAnswer() == 0)
        let waited = try await millisecondsToTheReclaim(net)
        #expect(waited >= grace - Self.slack && waited < grace + 2000)
        try await next.unlock("R")
        try await next.disconnect()
        withExtendedLifetime((holder, waiting)) {}
    }
}
