package import FlomEngine

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
        if let command { return Array(row.command.joined(separator: [UInt8(ascii: " ")])).contains(piece: command) }
        return true
    }
}

extension [UInt8] {
    fileprivate func contains(piece: [UInt8]) -> Bool {
        guard piece.count <= count else { return false }
        return (0...(count - piece.count)).contains { self[$0..<($0 + piece.count)].elementsEqual(piece) }
    }
}
