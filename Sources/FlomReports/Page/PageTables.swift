internal import FlomModel

/// The page's two tables as HTML, readable without a script.
enum PageTables {
    static func statistics(_ statistics: Statistics, limit: Int) -> String {
        let text = StatisticsText(statistics)
        func span(_ microseconds: Int64?) -> String { microseconds.map { TimeText.span($0 * 1000) } ?? "" }
        func spans(_ spans: SpanHistogram) -> [String] {
            [span(spans.percentile(50)), span(spans.percentile(95)), span(spans.percentile(99)), span(spans.maximum)]
        }
        let rows = statistics.groups.prefix(limit).map { group in
            let counts = [
                "\(group.requests)", "\(group.grants)", "\(group.refusals)", "\(group.timeouts)",
                ShareText.percent(ofMillionths: statistics.utilisation(group)), "\(group.longestQueue)",
                group.caused > 0 ? span(group.caused) : "",
            ]
            let blamed = group.blamed.first.map(StatisticsText.command) ?? ""
            let cells =
                counts.map { "<td>\($0)</td>" } + ["<td class=\"command\">\(HTMLText.escaped(blamed))</td>"]
                + (spans(group.waiting) + spans(group.holding)).map { "<td>\($0)</td>" }
            return "<tr><th scope=\"row\">\(HTMLText.escaped(text.name(group)))</th>\(cells.joined())</tr>"
        }
        let numbers = ["Requests", "Grants", "Refused", "Timed out", "In use", "Longest queue", "Others waited"]
        let percentiles = ["p50", "p95", "p99", "max", "p50", "p95", "p99", "max"]
        let isCut = statistics.groups.count > limit
        return """
            <section aria-labelledby="statistics-title">
            <div class="head"><h2 id="statistics-title">Statistics by \(statistics.by.rawValue)</h2>
            <span class="quiet">\(isCut ? "The first \(limit) of \(statistics.groups.count). " : "")Those for whom others waited longest \
            come first.</span></div>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="statistics-title">
            <table class="statistics">
            <thead>
            <tr><th scope="col" rowspan="2">\(statistics.by.rawValue.prefix(1).uppercased() + statistics.by.rawValue.dropFirst())</th>
            \(numbers.map { "<th scope=\"col\" rowspan=\"2\" class=\"number\">\($0)</th>" }.joined())
            <th scope="col" rowspan="2">Most for</th>
            <th scope="colgroup" colspan="4" class="spans">Waited</th><th scope="colgroup" colspan="4" class="spans">Held</th></tr>
            <tr>\(percentiles.map { "<th scope=\"col\" class=\"number\">\($0)</th>" }.joined())</tr>
            </thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            </section>
            """
    }

    private static let columns: [(title: String, isNumber: Bool)] = [
        ("Request", true), ("Asked", false), ("Resource", false), ("Mode", false), ("Who", false), ("PID", true),
        ("Waited", true), ("Held", true), ("Outcome", false), ("Command", false), ("Token", true),
    ]

    /// - Parameter count: the number of rows that the script can list.
    static func requests(_ rows: [HistoryRow], of count: Int, time: (Int64) -> String) -> String {
        let lines = rows.map { row in
            let cells = [
                "\(row.request.number)", time(row.askedAt), SafeText.shown(row.resource), TakenText.of(row),
                "\(row.user)@\(row.host)", row.clientPID.map { "\($0)" } ?? "",
                row.waitedNanoseconds.map(TimeText.span) ?? "", row.heldNanoseconds.map(TimeText.span) ?? "",
                OutcomeText.of(row), SafeText.command(row.command), row.token.map { "\($0.value)" } ?? "",
            ].map(HTMLText.escaped)
            let classes = [8: "is-\(RowState(row).word)", 9: "command"]
            return "<tr>"
                + cells.enumerated().map { index, cell in
                    classes[index].map { "<td class=\"\($0)\">\(cell)</td>" } ?? "<td>\(cell)</td>"
                }.joined() + "</tr>"
        }
        let headings = columns.map { "<th scope=\"col\"\($0.isNumber ? " class=\"number\"" : "")>\($0.title)</th>" }
        return """
            <section aria-labelledby="requests-title">
            <div class="head"><h2 id="requests-title">Requests</h2>
            <span class="quiet" id="shown">The newest \(rows.count) of \(count).</span></div>
            <div class="scroll" tabindex="0" role="region" aria-labelledby="requests-title">
            <table class="requests">
            <thead><tr>\(headings.joined())</tr></thead>
            <tbody id="rows">
            \(lines.joined(separator: "\n"))
            </tbody>
            </table>
            </div>
            <button id="more" class="more" type="button" hidden>Show more</button>
            </section>
            """
    }
}
