internal import FlomModel
internal import FlomNet
internal import FlomReports
internal import FlomStore
internal import FlomSystem

/// Statistics of the whole history, computed page by page, so that other readers get their turn in between.
///
/// Unchecked, because it is used on the HTTP server's loop only.
final class StatisticsReading: @unchecked Sendable {
    private let source: any MonitorSource
    private let peer: HTTPPeer
    private var maker: StatisticsMaker
    private let first: HistoryQuery

    init(_ parameters: StatisticsParameters, _ source: any MonitorSource, for peer: HTTPPeer) {
        self.source = source
        self.peer = peer
        maker = StatisticsMaker(by: parameters.by, parameters.filter, now: Clock.wallMicroseconds())
        first = HistoryQuery(parameters.filter.stableConditions)
    }

    func begin(then: @escaping @Sendable (Watched<Statistics>) -> Void) { read(first, then) }

    private func read(_ query: HistoryQuery, _ then: @escaping @Sendable (Watched<Statistics>) -> Void) {
        source.history(query, for: peer) { [self] watched in
            switch watched {
            case .value(let page):
                for row in page.rows { maker.add(row) }
                if let next = query.following(page) { read(next, then) } else { then(.value(maker.statistics())) }
            case .forbidden(let sentence): then(.forbidden(sentence))
            case .unreadable(let sentence): then(.unreadable(sentence))
            }
        }
    }
}

/// The readings that are going on. Their number is bounded, because each reads the whole journal.
///
/// Unchecked, because it is used on the HTTP server's loop only.
final class StatisticsReadings: @unchecked Sendable {
    /// The most at a time.
    static let most = 4
    private var count = 0

    func read(_ reading: StatisticsReading, then: @escaping @Sendable (Watched<Statistics>) -> Void) {
        guard count < Self.most else {
            return then(.unreadable("\(Self.most) others are reading statistics already; try again in a moment"))
        }
        count += 1
        reading.begin { [self] watched in
            count -= 1
            then(watched)
        }
    }
}
