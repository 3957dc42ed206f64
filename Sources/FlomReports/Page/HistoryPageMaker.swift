package import FlomEngine

/// Makes one page, in one file that needs no other, of rows that come one by one in the order of their numbers.
package struct HistoryPageMaker {
    private var statistics: StatisticsMaker
    /// The newest that match; twice as many as are shown are kept at times.
    private var rows: [HistoryRow] = []
    private var count = 0
    private let limit: Int
    private let now: Int64
    private let place: String

    /// - Parameters:
    ///   - filter: as for `StatisticsMaker`.
    ///   - limit: of rows, the newest.
    ///   - now: microseconds since 1970-01-01 UTC.
    ///   - place: whose history it is.
    package init(by: StatisticsKey, _ filter: HistoryFilter, limit: Int, now: Int64, place: String) {
        statistics = StatisticsMaker(by: by, filter, now: now)
        self.limit = limit
        self.now = now
        self.place = place
    }

    package mutating func add(_ row: HistoryRow) {
        guard statistics.add(row) else { return }
        count += 1
        rows.append(row)
        if rows.count >= 2 * limit + 256 { rows.removeFirst(rows.count - limit) }
    }

    package mutating func page() -> String {
        let document = HistoryDocument(
            rows: Array(rows.suffix(limit)), count: count, statistics: statistics.statistics(), place: place, now: now)
        return document.text
    }
}
