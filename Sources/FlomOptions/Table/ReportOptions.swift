internal import FlomConfiguration
internal import FlomModel
internal import FlomReports

/// The contents and form of reports.
extension OptionTable {
    static let reports = [
        Option(nil, "history", nil, "show who held or waited for what") { settings in settings.action = .history },
        Option(nil, "stats", nil, "show how much was waited and held, and for whom others waited") { settings in
            settings.action = .stats
        },
        Option(
            nil, "by", "WORD", nil, "what --stats counts by: resource (default), user, host or command",
            values: .wordsOf(StatisticsKey.self), .value(Value.word) { $0.report.by = $1 }),
        Option(nil, "status", nil, "show who holds and who waits now") { settings in settings.action = .status },
        Option(
            nil, "since", "TIME", nil,
            "only what had not ended before: 2026-11-22T13:30, 13:30, 2h30m, '1 hour ago', 'yesterday 14:00'",
            details: "A time that the clock shows twice in autumn is the first of the two here, and the second with --until.",
            values: .words { ["today", "yesterday"] },
            .value(Value.moment) { $0.report.filter.since = $1 }),
        Option(
            nil, "until", "TIME", nil, "only what was asked before", .value(Value.laterMoment) { $0.report.filter.until = $1 }),
        Option(
            nil, "user", "NAME", nil, "only requests of this user",
            values: .user, .value(Value.text) { $0.report.filter.user = $1 }),
        Option(
            nil, "host", "NAME", nil, "only requests from this host",
            values: .host, .value(Value.text) { $0.report.filter.host = $1 }),
        Option(nil, "command", "TEXT", nil, "only requests whose command contains this") {
            settings, value throws(Value.Refused) in
            settings.report.filter.command = value
        },
        Option(
            nil, "outcome", "WORD", nil, "only requests with this outcome: held, released, reclaimed …; may be repeated",
            values: .wordsOf(RequestOutcome.self), isRepeatable: true
        ) {
            settings, value throws(Value.Refused) in
            settings.report.filter.outcomes.insert(try Value.word(text(value)))
        },
        Option(
            nil, "limit", "N", nil, "the newest N rows of the history",
            .value(Value.integer(in: 1...Int64(Int32.max))) { $0.report.limit = Int($1) }),
        Option(nil, "reverse", nil, "the newest first") { settings in settings.report.isReversed = true },
        Option(nil, "follow", nil, "go on with each request that ends from now on; begins with the newest 10, or --limit") {
            settings in
            settings.report.follows = true
        },
        Option(
            nil, "format", "FORMAT", nil,
            "of a report: table (default), json, csv, html (one page), prometheus (--status, --check)",
            values: .wordsOf(ReportFormat.self), .value(Value.word) { $0.report.format = $1 }),
    ]
}
