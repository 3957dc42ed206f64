/// The paths at which something is shown. `Description/openapi.json` describes all of them.
enum Route: String, CaseIterable {
    case page = "/"
    case script = "/live.js"
    case style = "/live.css"
    case commonStyle = "/page.css"
    case metrics = "/metrics"
    case health = "/healthz"
    case readiness = "/readyz"
    case routes = "/api"
    case description = "/api/v1/openapi.json"
    case status = "/api/v1/status"
    case history = "/api/v1/history"
    case statistics = "/api/v1/stats"
    case events = "/api/v1/events"

    /// What stands there, for those who ask at `/api`; nil for what belongs to another one.
    private var purpose: String? {
        switch self {
        case .page: "a page for people"
        case .script, .style, .commonStyle: nil
        case .metrics: "metrics for Prometheus"
        case .health: "200 while the daemon works"
        case .readiness: "200 while it gives locks, otherwise 503 and the reason"
        case .routes: "this text"
        case .description: "a description of all this for programs (OpenAPI)"
        case .status: "who holds and who waits now, as JSON"
        case .history: "who held or waited for what, the newest first, as JSON: ?\(Self.list(HistoryParameters.names))"
        case .statistics:
            "how much was waited and held, and for whom others waited, as JSON: ?\(Self.list(StatisticsParameters.names))"
        case .events: "what happens from now on, or after ?after=NUMBER, as server-sent events"
        }
    }

    /// All of them, for people.
    static let text: String =
        "flom: what this daemon shows\n\n"
        + allCases.map { route in
            guard let purpose = route.purpose else { return "" }
            return route.rawValue + String(repeating: " ", count: max(1, 23 - route.rawValue.count)) + purpose + "\n"
        }.joined()

    private static func list(_ names: [String]) -> String { names.map { $0 + "=" }.joined(separator: " ") }
}
