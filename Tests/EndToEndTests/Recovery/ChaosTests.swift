import FlomTestKit
import Foundation
import Testing

/// A few seconds of `tools/chaos`: it works, and finds nothing. Longer runs are for people (docs/testing.md).
@Suite(.enabled(if: JournalQuery.isPossible && Conditions.hasProgram("nsenter"), "needs python3 with sqlite3, and nsenter"))
struct ChaosTests {
    private func chaos(_ options: String...) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let tool = [
            "python3", "-B", Program.repository + "/Verification/Chaos/chaos.py", "--program", box.program, "--seed", "1",
        ]
        let outcome = try await box.start(tool + options).wait(within: .seconds(150))
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains("verdict: all promises kept"), "\(outcome.output)\(outcome.errors)")
    }

    @Test func oneHost() async throws { try await chaos("--only", "host", "--minutes", "0.05") }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
    func severalHosts() async throws { try await chaos("--only", "hosts", "--minutes", "0.05") }

    @Test(arguments: ["term", "stop", "sigchld", "journal"])
    func oneKindOfFault(_ fault: String) async throws { try await chaos("--fault", fault, "--minutes", "0.05") }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"), arguments: ["containers", "boot-ids", "clones"])
    func oneKindOfPlace(_ fault: String) async throws { try await chaos("--fault", fault, "--minutes", "0.05") }
}
