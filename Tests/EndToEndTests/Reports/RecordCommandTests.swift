import FlomTestKit
import Foundation
import Testing

/// `RecordCommand` and `Redact`: words that must not be on record are nowhere.
@Suite struct RecordCommandTests {
    private static let secret = "Xyzzy-\(UInt32.random(in: .min ... .max))"

    /// Whether the secret is in the journal, in its log or in what is printed.
    private func isAnywhere(_ box: Sandbox) async throws -> Bool {
        let secret = Data(Self.secret.utf8)
        for name in try FileManager.default.contentsOfDirectory(atPath: box.directory) where name.hasPrefix("journal") {
            let path = box.path(name)
            if let bytes = FileManager.default.contents(atPath: path), bytes.range(of: secret) != nil { return true }
        }
        return try await box.flom("--history", "--format", "json").output.contains(Self.secret)
    }

    private func run(_ box: Sandbox, _ options: [String], environment: [String: String] = [:]) async throws {
        let holder = try await box.hold("R")
        // A command that waits, one that is refused, one that runs.
        let words = ["--", "echo", "--password=\(Self.secret)", "--password", Self.secret]
        let waiter = try box.start([box.program] + box.options + options + ["-r", "R"] + words, environment: environment)
        _ = try await found("somebody waits") { try await box.status().first { $0.outcome == "waiting" } }
        let refused = try await box.run(
            [box.program] + box.options + options + ["-r", "R", "-o", "0"] + words, environment: environment)
        #expect(refused.status == 98)
        try await holder.letGo()
        #expect(
            try await waiter.wait().output == "--password=\(Self.secret) --password \(Self.secret)\n", "the command has it all")
    }

    @Test func byDefaultAllOfItIsOnRecord() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await run(box, [])
        #expect(try await isAnywhere(box))
    }

    @Test func theClientSendsOnlyWhatMayBeOnRecord() async throws {
        let box = try Sandbox()
        defer { box.close() }
        // The daemon has no such setting.
        try await box.startDaemon()
        try await run(
            box, ["--redact", "--password=*", "--redact", "--password *"], environment: ["FLOM_TRACE_MASK": "0xffff"])
        #expect(try await !isAnywhere(box))
        let commands = try await box.history(of: "R").compactMap(\.command).filter { $0.first == "echo" }
        #expect(commands == Array(repeating: ["echo", "--password=***", "--password", "***"], count: 2))
        try await box.flom("--record-command", "none", "-r", "S", "--", "echo", Self.secret)
        try await box.flom("--record-command", "name", "-r", "S", "--", "echo", Self.secret)
        #expect(try await box.history(of: "S").map(\.command) == [nil, ["echo"]])
        #expect(try await !isAnywhere(box))
    }

    @Test func theDaemonRecordsOnlyWhatMayBe() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--redact", "--password=*", "--redact", "--password *")
        try await run(box, [])
        #expect(try await !isAnywhere(box))
        // So does the next daemon after a crash, whichever client starts it.
        try await box.killDaemon()
        try await run(box, [])
        #expect(try await !isAnywhere(box))
        #expect(try await box.history(of: "R").compactMap(\.command).count { $0.contains("***") } == 4)
    }

    @Test(arguments: ["name", "none"]) func howMuchTheDaemonRecords(_ extent: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Journal]\nRecordCommand=\(extent)\n", to: box.path("home/.flom"))
        try await box.startDaemon()
        try Files.write("", to: box.path("home/.flom"))
        for number in ["1", "2"] { try await box.flom("-r", "R", "--", "echo", Self.secret, number) }
        #expect(try await !isAnywhere(box))
        #expect(try await box.history(of: "R").map(\.command) == Array(repeating: extent == "name" ? ["echo"] : nil, count: 2))
        #expect(try await box.flom("--verify").status == 0)
    }

    /// Patterns of all files and options add up: none can switch off another.
    @Test func patternsAddUp() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Journal]\nRedact=a=*\nRedact=-p\\s*\n", to: box.path("home/.flom"))
        let outcome = try await box.flom("-V", "--redact", "b=*", "--", "echo", "a=1", "b=2", "c=3", "-p", "4")
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n").filter { $0.hasPrefix("[Journal]/Redact=") }
        #expect(lines == ["[Journal]/Redact='a=*'", "[Journal]/Redact='-p *'", "[Journal]/Redact='b=*'"])
        #expect(try await box.history().map(\.command) == [["echo", "a=***", "b=***", "c=3", "-p", "***"]])
        let wrong = try await box.flom("--redact", "password", "--", "true")
        #expect(
            wrong.status == 99 && wrong.errors.contains("--redact") && wrong.errors.contains("with * for each part"), "\(wrong)")
    }
}
