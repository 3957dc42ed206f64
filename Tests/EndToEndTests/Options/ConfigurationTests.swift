import FlomTestKit
import Foundation
import Testing

/// Files that set what options set: `~/.flom`, then `$XDG_CONFIG_HOME/flom/flom.conf`, then `-c`, then the options.
@Suite struct ConfigurationTests {
    private static let report = ["sh", "-c", "echo $FLOM_RESOURCE $FLOM_LOCK_MODE"]

    private func writeHome(_ text: String, _ box: Sandbox) throws { try Files.write(text, to: box.path("home/.flom")) }

    private func writeXDG(_ text: String, _ box: Sandbox) throws {
        try Files.makeDirectory(box.path("config/flom"))
        try Files.write(text, to: box.path("config/flom/flom.conf"))
    }

    private func run(_ box: Sandbox, _ options: [String] = [], environment: [String: String] = [:]) async throws -> Outcome {
        try await box.run([box.program] + box.options + options + ["--"] + Self.report, environment: environment)
    }

    @Test func laterFilesWinKeyByKeyAndOptionsWinOverFiles() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await run(box).output == "_RESOURCE EX\n")
        try writeHome("# mine\n[Resource]\nName = home\nLockMode=PR\n", box)
        #expect(try await run(box).output == "home PR\n")
        try writeXDG("[Resource]\nName=xdg\n", box)
        #expect(try await run(box).output == "xdg PR\n")
        let named = box.path("named.conf")
        try Files.write("[Resource]\nName=named\n", to: named)
        #expect(try await run(box, ["-c", named]).output == "named PR\n")
        #expect(try await run(box, ["-c", named, "-r", "typed"]).output == "typed PR\n")
        #expect(try await run(box, ["-r", "typed", "-l", "EX", "-c", named]).output == "typed EX\n")
    }

    @Test func withoutXDGVariableTheFileIsBelowHome() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("home/.config"))
        try Files.makeDirectory(box.path("home/.config/flom"))
        try Files.write("[Resource]\nName=below\n", to: box.path("home/.config/flom/flom.conf"))
        #expect(try await run(box, environment: ["XDG_CONFIG_HOME": ""]).output == "below EX\n")
        #expect(try await run(box).output == "_RESOURCE EX\n")
    }

    @Test func filesNameSocketJournalAndTimeout() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try writeHome(
            """
            [Daemon]
            SocketName=\(box.path("configured"))
            SocketMode=640
            Lifespan=60000
            [Journal]
            File=\(box.path("configured-journal"))
            [Resource]
            Timeout=0
            """, box)
        let gate = try box.gate("gate")
        let holder = try box.start([box.program, "-r", "R", "--", "cat", gate.path])
        try await eventually("the holder runs its command") { box.processes.contains { $0.name == "cat" } }
        #expect(try await box.run([box.program, "-r", "R", "--", "true"]).status == 98)
        #expect(Files.permissions(of: box.path("configured")) == 0o640)
        #expect(Files.exists(box.path("configured-journal")) && !Files.exists(box.socket))
        try await gate.open()
        #expect(try await holder.wait().status == 0)
    }

    /// The line that is wrong, and what is said of it.
    ///
    /// `FlomOptionsTests` has all kinds of wrong lines.
    private static let wrongLines = [("Timeout=soon", "'soon'")]

    @Test(arguments: wrongLines)
    func aMistakeInAUsualFileIsNamedAndIgnored(line: String, clue: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try writeHome("[Resource]\nName=good\n\n\(line)\n", box)
        let outcome = try await run(box)
        #expect(outcome.status == 0 && outcome.output == "good EX\n", "\(outcome)")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 1 && lines[0].contains("\(box.path("home/.flom")):4") && lines[0].contains(clue), "\(outcome)")
    }

    @Test(arguments: wrongLines)
    func aMistakeInTheNamedFileEndsFlom(line: String, clue: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let named = box.path("named.conf")
        try Files.write("[Resource]\nName=good\n\n\(line)\n", to: named)
        let outcome = try await run(box, ["-c", named])
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("\(named):4") && outcome.errors.contains(clue), "\(outcome)")
        #expect(!Files.exists(box.socket))
    }

    @Test func aNamedFileThatIsNotThereEndsFlom() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await run(box, ["-c", box.path("missing.conf")])
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains(box.path("missing.conf")), "\(outcome)")
        #expect(!Files.exists(box.socket))
    }

    @Test func aResourceThatAFileNamesDoesNotNarrowReports() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.flom("-r", "other", "--", "true").status == 0)
        try writeHome("[Resource]\nName=mine\n", box)
        #expect(try await run(box).output == "mine EX\n")
        #expect(try await box.history().map(\.resource) == ["other", "mine"])
    }
}
