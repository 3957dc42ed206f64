import FlomTestKit
import Foundation
import Testing

/// `--format html` in a browser.
@Suite(.enabled(if: Conditions.browser != nil, "needs chromium or google-chrome"))
struct PageTests {
    /// The page as the browser shows it, and the browser's complaints.
    private func opened(_ box: Sandbox, _ address: String) async throws -> (markup: String, complaints: String) {
        let browser = try #require(Conditions.browser)
        let words = [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--user-data-dir=\(box.path("browser"))",
            "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", address,
        ]
        let outcome = try await box.run(words)
        try #require(outcome.status == 0 && outcome.output.contains("</html>"), "\(outcome)")
        return (outcome.output, outcome.errors.split(separator: "\n").filter { $0.contains("CONSOLE") }.joined(separator: "\n"))
    }

    private func listed(_ markup: String) -> [String] {
        guard let body = markup.firstMatch(of: /<tbody id="rows">(.*?)<\/tbody>/.dotMatchesNewlines()) else { return [] }
        return body.output.1.matches(of: /<tr>(.*?)<\/tr>/.dotMatchesNewlines()).map { String($0.output.1) }
    }

    @Test func theScriptShowsAndFiltersWhatHappened() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let hostile = "</script><img src=x onerror=\"document.title='broken'\">"
        try await box.flom("-r", "alpha", "--", "echo", hostile)
        try await box.flom("-r", "beta", "--", "sh", "-c", "exit 3")
        let holder = try await box.hold("gamma")
        try await box.flom("-r", "gamma", "-o", "50", "--", "true")
        let page = try await box.flom("--history", "--format", "html")
        #expect(page.status == 0 && page.errors.isEmpty, "\(page)")
        try Data(page.outputBytes).write(to: URL(fileURLWithPath: box.path("page.html")))

        let whole = try await opened(box, "file://\(box.path("page.html"))")
        #expect(whole.complaints.isEmpty, "\(whole.complaints)")
        #expect(!whole.markup.contains("<img") && !whole.markup.contains("<title>broken"))
        #expect(listed(whole.markup).count == 4 && whole.markup.contains(#"class="moves""#))
        for name in ["alpha", "beta", "gamma"] { #expect(whole.markup.contains("aria-label=\"\(name): "), "\(name) has no lane") }
        for kind in ["wait", "released", "failed", "open", "without"] {
            #expect(whole.markup.contains("z\" class=\"\(kind)\""), "nothing of '\(kind)' is drawn")
        }

        let filtered = try await opened(box, "file://\(box.path("page.html"))#filter=BETA%20exit")
        #expect(listed(filtered.markup).count == 1 && listed(filtered.markup)[0].contains("<td>beta</td>"))
        #expect(filtered.markup.contains("1 of 4 requests") && !filtered.markup.contains("aria-label=\"alpha: "))
        try await holder.letGo()
    }

    @Test func statisticsAsAPageAreTheSamePage() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let page = try await box.flom("--stats", "--by", "user", "--format", "html").output
        #expect(page.contains("Statistics by user") && page.contains("<tbody id=\"rows\">"))
    }
}
