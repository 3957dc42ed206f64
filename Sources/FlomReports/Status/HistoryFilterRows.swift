package import FlomModel
internal import FlomStore

/// The parts of a filter that apply to a single row, for readers that have to see more rows than they show: to follow an open
/// request until it ends, or to charge waiting to holders outside the filter.
extension HistoryFilter {
    /// The filter without conditions that a request may meet only later, and without those on its user, host and command: with it
    /// no relevant row is missed because it was read too early or belongs to another user.
    package var stableConditions: HistoryFilter {
        var filter = HistoryFilter(resource: resource)
        (filter.resourcePattern, filter.request) = (resourcePattern, request)
        (filter.since, filter.until) = (since, until)
        return filter
    }

    /// Whether a row that `stableConditions` has let through also meets the other conditions.
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
