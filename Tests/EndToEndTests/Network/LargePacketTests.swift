import FlomTestKit
import Foundation
import Testing

/// A path that loses large packets silently: a tunnel, and a firewall that drops the ICMP messages about it.
@Suite(
    .enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"),
    .enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
struct LargePacketTests {
    private static let place = ["-a", "192.168.1.2", "-d", "0"]

    /// Connections are made before packets are lost, so that neither side has learnt of the limit.
    private func narrow(_ net: HostNetwork, _ bytes: Int) async throws {
        for host in [net.mojan, net.presanella] {
            // A bridge drops packets that do not fit the port. Offloading is off, so that segments leave the kernel as they are on the wire.
            try await net.setCable(of: host, bytes: bytes)
            try await net.administer("-n", host.namespace, "link", "set", "eth0", "gso_max_segs", "1")
        }
    }

    @Test func anUnlockDoesNotWaitBehindALongCommandLine() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "-r", "warmup", "--", "true")
        try #require(started.status == 0, "\(started)")
        try await narrow(net, 700)
        let long = String(repeating: "x", count: 20_000)
        let command = ["flom"] + Self.place + ["-r", "db", "--", "sh", "-c", "echo ran", long]
        for _ in 0..<2 {
            let begun = ContinuousClock.now
            let outcome = try await net.presanella.run(command)
            #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
            let took = ContinuousClock.now - begun
            #expect(took < .seconds(5), "\(took)")
        }
        let rows = try await JournalQuery.rows(
            "SELECT exit_status, length(CAST(command AS BLOB)) > 20000 FROM request WHERE number > 1", of: net.mojan.journal,
            in: net.box)
        #expect(rows == ["0|1", "0|1"])
    }
}
