import FlomTestKit
import Foundation
import Testing

/// Clients that are away, and the times until which their locks are kept: only the daemon knows them.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkStatusTests {
    private static let place = ["-a", "192.168.1.2", "-d", "0"]
    private static let starting = ["-a", "192.168.1.2", "-d", "-1", "--lost-holder-delay", "60000", "--reclaim-grace", "60000"]

    /// In seconds from now.
    private func left(_ row: ReportRow) throws -> TimeInterval {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        // The parser does not accept microseconds.
        let text = try #require(row.keptUntil).replacing(/(\.\d{3})\d*Z/) { "\($0.output.1)Z" }
        return try style.parse(text).timeIntervalSinceNow
    }

    @Test func aHolderThatLostItsConnectionIsAwayUntilItComesBack() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.run(["flom"] + Self.starting + ["-r", "warmup", "--", "true"])
        try #require(started.status == 0, "\(started)")
        let leased = try await net.presanella.hold("leased", Self.place)
        let leaseless = try await net.presanella.hold("leaseless", Self.place + ["--lease", "none"])
        let waiter = try await net.presanella.queue(for: "leased", Self.place, at: net.mojan, ["true"])
        #expect(try await net.mojan.status(Self.place).allSatisfy { !$0.isAway && $0.keptUntil == nil })

        // The daemon sees a lost connection; the clients are stopped, so that they do not come back at once.
        for process in [leased.process, leaseless.process, waiter] { process.send(SIGSTOP) }
        try #require(try await net.mojan.run(["ss", "-K", "dst", net.presanella.address]).status == 0)
        let rows = try await found("all are away") {
            let rows = try await net.mojan.status(Self.place)
            return rows.allSatisfy(\.isAway) && rows.count == 3 ? rows : nil
        }
        #expect(rows.map(\.outcome) == ["held", "waiting", "held"] && rows.map(\.resource) == ["leased", "leased", "leaseless"])
        for row in rows.prefix(2) { #expect(try (1...60).contains(left(row)), "\(row)") }
        #expect(rows[2].keptUntil == nil, "no time ends it")
        let table = try await net.mojan.run(["flom"] + Self.place + ["--status"])
        #expect(table.output.contains(", away, kept until ") && table.output.contains("held, away "), "\(table)")
        let check = try await net.mojan.run(["flom"] + Self.place + ["--check"])
        #expect(check.status == 1 && check.output.contains(" is away from 'leased' (and 2 more) |"), "\(check)")
        let figures = try await net.mojan.run(["flom"] + Self.place + ["--status", "--format", "prometheus"])
        #expect(figures.output.contains(#"flom_away{resource="leased"} 2"#), "\(figures)")

        for process in [leased.process, leaseless.process, waiter] { process.send(SIGCONT) }
        try await eventually("all are back") {
            try await net.mojan.status(Self.place).allSatisfy { !$0.isAway && $0.keptUntil == nil }
        }

        // A new daemon waits for them too.
        for process in [leased.process, leaseless.process, waiter] { process.send(SIGSTOP) }
        let old = try #require(net.mojan.daemons.first)
        kill(old, SIGKILL)
        try await eventually("daemon \(old) is gone") { !ProcessTable.isAlive(old) }
        #expect(try await net.mojan.run(["flom"] + Self.starting + ["-r", "other", "--", "true"]).status == 0)
        let again = try await net.mojan.status(Self.place)
        #expect(again.map(\.isAway) == [true, true, true] && again[2].keptUntil == nil, "\(again)")
        #expect(try (1...60).contains(left(again[0])))
        for process in [leased.process, leaseless.process, waiter] { process.send(SIGCONT) }
        try await leased.letGo()
        try await leaseless.letGo()
        #expect(try await waiter.wait().status == 0)
    }
}
