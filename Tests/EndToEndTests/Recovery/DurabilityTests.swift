import FlomTestKit
import Foundation
import Testing

/// The number of a sequence is on the device before its command begins: the client is answered only then.
@Suite(.enabled(if: Conditions.canTrace, "needs strace, and the right to use it"))
struct DurabilityTests {
    private static let runs = 5

    /// For each of several runs one after the other: whether the journal was synced between its last write and the grant.
    private func syncedGrants(of resource: String, sync: String) async throws -> [Bool] {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon("--sync", sync)
        let steps = try await box.trace(daemon) {
            for number in 1...Self.runs {
                let outcome = try await box.flom("-r", resource, "-i", "60000", "--", "echo", "ran")
                #expect(outcome.output == (resource == "R" ? "ran\n" : "ran \(number)\n"), "\(outcome)")
            }
        }
        let grants = JournalStep.syncedGrants(in: steps)
        #expect(grants.count == Self.runs, "\(steps)")
        return grants
    }

    @Test(arguments: [("_s_n[1]", "auto"), ("_S_n[1]", "auto"), ("_s_n[1]", "always"), ("R", "always")])
    func theGrantWaitsForTheDevice(resource: String, sync: String) async throws {
        #expect(try await syncedGrants(of: resource, sync: sync).allSatisfy { $0 })
    }

    /// Shows that the test above would notice a missing sync. The regular sync, once in a tenth of a second, may be traced
    /// between a write and its grant.
    @Test(arguments: [("R", "auto"), ("R", "off"), ("_s_n[1]", "off")])
    func theGrantDoesNotWait(resource: String, sync: String) async throws {
        let grants = try await syncedGrants(of: resource, sync: sync)
        #expect(grants.count { !$0 } >= Self.runs - 2)
    }
}
