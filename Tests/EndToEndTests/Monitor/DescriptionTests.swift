import FlomTestKit
import Foundation
import Testing

/// What `/api/v1/openapi.json` says is what a daemon answers.
@Suite(.enabled(if: Conditions.hasPythonModule("jsonschema"), "needs Debian's python3-jsonschema"))
struct DescriptionTests {
    @Test func everyPathAnswersAsDescribed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let place = "127.0.0.1:\(try FreePort.find())"
        _ = try await box.run([box.program] + box.options + ["--http", place, "-r", "db", "--", "true"])
        _ = try await box.run([box.program] + box.options + ["-r", "failing", "--", "sh", "-c", "exit 3"])
        let first = try await box.hold("db")
        let second = try await box.queue(for: "db", "--", "true")
        try await first.letGo()
        #expect(try await second.wait().status == 0)
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "--", "true")
        let verdict = try await box.run([
            Conditions.python, "\(Program.repository)/Verification/Monitor/openapi.py", "http://\(place)",
        ])
        #expect(verdict.status == 0 && verdict.output.hasSuffix("13 paths, 0 complaints\n"), "\(verdict)")
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }
}
