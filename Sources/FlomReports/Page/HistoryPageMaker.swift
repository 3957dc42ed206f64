package import FlomModel

/// Makes one page, in one file that needs no other, of rows that come one by one in the order of their numbers.
package struct HistoryPageMaker {
    private var statistics: StatisticsMaker
    /// The newest that match; a quarter more than are shown are kept at times.
    private var rows: [HistoryRow] = []
    /// Of all that match.
    package private(set) var count = 0
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
        if rows.count >= limit + max(256, limit / 4) { rows.removeFirst(rows.count - limit) }
    }

    /// The rows are given up with it: they are most of what is in memory.
    package consuming func page() -> String {
        rows.removeFirst(max(0, rows.count - limit))
        let document = HistoryDocument(
            rows: rows, count: count, statistics: statistics.statistics(), place: place, now: now)
        return document.text
    }
}
