import FlomModel
import FlomReports
import Testing

@Suite struct RowTextTests {
    @Test(
        arguments: [
            (0, "0.0 ms"), (400_000, "0.4 ms"), (12_000_000, "12 ms"), (3_200_000_000, "3.2 s"), (245_000_000_000, "4m 05s"),
            (7_380_000_000_000, "2h 03m"), (273_600_000_000_000, "3d 04h"),
        ] as [(Int64, String)])
    func spansHaveThreeFiguresThatMatter(nanoseconds: Int64, text: String) {
        #expect(TimeText.span(nanoseconds) == text)
    }

    @Test func whatOthersWroteDoesNotSteerTheTerminal() {
        #expect(SafeText.shown("a\u{1B}[31mb\u{202E}c") == "a\u{FFFD}[31mb\u{FFFD}c")
        #expect(SafeText.command([Array("sh".utf8), Array("-c".utf8), Array("echo 'x'".utf8)]) == #"sh -c 'echo '\''x'\'''"#)
    }
}
