import FlomTestKit
import Foundation
import Testing

/// Several resources in files and options: their precedence. `FlomOptionsTests` has that of single keys.
@Suite struct SettingsPrecedenceTests {
    private func sandbox(_ configuration: String) throws -> Sandbox {
        let box = try Sandbox()
        try Files.write(configuration, to: box.path("home/.flom"))
        return box
    }

    private static let file = "[Resource]\nName=N[9]\nLockMode=PR\nQuantity=4\n"

    /// The rows that a command with these options gets: name, mode, quantity.
    private static let precedence: [(options: [String], rows: [String])] = [
        ([], ["N[9] EX 4"]), (["-l", "CR", "-r", "A", "-r", "B", "-l", "NL"], ["A CR", "B NL"]),
        (["-q", "2", "-r", "M[9]", "-r", "O[9]", "-q", "3"], ["M[9] EX 2", "O[9] EX 3"]),
    ]

    @Test(arguments: precedence)
    func theCommandLineReplacesTheFilesResources(options: [String], rows: [String]) async throws {
        let box = try sandbox(Self.file)
        defer { box.close() }
        let outcome = try await box.run([box.program] + box.options + options + ["--", "true"])
        #expect(outcome.status == 0, "\(outcome)")
        let found = try await box.history().map { row in
            "\(row.resource) \(row.mode)" + (row.quantity.map { " \($0)" } ?? "")
        }
        #expect(found == rows)
    }

    @Test(arguments: ["--history", "--status"]) func aReportIsAboutOneResourceOrAll(report: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.flom("-r", "A", "-r", "B", "--", "true")
        let outcome = try await box.flom(report, "-r", "A", "-r", "B")
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("one resource"), "\(outcome)")
        #expect(try await box.flom(report, "-r", "A").status == 0)
    }
}
