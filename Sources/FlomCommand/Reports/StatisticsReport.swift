internal import FlomModel
internal import FlomOptions
internal import FlomReports
internal import FlomSystem

/// `--stats`: waiting and holding times, and for which commands others waited.
struct StatisticsReport {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        if settings.report.format == .html { return try PageReport(settings).print() }
        let filter = try settings.reportFilter()
        var maker = StatisticsMaker(by: settings.report.by, filter, now: Clock.wallMicroseconds())
        try RequestSource.find(settings).read(HistoryQuery(filter.stableConditions)) { row in
            maker.add(row)
            return true
        }
        let statistics = maker.statistics()
        let text = StatisticsText(statistics)
        switch settings.report.format {
        case .json:
            for group in statistics.groups { guard StandardOutput.print(text.json(group)) else { return } }
        case .csv:
            guard StandardOutput.print(StatisticsText.csvHeader) else { return }
            for group in statistics.groups { guard StandardOutput.print(text.csv(group)) else { return } }
        case .table, .html, .prometheus:
            printTable(statistics, text)
        }
    }

    private func printTable(_ statistics: Statistics, _ text: StatisticsText) {
        guard !statistics.groups.isEmpty else { return StandardError.say("the journal knows of no such request") }
        var table = Table([
            .init(settings.report.by.rawValue.uppercased(), minimumWidth: 8), .init("REQUESTS", isNumber: true),
            .init("GRANTS", isNumber: true, dropRank: 9), .init("REFUSED", isNumber: true, dropRank: 7),
            .init("TIMED OUT", isNumber: true, dropRank: 6), .init("USED", isNumber: true),
            .init("WAIT P50", isNumber: true, dropRank: 3), .init("P95", isNumber: true, dropRank: 10),
            .init("P99", isNumber: true, dropRank: 8), .init("MAX", isNumber: true, dropRank: 4),
            .init("HELD P50", isNumber: true, dropRank: 2), .init("P95", isNumber: true, dropRank: 12),
            .init("P99", isNumber: true, dropRank: 11), .init("MAX", isNumber: true, dropRank: 13),
            .init("QUEUE", isNumber: true, dropRank: 5), .init("OTHERS WAITED", isNumber: true),
            .init("MOST FOR", minimumWidth: 12, dropRank: 1),
        ])
        for group in statistics.groups { guard table.add(Self.cells(group, statistics, text)) else { return } }
        table.flush()
    }

    private static func cells(_ group: Statistics.Group, _ statistics: Statistics, _ text: StatisticsText) -> [String] {
        func span(_ microseconds: Int64?) -> String { microseconds.map { TimeText.span($0 * 1000) } ?? "" }
        let spans = [group.waiting, group.holding].map { spans in
            [span(spans.percentile(50)), span(spans.percentile(95)), span(spans.percentile(99)), span(spans.maximum)]
        }
        return [
            text.name(group), "\(group.requests)", "\(group.grants)", "\(group.refusals)", "\(group.timeouts)",
            ShareText.percent(ofMillionths: statistics.utilisation(group)),
        ] + spans[0] + spans[1] + [
            "\(group.longestQueue)", group.caused > 0 ? span(group.caused) : "",
            group.blamed.first.map { StatisticsText.command($0) } ?? "",
        ]
    }
}
