import FlomModel
import FlomRandom
import Testing

@testable import FlomReports

@Suite struct PageTests {
    private func page(_ rows: [HistoryRow], limit: Int = 10_000, filter: HistoryFilter = HistoryFilter()) -> String {
        var maker = HistoryPageMaker(by: .resource, filter, limit: limit, now: epoch + 1_000_000, place: "<place>")
        for row in rows { maker.add(row) }
        return maker.page()
    }

    @Test func tenThousandRequestsAreUnderAMegabyte() {
        var random = SeededRandom(seed: 1)
        // All command lines are different, and long.
        let rows = random.history(count: 10_000, length: 3_600_000_000).enumerated().map { index, row in
            row.by(
                "user\(index % 50)", on: "host\(index % 20).example.org", "backup", "--number=\(index)",
                String(repeating: "w", count: 200))
        }
        let bytes = page(rows).utf8.count
        #expect(bytes < 1_000_000, "\(bytes) bytes")
    }

    @Test func whatSomebodyWroteIsNoMarkup() {
        let hostile = "</script><script>alert(1)</script><img src=x onerror=\"alert('2')\"> & \u{1B}[31m"
        var row = row(1).by(hostile, on: hostile, hostile).granted(at: 0).ended(at: 10, .broken)
        (row.resource, row.detail, row.element) = (Array(hostile.utf8) + [0xFF], hostile, Array(hostile.utf8))
        let page = page([row])
        let own = self.page([FlomReportsTests.row(1).by("u", "c").granted(at: 0).ended(at: 10)])
        for word in ["<script", "</script", "<img", "\u{1B}", "<place>"] {
            #expect(page.ranges(of: word).count == own.ranges(of: word).count, "\(word)")
        }
        #expect(page.contains("&lt;img src=x onerror=&quot;alert(&#39;2&#39;)"))
        #expect(page.contains(#"\u003cimg src=x"#))
    }

    @Test func theScriptKnowsTheStatesInTheirOrder() {
        let words = RowState.allCases.map { "\"\($0.word)\"" }.joined(separator: ", ")
        #expect(page([row(1)]).contains("const states = [\(words)];"))
    }

    @Test func itNeedsNothingFromElsewhere() {
        let page = page([row(1)])
        // The name of SVG's namespace is no address that is fetched.
        let text = page.replacing("http://www.w3.org/2000/svg", with: "")
        for word in ["http:", "https:", "//", "@import", "<link", " src="] where word != "//" {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(page.contains("default-src 'none'"))
    }

    @Test func theNewestRowsAndTheStatisticsStandInTheMarkup() {
        let rows = (1...300).map {
            row(Int64($0), "R\($0)", askedAt: Int64($0)).by("u", "c\($0)").granted(at: Int64($0)).ended(at: 400)
        }
        let page = page(rows, limit: 250)
        #expect(page.contains("The newest 250 of 300 requests"))
        #expect(page.contains("<td>R300</td>") && page.contains("<td>R101</td>") && !page.contains("<td>R100</td>"))
        #expect(page.contains("<th scope=\"row\">R1</th>"))
        #expect(page.ranges(of: "<tr>").count == 200 + 200 + 3)
    }

    @Test func onlyWhatMatchesIsShown() {
        var filter = HistoryFilter()
        filter.user = "bob"
        let page = page([row(1, "A").by("alice", "c"), row(2, "B").by("bob", "c")], filter: filter)
        #expect(page.contains("1 request,") && page.contains("<td>B</td>") && !page.contains("<td>A</td>"))
    }
}
