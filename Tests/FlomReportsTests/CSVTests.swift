import FlomModel
import Testing

@testable import FlomReports

@Suite struct CSVTests {
    /// One line of CSV, parsed strictly by RFC 4180.
    private func cells(_ line: String) throws -> [String] {
        var cells: [String] = [""]
        var isQuoted = false
        var characters = Array(line.unicodeScalars)
        try #require(characters.popLast() == "\r")
        var index = 0
        while index < characters.count {
            let character = characters[index]
            if isQuoted, character == "\"" {
                if index + 1 < characters.count, characters[index + 1] == "\"" {
                    cells[cells.count - 1] += "\""
                    index += 1
                } else {
                    isQuoted = false
                    try #require(index + 1 == characters.count || characters[index + 1] == ",")
                }
            } else if !isQuoted, character == "," {
                cells.append("")
            } else if !isQuoted, character == "\"" {
                try #require(cells.last == "")
                isQuoted = true
            } else {
                cells[cells.count - 1].unicodeScalars.append(character)
            }
            index += 1
        }
        try #require(!isQuoted)
        return cells
    }

    private func columns(of command: [String], user: String = "u") throws -> [String: String] {
        var row = FlomReportsTests.row(7).granted(at: 5).ended(at: 9)
        (row.user, row.command) = (user, command.map { Array($0.utf8) })
        return try columns(row)
    }

    private func columns(_ row: HistoryRow) throws -> [String: String] {
        var csv = RowCSV()
        let (keys, values) = (try cells(RowCSV.header), try cells(csv.line(row)))
        try #require(keys.count == values.count)
        return Dictionary(uniqueKeysWithValues: zip(keys, values))
    }

    @Test func aRowHasItsKeysAndValues() throws {
        let row = try columns(of: ["echo", "a"])
        #expect(row["request"] == "7" && row["resource"] == "R" && row["outcome"] == "released" && row["command"] == "echo a")
        #expect(row["waited_us"] == "5" && row["held_us"] == "4" && row["asked_at"] == "2027-01-15T08:00:00.000000Z")
        #expect(row["queued_at"] == "" && row["orphan"] == "" && row["command_base64"] == "" && row["resource_base64"] == "")
    }

    @Test func commasAndQuotesStayInTheirCell() throws {
        #expect(try columns(of: ["a,b", "\"c\""])["command"] == "a,b '\"c\"'")
        #expect(try columns(of: ["x"], user: "a\",\"b")["user"] == "a\",\"b")
    }

    @Test(arguments: ["=1+1", "+1", "-1", "@SUM(A1)"]) func nothingIsAFormula(text: String) throws {
        // In quotes it is the same word to a shell.
        #expect(try columns(of: [text, "x"])["command"] == "'\(text)' x")
        #expect(try columns(of: ["x"], user: text)["user"] == "'" + text)
    }

    @Test func aLineIsALine() throws {
        let row = try columns(of: ["a\nb\r", "\u{1B}[31m"])
        #expect(row["command"]?.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
        #expect(row["command_base64"] == "YQpiDQAbWzMxbQA=")
    }

    @Test func bytesThatAreNoTextAreInBase64() throws {
        var row = FlomReportsTests.row(1)
        (row.resource, row.element) = ([0x52, 0xFF], [0x3D, 0x31])
        let columns = try columns(row)
        #expect(columns["resource"] == "R\u{FFFD}" && columns["resource_base64"] == "Uv8=")
        // The apostrophe makes it another text.
        #expect(columns["element"] == "'=1" && columns["element_base64"] == "PTE=")
    }

    @Test func statisticsHaveAsManyCellsAsKeys() throws {
        var maker = StatisticsMaker(by: .user, HistoryFilter(), now: epoch + 100)
        maker.add(CSVTests.holder)
        maker.add(FlomReportsTests.row(2, askedAt: 1).by("bob", "b,b").queued())
        let statistics = maker.statistics()
        let keys = try cells(StatisticsText.csvHeader)
        for group in statistics.groups {
            let values = try cells(StatisticsText(statistics).csv(group))
            try #require(values.count == keys.count)
        }
        let alice = Dictionary(
            uniqueKeysWithValues: zip(keys, try cells(StatisticsText(statistics).csv(statistics.groups[0]))))
        #expect(alice["key"] == "alice" && alice["caused_us"] == "49" && alice["blamed_1_command"] == "a 1")
        #expect(alice["utilisation_ppm"] == "500000" && alice["holding_max_us"] == "50" && alice["blamed_2_command"] == "")
    }

    private static let holder = FlomReportsTests.row(1).by("alice", "a", "1").granted(at: 0).ended(at: 50)
}
