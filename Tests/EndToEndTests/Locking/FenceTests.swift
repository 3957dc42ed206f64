import FlomTestKit
import Foundation
import Testing

/// `--fence FILE`: a command with an older token than FILE has seen does not run.
@Suite struct FenceTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The contents of the file; nil if there is none.
        let file: String?
        /// The value of the variable; nil without it.
        let token: String?
        let status: Int32
        /// The contents of the file afterwards.
        let after: String?
        var says = ""
    }

    private static let five = "0000000000000005\n"

    static let rows = [
        Row(testDescription: "new file", file: nil, token: "5", status: 7, after: five),
        Row(testDescription: "empty file", file: "", token: "5", status: 7, after: five),
        Row(testDescription: "older", file: five, token: "4", status: 98, after: five, says: "older than 5"),
        Row(testDescription: "equal", file: five, token: "5", status: 7, after: five),
        Row(testDescription: "newer", file: "4\n", token: "5", status: 7, after: five),
        Row(testDescription: "garbage", file: "my thesis\n", token: "5", status: 99, after: "my thesis\n", says: "untouched"),
        Row(
            testDescription: "a long file", file: String(repeating: "1", count: 100), token: "5", status: 99,
            after: String(repeating: "1", count: 100), says: "untouched"),
        Row(testDescription: "no variable", file: five, token: nil, status: 99, after: five, says: "FLOM_FENCING_TOKEN"),
        Row(testDescription: "no token", file: five, token: "5x", status: 99, after: five, says: "no fencing token"),
        Row(testDescription: "a negative token", file: nil, token: "-5", status: 99, after: nil, says: "no fencing token"),
    ]

    @Test(arguments: rows) func fence(row: Row) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let file = box.path("fence")
        if let text = row.file { try Files.write(text, to: file) }
        let outcome = try await box.run(
            [box.program, "--fence", file, "--", "sh", "-c", "echo ran; exit 7"],
            environment: row.token.map { ["FLOM_FENCING_TOKEN": $0] } ?? [:])
        #expect(outcome.status == row.status && outcome.output == (row.status == 7 ? "ran\n" : ""), "\(outcome)")
        #expect(row.says.isEmpty ? outcome.errors.isEmpty : outcome.errors.contains(row.says), "\(outcome)")
        #expect(Files.text(of: file) == row.after)
    }

    /// The whole use case: a command whose lock was broken comes late, and is stopped.
    @Test func aHolderThatLostItsLockUnknowinglyIsStopped() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let guarded = "cat \(gate.path); exec \(box.program) --fence fence -- sh -c 'echo old >> writes'"
        let first = try box.startFlom("-r", "db", "--", "sh", "-c", guarded)
        try await eventually("the command runs") { try await box.status().first?.commandPID != nil }
        #expect(try await box.flom("--break", "-r", "db", "--yes").status == 0)
        let second = try await box.flom("-r", "db", "--", box.program, "--fence", "fence", "--", "sh", "-c", "echo new >> writes")
        #expect(second.status == 0, "\(second)")
        try await gate.open()
        #expect(try await first.wait().status == 98)
        #expect(Files.text(of: box.path("writes")) == "new\n")
    }
}
