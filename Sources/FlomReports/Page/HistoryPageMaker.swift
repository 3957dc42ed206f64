package import FlomModel

/// Makes one page, a single file that needs no other, from rows that come one by one in the order of their numbers.
package struct HistoryPageMaker {
    private var statistics: StatisticsMaker
    /// The newest matching rows. At times there are up to a quarter more of them than are shown.
    private var rows: [HistoryRow] = []
    /// The number of all matching rows.
    package private(set) var count = 0
    private let limit: Int
    private let now: Int64
    private let place: String

    /// - Parameters:
    ///   - filter: as for `StatisticsMaker`.
    ///   - limit: the number of newest rows on the page.
    ///   - now: microseconds since 1970-01-01 UTC.
    ///   - place: the name of the endpoint or journal, for the heading.
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

    /// Makes the page. The rows, which take most of the memory, are released.
    package consuming func page() -> String {
        rows.removeFirst(max(0, rows.count - limit))
        let document = HistoryDocument(
            rows: rows, count: count, statistics: statistics.statistics(), place: place, now: now)
        return document.text
    }
}
