import FlomTestKit
import Testing

/// The live page of a real daemon in a real browser, driven by `Verification/Monitor/live_page.py`: content, keyboard, contrast, a phone's
/// width, 60 updates a second, the next daemon, 10 000 waiters for 1 000 resources, and no complaint of the page.
@Suite(
    .enabled(if: Conditions.browser != nil, "needs chromium or google-chrome"),
    .enabled(if: Conditions.hasPythonModule("websocket"), "needs Debian's python3-websocket"),
    .enabled(if: Conditions.hasProgram("ss"), "needs Debian's iproute2"))
struct LivePageTests {
    @Test func itShowsWhatIsAndKeepsUp() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let browser = try #require(Conditions.browser)
        // Half a minute of it is eleven thousand clients that come one by one.
        let outcome = try await box.start([
            Conditions.python, "\(Program.repository)/Verification/Monitor/live_page.py", browser, box.program, box.path("page"),
            "127.0.0.1:\(try FreePort.find())",
        ]).wait(within: .seconds(240))
        #expect(outcome.status == 0 && outcome.output.hasSuffix("all is well\n"), "\(outcome)")
    }
}
