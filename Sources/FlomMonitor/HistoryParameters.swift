internal import FlomModel
internal import FlomNetCore
internal import FlomOptions

/// The parameters of `/api/v1/history`: those of `--history`, spelled and judged alike, and the place to go on from.
struct HistoryParameters {
    let query: HistoryQuery
    /// The most rows in one answer.
    static let mostRows = 1000
    private static let usualRows = 100
    static let names = ReportParameters.names(for: .history) + ["cursor"]

    /// - Throws: `Failure` with a sentence about the parameter that is not accepted.
    init(_ parameters: [HTTPRequest.Parameter]) throws(Failure) {
        var options: [(name: String, value: String)] = []
        var cursor: String?
        for parameter in parameters {
            if parameter.name == "cursor" { cursor = parameter.value } else { options.append((parameter.name, parameter.value)) }
        }
        let report = try ReportParameters(options, for: .history)
        let rows = min(report.limit ?? Self.usualRows, Self.mostRows)
        // The newest first, as people look for them.
        var query = HistoryQuery(report.filter, newestFirst: true)
        query.pageSize = rows
        if let cursor {
            guard let number = Int64(cursor), number > 0 else {
                throw Failure(
                    .failure, "the parameter cursor: '\(cursor)' is not accepted; it takes the 'next' of an earlier answer")
            }
            query.upTo = RequestID(number)
        }
        self.query = query
    }
}
