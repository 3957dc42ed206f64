internal import FlomEngine

/// What options say of a report.
struct ReportSettings {
    var format = ReportFormat.table
    /// Of `--history`: the newest so many.
    var limit: Int?
    /// Newest first.
    var isReversed = false
    /// Goes on with what ends from now on.
    var follows = false
    /// Without the resource, which `-r` names.
    var filter = HistoryFilter()
}

enum ReportFormat: String, CaseIterable {
    case table
    case json
    /// Of what is now, for Prometheus.
    case prometheus
}

extension Settings {
    /// What a report shows: what `-r` names, and what else is said.
    func reportFilter() throws(Failure) -> HistoryFilter {
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

    /// - Throws: what cannot be meant together, before anything is done.
    func checkReport() throws(Failure) {
        guard let resourcePattern else { return }
        switch action {
        case .history, .status, .check: return
        default:
            throw Failure(
                .failure,
                "'\(OptionTable.text(resourcePattern))' is no name of a resource: only --history, --status and --check take a pattern",
                code: ReturnNumber.invalidOption)
        }
    }
}
