internal import FlomConfiguration
package import FlomReports

/// The options of `--status` and `--check` beyond those of every report.
package struct StatusSettings {
    /// Whether it is shown again each second.
    package var watches = false
    /// The moment that is shown, in microseconds since 1970-01-01 UTC; nil for now.
    package var at: Int64?
    /// The conditions about which `--check` complains.
    package var limits = CheckLimits()
}

extension OptionTable {
    package static let status = [
        Option(nil, "watch", nil, "--status: again each second until q or ^C; without a terminal each time it changes") {
            settings in settings.status.watches = true
        },
        Option(
            nil, "at", "TIME", nil, "--status: who held and who waited then; times as for --since",
            .value(Value.moment) { $0.status.at = $1 }),
        Option(nil, "check", nil, "one line for Nagios and the like; exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN") {
            settings in settings.action = .check
        },
        Option(
            nil, "max-wait", "SPAN", nil, "--check: critical when a request waits longer: 90s, 30m, 2h30m, 7d, 4w",
            .value(Value.span) { $0.status.limits.maxWait = $1 }),
        Option(
            nil, "max-hold", "SPAN", nil, "--check: critical when a lock is held longer",
            .value(Value.span) { $0.status.limits.maxHold = $1 }),
        Option(
            nil, "not-run-since", "SPAN", nil,
            "--check: critical when no command under -r has ended with status 0 within this time",
            .value(Value.span) { $0.status.limits.notRunSince = $1 }),
    ]
}

extension Settings {
    /// - Throws: if options of `--status` and `--check` contradict each other, before anything is done.
    package func checkStatus() throws(Failure) {
        guard action.takes(report.format) else {
            let words = ReportFormat.allCases.filter { action.takes($0) }.map(\.rawValue).joined(separator: ", ")
            throw refused("--format \(report.format.rawValue) is not for this report, which takes \(words)")
        }
        let isStatus = if case .status = action { true } else { false }
        let isCheck = if case .check = action { true } else { false }
        if !isStatus && (status.watches || status.at != nil) {
            throw refused("\(status.watches ? "--watch" : "--at") belongs to --status")
        }
        if status.watches && status.at != nil {
            throw refused("--watch shows what is now, and --at what was: they exclude each other")
        }
        if status.watches && report.format != .table && report.format != .json {
            throw refused("--watch shows a table or json, not \(report.format.rawValue)")
        }
        if !isCheck && !status.limits.isEmpty {
            throw refused("--max-wait, --max-hold and --not-run-since belong to --check")
        }
        if isCheck && status.limits.notRunSince != nil && !(namesResource && resourcePattern == nil && parts.count == 1) {
            throw refused("--not-run-since is about one resource: name it with -r NAME")
        }
    }

    private func refused(_ sentence: String) -> Failure { Failure(.failure, sentence, code: ReturnNumber.invalidOption) }
}

extension Settings.Action {
    fileprivate func takes(_ format: ReportFormat) -> Bool {
        switch self {
        case .status: format != .html
        case .check: format == .table || format == .prometheus
        case .doctor: format == .table || format == .json
        default: format != .prometheus
        }
    }
}
