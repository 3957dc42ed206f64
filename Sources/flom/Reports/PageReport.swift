internal import FlomDaemon
internal import FlomEngine
internal import FlomReports
internal import FlomSystem

/// `--format html`: the history and its statistics as one page.
struct PageReport {
    /// Who wants more says so with `--limit`.
    private static let usualRows = 10_000

    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        let filter = try settings.reportFilter()
        var page = HistoryPageMaker(
            by: settings.report.by, filter, limit: settings.report.limit ?? Self.usualRows, now: Clock.wallMicroseconds(),
            place: try Self.place(settings))
        try RequestSource.find(settings).read(HistoryQuery(filter.ofWhatStays)) { row in
            page.add(row)
            return true
        }
        StandardOutput.print(page.page())
    }

    /// Whose history it is.
    private static func place(_ settings: Settings) throws(Failure) -> String {
        if let path = settings.journalPath { return path }
        return try settings.endpoint().name
    }
}
