internal import FlomModel
package import FlomNet
package import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomStore
internal import FlomSystem

/// What a daemon shows over HTTP: where it stands, and what is answered there. docs/monitoring.md describes it for readers.
package struct Monitor: HTTPService {
    private let source: any MonitorSource
    private let feeds: EventFeeds
    private let readings = StatisticsReadings()

    package init(_ source: any MonitorSource) {
        self.source = source
        feeds = EventFeeds(source)
    }

    package func answer(_ request: HTTPRequest, from peer: HTTPPeer, then: @escaping @Sendable (HTTPAnswer) -> Void) {
        guard let route = Route(rawValue: request.path) else {
            return then(.problem(404, "there is nothing at \(request.path); what there is stands at /api"))
        }
        let then: @Sendable (HTTPAnswer) -> Void = { then(Compression.compressed($0, for: request)) }
        switch route {
        case .page: then(LivePage.page)
        case .script: then(LivePage.script)
        case .style: then(LivePage.style)
        case .commonStyle: then(LivePage.commonStyle)
        case .health: source.readings { _ in then(HTTPAnswer(200, HTTPAnswer.text, "ok\n")) }
        case .readiness: readiness(then)
        case .metrics: metrics(request, peer, then)
        case .routes: then(HTTPAnswer(200, HTTPAnswer.text, Route.text))
        case .description: then(HTTPAnswer(200, HTTPAnswer.json, PackageResources.openapi_json))
        case .status: status(request, peer, then)
        case .history: history(request, peer, then)
        case .statistics: statistics(request, peer, then)
        case .events: events(request, peer, then)
        }
    }

    /// Passes a value on; answers for what cannot be read.
    private static func reading<Value>(
        _ then: @escaping @Sendable (HTTPAnswer) -> Void, _ body: @escaping @Sendable (Value) -> Void
    ) -> @Sendable (Watched<Value>) -> Void {
        { watched in
            switch watched {
            case .value(let value): body(value)
            case .forbidden(let sentence): then(.problem(403, sentence))
            case .unreadable(let sentence): then(.problem(503, sentence))
            }
        }
    }

    /// Answers a request that has a parameter although it takes none.
    private static func refuses(_ request: HTTPRequest, _ then: (HTTPAnswer) -> Void) -> Bool {
        guard let first = request.parameters.first else { return false }
        then(.problem(400, "there is no parameter '\(first.name)' at \(request.path), which takes none"))
        return true
    }

    // MARK: - For machines

    private func readiness(_ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        source.readings { readings in
            if let trouble = readings.counters.trouble {
                then(HTTPAnswer(503, HTTPAnswer.text, trouble + "\n"))
            } else {
                then(HTTPAnswer(200, HTTPAnswer.text, "ready\n"))
            }
        }
    }

    private func metrics(_ request: HTTPRequest, _ peer: HTTPPeer, _ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        if Self.refuses(request, then) { return }
        let isOpenMetrics = request.accept.contains("application/openmetrics-text")
        source.status(for: peer) { watched in
            let rows: [HistoryRow]?
            switch watched {
            case .value(let found): rows = found
            case .forbidden(let sentence): return then(.problem(403, sentence))
            // The metrics say what is wrong. That nothing is held must not be said.
            case .unreadable: rows = nil
            }
            source.readings { readings in
                let text = MetricsText(readings, rows: rows, now: Clock.wallMicroseconds(), isOpenMetrics: isOpenMetrics)
                let type =
                    isOpenMetrics
                    ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8"
                then(HTTPAnswer(200, type, text.lines))
            }
        }
    }

    // MARK: - JSON

    private func status(_ request: HTTPRequest, _ peer: HTTPPeer, _ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        if Self.refuses(request, then) { return }
        source.status(
            for: peer,
            then: Self.reading(then) { rows in
                source.readings { then(HTTPAnswer(200, json: Self.json($0, rows))) }
            })
    }

    private static func json(_ readings: MonitorReadings, _ rows: [HistoryRow]) -> JSONWriter {
        StatusDocument.json(
            rows, endpoint: readings.endpoint, version: readings.version, startedAt: readings.startedAt,
            trouble: readings.counters.trouble, at: Clock.wallMicroseconds())
    }

    private func history(_ request: HTTPRequest, _ peer: HTTPPeer, _ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        let query: HistoryQuery
        do { query = try HistoryParameters(request.parameters).query } catch { return then(.problem(400, error.sentence)) }
        source.history(
            query, for: peer,
            then: Self.reading(then) { page in
                var (json, writer) = (RowJSON(), JSONWriter())
                writer.beginObject()
                writer.beginArray("requests")
                for row in page.rows { writer.item(json: json.line(row)) }
                writer.endArray()
                if page.hasMore, let last = page.rows.last { writer.field("next", "\(last.request.number - 1)") }
                writer.endObject()
                then(HTTPAnswer(200, json: writer))
            })
    }

    private func statistics(_ request: HTTPRequest, _ peer: HTTPPeer, _ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        let parameters: StatisticsParameters
        do { parameters = try StatisticsParameters(request.parameters) } catch { return then(.problem(400, error.sentence)) }
        readings.read(
            StatisticsReading(parameters, source, for: peer),
            then: Self.reading(then) { statistics in
                let text = StatisticsText(statistics)
                var writer = JSONWriter()
                writer.beginObject()
                writer.field("by", statistics.by.rawValue)
                writer.field("since", TimeText.utc(statistics.since))
                writer.field("until", TimeText.utc(statistics.until))
                writer.beginArray("groups")
                for group in statistics.groups { writer.item(json: text.json(group)) }
                writer.endArray()
                writer.endObject()
                then(HTTPAnswer(200, json: writer))
            })
    }

    private func events(_ request: HTTPRequest, _ peer: HTTPPeer, _ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        var named: Int64?
        for parameter in request.parameters {
            guard parameter.name == "after" else {
                return then(.problem(400, "there is no parameter '\(parameter.name)' here; there is after"))
            }
            guard let number = Int64(parameter.value), number >= 0 else {
                return then(
                    .problem(400, "the parameter after: '\(parameter.value)' is not accepted; it takes the number of an event"))
            }
            named = number
        }
        // A browser that comes back names the last one that it has got.
        let (start, feeds) = (request.lastEvent ?? named, feeds)
        source.events(
            after: nil, for: peer,
            then: Self.reading(then) { newest in
                let position = min(start ?? newest.upTo, newest.upTo)
                then(HTTPAnswer(streaming: { feeds.begin($0, for: peer, after: position) }))
            })
    }
}
