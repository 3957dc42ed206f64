internal import FlomEngine

/// The page's two tables, as they stand there without a script.
enum PageTables {
    static func statistics(_ statistics: Statistics, limit: Int) -> String {
        let text = StatisticsText(statistics)
        func span(_ microseconds: Int64?) -> String { microseconds.map { TimeText.span($0 * 1000) } ?? "" }
        let rows = statistics.groups.prefix(limit).map { group in
            let cells = [
                "\(group.requests)", "\(group.grants)", "\(group.refusals)", "\(group.timeouts)",
                ShareText.percent(ofMillionths: statistics.utilisation(group)),
                span(group.waiting.percentile(50)), span(group.waiting.percentile(95)), span(group.waiting.percentile(99)),
                span(group.waiting.greatest), span(group.holding.percentile(50)), span(group.holding.percentile(95)),
                span(group.holding.percentile(99)), span(group.holding.greatest), "\(group.longestQueue)",
                group.caused > 0 ? span(group.caused) : "",
            ]
            let blamed = group.blamed.first.map(StatisticsText.command) ?? ""
            return "<tr><th scope=\"row\">\(HTMLText.escaped(text.name(group)))</th>"
                + cells.map { "<td>\($0)</td>" }.joined() + "<td class=\"command\">\(HTMLText.escaped(blamed))</td></tr>"
        }
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
            <th scope="col" rowspan="2" class="number">Requests</th><th scope="col" rowspan="2" class="number">Grants</th>
            <th scope="col" rowspan="2" class="number">Refused</th><th scope="col" rowspan="2" class="number">Timed out</th>
            <th scope="col" rowspan="2" class="number">In use</th>
            <th scope="colgroup" colspan="4" class="number">Waited</th><th scope="colgroup" colspan="4" class="number">Held</th>
            <th scope="col" rowspan="2" class="number">Longest queue</th><th scope="col" rowspan="2" class="number">Others waited</th>
            <th scope="col" rowspan="2">most for</th></tr>
            <tr>\(["p50", "p95", "p99", "max", "p50", "p95", "p99", "max"].map {
                "<th scope=\"col\" class=\"number\">\($0)</th>" }.joined())</tr>
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
        ("Waited", true), ("Held", true), ("Outcome", false), ("Token", true), ("Command", false),
    ]

    /// - Parameter count: of the rows that the script can list.
    static func requests(_ rows: [HistoryRow], of count: Int, time: (Int64) -> String) -> String {
        let lines = rows.map { row in
            let cells = [
                "\(row.request.number)", time(row.askedAt), SafeText.shown(row.resource), TakenText.of(row),
                "\(row.user)@\(row.host)", row.clientPID.map { "\($0)" } ?? "",
                row.waitedNanoseconds.map(TimeText.span) ?? "", row.heldNanoseconds.map(TimeText.span) ?? "",
                OutcomeText.of(row), row.token.map { "\($0.value)" } ?? "", SafeText.command(row.command),
            ].map(HTMLText.escaped)
            let classes = [8: "is-\(RowState(row).word)", 10: "command"]
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
