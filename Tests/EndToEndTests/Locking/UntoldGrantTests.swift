import FlomTestKit
import Foundation
import Testing

/// A client that was never told of its grant did not hold: here the daemon is stopped while its client gives up, or is killed.
@Suite struct UntoldGrantTests {
    /// A request whose client ends before the daemon reads it.
    enum End: String, CaseIterable, Sendable {
        case givesUp, isKilled

        var outcome: String { self == .givesUp ? "timed_out" : "withdrawn" }
    }

    private func askInVain(_ box: Sandbox, _ resource: String, _ end: End) async throws {
        let daemon = try #require(box.daemonPID)
        kill(daemon, SIGSTOP)
        defer { kill(daemon, SIGCONT) }
        let client = try box.startFlom("-r", resource, "-o", end == .givesUp ? "300" : "60000", "--", "touch", box.path("ran"))
        if end == .isKilled {
            try await eventually("it has asked") { ProcessTable.waitsInPoll(client.pid) }
            kill(client.pid, SIGKILL)
        }
        _ = try await client.wait()
    }

    @Test(arguments: End.allCases)
    func itsNumberIsGivenAgain(_ end: End) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        #expect(try await box.flom("-r", "_S_n[1]", "--", "echo").output == "1\n")
        try await askInVain(box, "_S_n[1]", end)
        #expect(try await box.flom("-r", "_S_n[1]", "-o", "4000", "--", "echo").output == "2\n")
        let rows = try await box.history(of: "_S_n[1]")
        #expect(rows.map(\.outcome) == ["released", end.outcome, "released"])
        #expect(rows[1].grantedAt == nil && rows[1].heldMicroseconds == nil && rows[1].element == nil)
        #expect(!Files.exists(box.path("ran")))
        #expect(try await box.flom("--history", "--verify").status == 0)
    }

    @Test func noStatisticCountsItAsAHolder() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await askInVain(box, "R", .givesUp)
        #expect(try await box.flom("-r", "R", "-o", "4000", "--", "true").status == 0)
        let report = try await box.flom("--stats", "--format", "json", "-r", "R").output
        let group = try JSONDecoder().decode(Group.self, from: Data(report.utf8))
        #expect(group.requests == 2 && group.grants == 1 && group.timeouts == 1)
        let held = try await JournalQuery.rows("SELECT count(*) FROM holds WHERE resource = 'R'", of: box.journal, in: box)
        #expect(held == ["1"])
    }

    private struct Group: Decodable {
        let requests: Int
        let grants: Int
        let timeouts: Int
    }

    /// The client's last message crosses the answer.
    @Test func aClientThatGivesUpWhileTheAnswerIsOnItsWay() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(MarkedMessages.lock("R", secret: "AAECAwQFBgcICQoLDA0ODw", boot: String(repeating: "a", count: 32)))
        try await eventually("it is granted") { try await box.status().contains { $0.resource == "R" && $0.outcome == "held" } }
        try await client.send(MarkedMessages.expiredUnlock("R"))
        try await eventually("it holds no more") { try await box.history(of: "R").map(\.outcome) == ["timed_out"] }
        client.halfClose()
    }
}

/// The same from another host, whose lock would be kept after a lost connection.
@Suite(
    .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"),
    .enabled(if: JournalQuery.isPossible, "needs Python with SQLite"))
struct UntoldRemoteGrantTests {
    private static let place = ["-a", "192.168.1.2", "-d", "0"]

    @Test(arguments: UntoldGrantTests.End.allCases)
    func thereIsNoHolder(_ end: UntoldGrantTests.End) async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        try await net.mojan.run(
            ["flom", "-a", "192.168.1.2", "-d", "-1", "--lost-holder-delay", "60000", "-r", "warmup", "--", "true"])
        let daemon = try #require(net.mojan.daemons.first)
        kill(daemon, SIGSTOP)
        let client = try net.presanella.start(
            ["flom"] + Self.place + ["-r", "R", "-o", end == .givesUp ? "300" : "60000", "--", "touch", net.box.path("ran")])
        if end == .isKilled {
            try await eventually("it has asked") { ProcessTable.waitsInPoll(client.pid) }
            kill(client.pid, SIGKILL)
        }
        _ = try await client.wait()
        kill(daemon, SIGCONT)
        #expect(try await net.tonale.run(["flom"] + Self.place + ["-r", "R", "-o", "10000", "--", "true"]).status == 0)
        let rows = try ReportRow.rows(
            try await net.mojan.run(["flom"] + Self.place + ["--history", "--format", "json", "-r", "R"]))
        #expect(rows.map(\.outcome) == [end.outcome, "released"])
        #expect(!Files.exists(net.box.path("ran")))
    }
}
