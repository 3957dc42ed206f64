internal import FlomEngine
internal import FlomReports
internal import FlomStore

/// `--history`: who held or waited for what, the newest last.
struct HistoryReport {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        let source = try RequestSource.find(settings)
        let query = HistoryQuery(
            try settings.reportFilter(), limit: settings.report.limit, newestFirst: settings.report.isReversed)
        switch settings.report.format {
        case .json:
            var json = RowJSON()
            try source.read(query) { StandardOutput.print(json.line($0)) }
        case .prometheus:
            preconditionFailure("it was refused: Settings.checkStatus")
        case .table:
            var table = Table(Self.columns)
            var isEmpty = true
            try source.read(query) { row in
                isEmpty = false
                return table.add(Self.cells(row, isNarrow: table.isNarrow))
            }
            table.flush()
            if isEmpty { StandardError.say("the journal knows of no such request") }
        }
    }

    private static let columns: [Table.Column] = [
        .init("ASKED"), .init("RESOURCE", leastWidth: 8), .init("MODE"), .init("WHO", leastWidth: 6),
        .init("PID", isNumber: true), .init("WAITED", isNumber: true), .init("HELD", isNumber: true),
        .init("OUTCOME", leastWidth: 8), .init("COMMAND", leastWidth: 7),
    ]

    private static func cells(_ row: HistoryRow, isNarrow: Bool) -> [String] {
        [
            isNarrow ? TimeText.shortLocal(row.askedAt) : TimeText.local(row.askedAt), SafeText.shown(row.resource),
            TakenText.of(row),
            SafeText.shown("\(row.user)@\(row.host)"), row.clientPID.map { "\($0)" } ?? "",
            row.waitedNanoseconds.map(TimeText.span) ?? "", row.heldNanoseconds.map(TimeText.span) ?? "",
            OutcomeText.of(row), SafeText.command(row.command),
        ]
    }
}
