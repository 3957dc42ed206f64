import FlomTestKit
import Foundation
import Testing

/// The programs of docs/library.md in C and C++.
@Suite(.enabled(if: BuiltLibrary.isThere, BuiltLibrary.need)) struct LibraryExampleTests {
    @Test(arguments: ["example.c", "example.cc"]) func theProgramsRun(name: String) async throws {
        let source = "\(Program.repository)/docs/library/\(name)"
        let text = try #require(Files.text(of: source))
        #expect(
            Files.text(of: Program.repository + "/docs/library.md")?.contains(text) == true,
            "docs/library.md shows another \(name)")

        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        // They use the socket of their user.
        try Files.write("[Daemon]\nSocketName=\(box.socket)\n", to: box.path("home/.flom"))
        let outcome = try await box.runProgram(source)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(outcome.output.wholeMatch(of: /held, token \d+\n/) != nil, "\(outcome)")
        let holder = try await box.hold("db")
        let refused = try await box.runProgram(source)
        #expect(refused.errors.hasPrefix("not held: "), "\(refused)")
        try await holder.letGo()
    }
}
