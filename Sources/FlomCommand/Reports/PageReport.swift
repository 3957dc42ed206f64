internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem

/// `--format html`: the history and its statistics as one page.
struct PageReport {
    /// The number of rows without `--limit`.
    private static let usualRows = 10_000
    /// The most rows: more would take too much memory here and be slow in a browser.
    private static let mostRows = 40_000

    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        let filter = try settings.reportFilter()
        let limit = min(settings.report.limit ?? Self.usualRows, Self.mostRows)
        var page = HistoryPageMaker(
            by: settings.report.by, filter, limit: limit, now: Clock.wallMicroseconds(),
            place: try Self.place(settings))
        try RequestSource.find(settings).read(HistoryQuery(filter.stableConditions)) { row in
            page.add(row)
            return true
        }
        let count = page.count
        StandardOutput.print(page.page())
        guard count > limit, limit == Self.mostRows || settings.report.limit == nil else { return }
        let advice = limit == Self.mostRows ? "which is as many as a page has" : "--limit shows up to \(Self.mostRows)"
        StandardError.say(
            "the page shows the newest \(limit) of \(count) requests, \(advice); choose with --since, --until, -r, --user or "
                + "--outcome, or take --format csv or json for all of them")
    }

    /// The name of the endpoint or file whose history the page shows.
    private static func place(_ settings: Settings) throws(Failure) -> String {
        if let path = settings.daemon.journalPath { return path }
        return try settings.endpoint().name
    }
}
