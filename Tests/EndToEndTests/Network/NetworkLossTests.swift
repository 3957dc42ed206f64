import FlomTestKit
import Foundation
import Testing

/// The ends of locks and places after a lost connection: not too early, and not never.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkLossTests {
    private static let place = ["-a", "192.168.1.2", "-d", "0"]

    private func stage(delayMilliseconds: Int) async throws -> HostNetwork {
        let net = try await HostNetwork()
        let started = try await net.mojan.flom(
            "-a", "192.168.1.2", "-d", "-1", "--lost-holder-delay", "\(delayMilliseconds)", "-r", "warmup", "--", "true")
        guard started.status == 0 else {
            net.close()
            throw NeverHappened(description: "no daemon: \(started)")
        }
        return net
    }

    /// The client is dead when its request is read, so its process cannot be watched, and its lock must end all the same.
    @Test func aClientThatEndsBeforeItIsHeardLeavesNoLock() async throws {
        let net = try await stage(delayMilliseconds: 2000)
        defer { net.close() }
        let daemon = try #require(net.mojan.daemons.first)
        kill(daemon, SIGSTOP)
        let client = try net.mojan.start(["flom"] + Self.place + ["-r", "db", "--", "true"])
        try await eventually("its request has arrived") {
            let table = try await net.mojan.run(["cat", "/proc/net/tcp"]).output
            return table.split(separator: "\n").contains { line in
                let words = line.split(separator: " ")
                // The port, an established connection, and unread bytes.
                return words[1].hasSuffix(":6D6F") && words[3] == "01" && !words[4].hasSuffix(":00000000")
            }
        }
        client.send(SIGKILL)
        try await client.wait()
        kill(daemon, SIGCONT)
        let next = try await net.mojan.run(["flom"] + Self.place + ["-r", "db", "-o", "15000", "--", "echo", "next"])
        #expect(next.output == "next\n", "\(next)")
    }

    /// The daemon gives the place up after the delay; the waiter has to notice earlier that it is cut off.
    @Test func aWaiterWhoseCableWasOutFindsItsPlaceAgain() async throws {
        let net = try await stage(delayMilliseconds: 10_000)
        defer { net.close() }
        let holder = try await net.mojan.hold("db", Self.place)
        let first = try await net.presanella.queue(for: "db", Self.place, at: net.mojan, ["sh", "-c", "echo first >> order"])
        let second = try await net.tonale.queue(for: "db", Self.place, at: net.mojan, ["sh", "-c", "echo second >> order"])
        try await net.setCable(of: net.presanella, connected: false)
        try await eventually("the waiter notices that it is cut off") {
            first.errorsSoFar.contains("waiting for it to come back")
        }
        try await net.setCable(of: net.presanella, connected: true)
        try await eventually("it has come back") {
            try await JournalQuery.rows("SELECT kind FROM event WHERE kind = 'resumed'", of: net.mojan.journal, in: net.box) != []
        }
        try await holder.letGo()
        #expect(try await first.wait().status == 0)
        #expect(try await second.wait().status == 0)
        #expect(Files.text(of: net.box.path("order")) == "first\nsecond\n")
    }

    /// Without a machine id the reboot of a host is never noticed.
    @Test func theJournalKnowsWhereARequestCameFrom() async throws {
        let net = try await stage(delayMilliseconds: 2000)
        defer { net.close() }
        #expect(try await net.presanella.run(["flom"] + Self.place + ["-r", "db", "--", "true"]).status == 0)
        let rows = try await JournalQuery.rows("SELECT address FROM request", of: net.mojan.journal, in: net.box)
        #expect(rows == ["192.168.1.2", "192.168.1.4"])
    }
}
