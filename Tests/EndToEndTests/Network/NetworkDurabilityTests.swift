import FlomTestKit
import Foundation
import Testing

/// A grant to another host is answered only when the device has it: such a holder outlives the daemon's operating system.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct NetworkDurabilityTests {
    private func trace(sync: String, locks: (HostNetwork) async throws -> Void) async throws -> [JournalStep] {
        let net = try await HostNetwork()
        defer { net.close() }
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-d", "-1", "--sync", sync, "--", "true")
        #expect(started.status == 0, "\(started)")
        return try await net.box.trace(try #require(net.mojan.daemons.first)) { try await locks(net) }
    }

    @Test(.enabled(if: Conditions.canTrace, "needs strace, and the right to use it"))
    func aRemoteGrantWaitsForTheDevice() async throws {
        let steps = try await trace(sync: "auto") { net in
            for number in 1...5 {
                let client = LegacyClient(try await net.presanella.rawClient(to: "192.168.1.2"))
                #expect(try await client.lock("R\(number)") == 0)
                try await client.unlock("R\(number)")
                try await client.disconnect()
            }
        }
        #expect(JournalStep.syncedGrants(in: steps) == Array(repeating: true, count: 5), "\(steps)")
    }

    /// Shows that the test above would notice a missing sync.
    @Test(.enabled(if: Conditions.canTrace, "needs strace, and the right to use it"))
    func withoutSyncItDoesNotWait() async throws {
        let steps = try await trace(sync: "off") { net in
            let client = LegacyClient(try await net.presanella.rawClient(to: "192.168.1.2"))
            #expect(try await client.lock("R1") == 0)
        }
        #expect(steps.contains(.grants) && steps.contains(.writesJournal) && !steps.contains(.syncs), "\(steps)")
    }
}
