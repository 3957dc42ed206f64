package import FlomModel
package import FlomReports

/// The options of a report.
package struct ReportSettings {
    package var format = ReportFormat.table
    /// The number of newest rows of `--history`.
    package var limit: Int?
    /// Whether the newest row comes first.
    package var isReversed = false
    /// Whether the report goes on with requests that end from now on.
    package var follows = false
    /// The key of `--stats`.
    package var by = StatisticsKey.resource
    /// The filter, without the resource of `-r`.
    package var filter = HistoryFilter()
}

package enum ReportFormat: String, CaseIterable {
    case table
    case json
    case csv
    case html
    /// The present state, for Prometheus.
    case prometheus
}

extension Settings {
    /// The filter of a report, with the resource of `-r`.
    package func reportFilter() throws(Failure) -> HistoryFilter {
        var filter = report.filter
        filter.resourcePattern = resourcePattern
        filter.request = request.map { RequestID($0) }
        guard namesResource else { return filter }
        guard parts.count == 1, resourcePattern == nil else {
            throw Failure(
                .failure, "a report is about one resource or pattern (-r) or, without -r, about all",
                code: ReturnNumber.invalidOption)
        }
        filter.resource = parts[0].resource.bytes
        return filter
    }

    /// - Throws: if options contradict each other, before anything is done.
    func checkReport() throws(Failure) {
        if let mistake = mistakeInReport { throw Failure(.failure, mistake, code: ReturnNumber.invalidOption) }
    }

    private var mistakeInReport: String? {
        switch action {
        case .history:
            guard report.follows else { return nil }
            if report.format == .html { return "--follow goes on for ever, and a page has an end: --format table, json or csv" }
            if report.isReversed { return "--follow shows the newest last, so that --reverse does not go with it" }
        case .stats:
            if report.follows { return "--follow shows requests one by one, and goes with --history, not with --stats" }
            if report.limit != nil && report.format != .html { return "--limit is about rows of the history: --stats counts all" }
        case .status, .check: break
        default:
            return resourcePattern.map {
                "'\(OptionTable.text($0))' is no name of a resource: only --history, --stats, --status and --check take a pattern"
            }
        }
        return nil
    }
}
