internal import FlomModel
internal import FlomOptions
internal import FlomReports

/// `--history`: who held or waited for what, the newest request last.
struct HistoryReport {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        let filter = try settings.reportFilter()
        var output: any RowOutput
        switch settings.report.format {
        case .table: output = RowsAsTable()
        case .json: output = RowsAsJSON()
        case .csv: output = RowsAsCSV()
        case .html: return try PageReport(settings).print()
        case .prometheus: preconditionFailure("it was refused: Settings.checkStatus")
        }
        if settings.report.follows {
            var follower = Follower(settings, filter)
            return try follower.run(&output)
        }
        var isEmpty = true
        var isRead = true
        let query = HistoryQuery(filter, limit: settings.report.limit, newestFirst: settings.report.isReversed)
        try RequestSource.find(settings).read(query) { row in
            isEmpty = false
            isRead = output.add(row)
            return isRead
        }
        guard isRead, output.flush() else { return }
        if isEmpty && settings.report.format == .table { StandardError.say("the journal knows of no such request") }
    }
}
