import FlomTestKit
import Foundation
import Testing

/// The pages for users, run as they stand. `FLOM_REWRITE_PAGES=1` writes the output into them.
@Suite(
    .enabled(if: PageRunner.isPossible, "\(PageRunner.need)"),
    .enabled(if: ["ip", "sqlite3", "openssl"].allSatisfy(Conditions.hasProgram), "needs ip, sqlite3 and openssl"))
struct UseCasePagesTests {
    private static let repository = URL(fileURLWithPath: Program.repository)
    private static let isRewriting = ProcessInfo.processInfo.environment["FLOM_REWRITE_PAGES"] != nil

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: repository.appending(path: name), encoding: .utf8)
    }

    /// The pages that have blocks to run.
    private static let pages: [(name: String, page: Result<Page, any Error>)] = {
        let folders = ["docs/use-cases", "docs", "."]
        let names = folders.flatMap { folder in
            Files.names(in: repository.appending(path: folder).path).filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
        }
        return names.map { name in (name, Result { try Page(text(name)) }) }
    }()
    private static func names(_ isChosen: (Page) -> Bool) -> [String] {
        pages.filter { (try? $0.page.get()).map { isChosen($0) && !$0.commands.isEmpty } ?? false }.map(\.name)
    }

    private func run(_ name: String) async throws {
        let page = try Page(Self.text(name))
        let outputs = try await PageRunner.outputs(of: page)
        var shown = page
        if Self.isRewriting {
            let file = Self.repository.appending(path: name)
            try page.rewritten(outputs).write(to: file, atomically: true, encoding: .utf8)
            shown = try Page(Self.text(name))
        }
        for difference in PageRunner.differences(shown, outputs) { Issue.record("\(name), \(difference)") }
    }

    @Test(arguments: names { !$0.needsNetwork })
    func aPageIsTrue(_ name: String) async throws { try await run(name) }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"), arguments: names { $0.needsNetwork })
    func aNetworkPageIsTrue(_ name: String) async throws { try await run(name) }

    @Test func everyPageIsWellFormed() throws {
        for (name, page) in Self.pages {
            #expect(throws: Never.self, "\(name)") { try page.get() }
        }
        #expect(Self.names { _ in true }.count > 15)
    }
}
