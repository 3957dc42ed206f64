internal import FlomModel

/// Decides whether a block may contain a request that matches a filter.
struct BlockTest {
    private let filter: HistoryFilter
    private let resources: [Int64]?
    private let outcomes: Int64

    /// Nil if blocks cannot tell, or if the filter names one request.
    init?(_ filter: HistoryFilter, resources: [Int64]?) {
        guard !filter.onlyOpen, filter.request == nil else { return nil }
        let asksForMore =
            filter.since != nil || filter.until != nil || filter.user != nil || filter.host != nil || filter.command != nil
            || !filter.outcomes.isEmpty || resources != nil
        guard asksForMore else { return nil }
        self.filter = filter
        self.resources = resources
        outcomes = filter.outcomes.reduce(0) { $0 | RequestBlock.bit($1) }
    }

    func mayMatch(_ row: BlockRow) -> Bool {
        if let until = filter.until, row.askedFrom >= until { return false }
        if let since = filter.since, row.endedTo < since { return false }
        if outcomes != 0, row.outcomes & outcomes == 0 { return false }
        if let resources, !resources.contains(where: { row.has(resource: $0) }) { return false }
        if let user = filter.user, !row.has(user: Array(user.utf8)) { return false }
        if let host = filter.host, !row.has(host: Array(host.utf8)) { return false }
        if let command = filter.command, !row.mayHave(command: command) { return false }
        return true
    }
}
