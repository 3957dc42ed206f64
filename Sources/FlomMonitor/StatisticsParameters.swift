internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports

/// The parameters of `/api/v1/stats`: those of `--stats`, spelled and judged alike.
struct StatisticsParameters {
    let filter: HistoryFilter
    let by: StatisticsKey

    static let names = ReportParameters.names(for: .statistics)

    /// - Throws: `Failure` with a sentence about the parameter that is not accepted.
    init(_ parameters: [HTTPRequest.Parameter]) throws(Failure) {
        let report = try ReportParameters(parameters.map { ($0.name, $0.value) }, for: .statistics)
        (filter, by) = (report.filter, report.by)
    }
}
