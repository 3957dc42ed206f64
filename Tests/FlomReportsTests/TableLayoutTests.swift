import FlomReports
import Testing

@Suite struct TableLayoutTests {
    private let columns = [
        TableColumn("NAME", minimumWidth: 4), TableColumn("N", isNumber: true, dropRank: 1), TableColumn("TOKEN", dropRank: 2),
        TableColumn("COMMAND", minimumWidth: 8),
    ]
    private let row = ["resource", "12", "1234567890", "a command with many words"]

    private func lines(_ rows: [[String]], width: Int?) -> [String] {
        let layout = TableLayout(columns, rows: rows, terminalWidth: width, gap: 1)
        return ([columns.map(\.title)] + rows).map { layout.line($0).map(\.text).joined(separator: " ") }
    }

    @Test func whereNothingLimitsTheWidthNothingIsCut() {
        #expect(
            lines([row], width: nil) == [
                "NAME      N TOKEN      COMMAND", "resource 12 1234567890 a command with many words",
            ])
    }

    @Test func theWidestShrinkFirst() {
        #expect(lines([row], width: 40) == ["NAME      N TOKEN      COMMAND", "resource 12 1234567890 a command with m…"])
    }

    @Test func theHighestRankIsDroppedFirst() {
        #expect(lines([row], width: 20) == ["NAME      N COMMAND", "resource 12 a comma…"])
        #expect(lines([row], width: 14) == ["NAME  COMMAND", "reso… a comma…"])
    }

    @Test(arguments: 13..<70) func noLineIsWiderThanTheTerminal(width: Int) {
        let wide = ["データベース", "7", "", "\u{1F512} lock"]
        for line in lines([row, wide], width: width) { #expect(DisplayWidth.of(line) <= width, "\(width): \(line)") }
    }

    @Test func aLaterRowIsCutOnlyWhereTheLineHasNoRoom() {
        let layout = TableLayout(columns, rows: [["a", "1", "2", "b"]], terminalWidth: 30, gap: 1)
        func text(_ row: [String]) -> String { layout.line(row).map(\.text).joined(separator: " ") }
        #expect(text(["longer", "1", "2", "b"]) == "longer 1 2     b")
        #expect(text(["longer than there is room for it", "1", "2", "b"]) == "lon… 1 2     b")
    }

    @Test func wideCharactersCountTwice() {
        #expect(DisplayWidth.of("a漢字é🔒") == 8)
        #expect(DisplayWidth.cut("漢字漢字", to: 6) == "漢字…" && DisplayWidth.cut("abc", to: 3) == "abc")
    }
}
