package import FlomModel
internal import FlomStore

/// The part of a filter that looks at one row alone, for readers that have to see more rows than they show: whoever follows a request
/// that is open until it ends, or charges waiting to holders that are not asked for.
extension HistoryFilter {
    /// Without what may become true of a request only later, and without whose it is: nothing that matters is missed because it was
    /// looked at too early, or was somebody else's.
    package var ofWhatStays: HistoryFilter {
        var filter = HistoryFilter(resource: resource)
        (filter.resourcePattern, filter.request) = (resourcePattern, request)
        (filter.since, filter.until) = (since, until)
        return filter
    }

    /// Whether a row that `ofWhatStays` has let through matches the rest as well.
    package func accepts(_ row: HistoryRow) -> Bool {
        if let since, let endedAt = row.endedAt, endedAt < since { return false }
        if let until, row.askedAt >= until { return false }
        if let user, row.user != user { return false }
        if let host, row.host != host { return false }
        if !outcomes.isEmpty, !outcomes.contains(row.outcome) { return false }
        if let command {
            let words = Array(row.command.joined(separator: [UInt8(ascii: " ")]))
            return words.withUnsafeBytes { words in
                command.withUnsafeBytes { TextSearch.contains(words, onlyProgram: false, $0) }
            }
        }
        return true
    }
}
