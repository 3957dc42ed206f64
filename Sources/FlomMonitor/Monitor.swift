internal import FlomModel
package import FlomNet
internal import FlomOptions
internal import FlomReports
internal import FlomSystem

/// What a daemon shows over HTTP: where it stands, and what is answered there. docs/monitoring.md describes it for readers.
package struct Monitor: HTTPService {
    private let source: any MonitorSource
    private let feeds: EventFeeds

    package init(_ source: any MonitorSource) {
        self.source = source
        feeds = EventFeeds(source)
    }

    package func answer(_ request: HTTPRequest, from peer: HTTPPeer, then: @escaping @Sendable (HTTPAnswer) -> Void) {
        switch request.path {
        case "/healthz": source.readings { _ in then(HTTPAnswer(200, HTTPAnswer.text, "ok\n")) }
        case "/readyz": readiness(then)
        case "/metrics": metrics(request, peer, then)
        case "/api/v1/status": status(request, peer, then)
        case "/api/v1/history": history(request, peer, then)
        case "/api/v1/events": events(request, peer, then)
        case "/api", "/api/v1": then(HTTPAnswer(200, HTTPAnswer.text, Self.places))
        default:
            then(
                LivePage.file(request.path) ?? .problem(404, "there is nothing at \(request.path); what there is stands at /api"))
        }
    }

    private static let places = """
        flom: what this daemon shows

        /                  a page for people
        /metrics           metrics for Prometheus
        /healthz           200 while the daemon works
        /readyz            200 while it gives locks, otherwise 503 and the reason
        /api/v1/status     who holds and who waits now, as JSON
        /api/v1/history    who held or waited for what, the newest first, as JSON: ?resource= user= host= command= outcome= since= until= limit= cursor=
        /api/v1/events     what happens from now on, or after ?after=NUMBER, as server-sent events

        """

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
                source.readings { readings in
                    var json = RowJSON()
                    let requests = StatusRows(rows, isComplete: true).entries.map { json.line($0) }
                    let trouble = readings.counters.trouble.map { "\"trouble\":\(RowJSON.quoted($0))," } ?? ""
                    then(
                        HTTPAnswer(
                            200, HTTPAnswer.json,
                            "{\"at\":\"\(TimeText.utc(Clock.wallMicroseconds()))\",\"endpoint\":\(RowJSON.quoted(readings.endpoint)),"
                                + "\"version\":\"\(readings.version)\",\"started_at\":\"\(TimeText.utc(readings.startedAt))\",\(trouble)"
                                + "\"requests\":[\(requests.joined(separator: ","))]}\n"))
                }
            })
    }

    private func history(_ request: HTTPRequest, _ peer: HTTPPeer, _ then: @escaping @Sendable (HTTPAnswer) -> Void) {
        let query: HistoryQuery
        do { query = try HistoryParameters(request.parameters).query } catch { return then(.problem(400, error.sentence)) }
        source.history(
            query, for: peer,
            then: Self.reading(then) { page in
                var json = RowJSON()
                let next = page.hasMore ? page.rows.last.map { ",\"next\":\"\($0.request.number - 1)\"" } ?? "" : ""
                let rows = page.rows.map { json.line($0) }.joined(separator: ",")
                then(HTTPAnswer(200, HTTPAnswer.json, "{\"requests\":[\(rows)]\(next)}\n"))
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
