internal import FlomModel

/// A query against one journal: the range of request numbers to look at, and the condition that they must meet.
struct HistorySelection {
    /// Limits of what is in memory at once: rows, and bytes of names and command lines beyond which no row is added.
    static let pageRows = 256
    static let pageBytes = 64 * 1024
    /// Requests that are looked at before an incomplete page is returned, so that the first rows of a rare match arrive early.
    private static let patience = 32 * RequestBlock.size

    private var first: Int64
    private let last: Int64
    private let filter: HistoryFilter
    private let condition: FilterCondition
    private let rowLimit: Int
    private let newestFirst: Bool

    /// Nil when nothing can match.
    init?(_ query: HistoryQuery, upTo: RequestID, _ database: Database) throws(JournalError) {
        guard let condition = try FilterCondition(query.filter, database) else { return nil }
        self.condition = condition
        filter = query.filter
        newestFirst = query.newestFirst
        first = 1
        // A query from the wire may contain any number. With this bound no sum below overflows.
        last = min(upTo.number, Int64.max - RequestBlock.size)
        if let after = query.after?.number {
            guard after < last else { return nil }
            first = max(first, after + 1)
        }
        var rowLimit = min(max(query.pageSize ?? Self.pageRows, 1), Self.pageRows)
        if let limit = query.limit {
            guard limit > 0 else { return nil }
            if newestFirst { rowLimit = min(rowLimit, limit) }
        }
        self.rowLimit = rowLimit
        if let limit = query.limit, !newestFirst { try skipAllBut(newest: limit, database) }
    }

    private mutating func skipAllBut(newest limit: Int, _ database: Database) throws(JournalError) {
        let newest = try database.statement(
            """
            SELECT request.number FROM \(FilterCondition.source) WHERE \(condition.sql) ORDER BY request.number DESC LIMIT ?3
            """
        )
        defer { newest.reset() }
        var walk = try walk(newestFirst: true, database)
        var left = limit
        while let range = try walk.next() {
            bind(newest, range, third: Int64(left))
            while try newest.step() {
                left -= 1
                if left == 0 {
                    first = newest.integer(0)
                    return
                }
            }
        }
    }

    private func walk(newestFirst: Bool, _ database: Database) throws(JournalError) -> RequestWalk {
        filter.onlyOpen
            ? .open(try OpenWalk(from: first, to: last, newestFirst: newestFirst, database))
            : .blocks(
                try BlockWalk(
                    filter, resources: condition.resources, from: first, to: last, newestFirst: newestFirst, database))
    }

    /// The first matching rows, and whether there may be more.
    func read(_ database: Database) throws(JournalError) -> (rows: [HistoryRow], hasMore: Bool) {
        let statement = try database.statement(
            """
            SELECT \(try HistoryRow.columns(database)) FROM \(FilterCondition.source) WHERE \(condition.sql)
            ORDER BY request.number \(newestFirst ? "DESC" : "ASC") LIMIT ?3
            """
        )
        defer { statement.reset() }
        var walk = try walk(newestFirst: newestFirst, database)
        var rows: [HistoryRow] = []
        var bytes = 0
        var looked: Int64 = 0
        while let range = try walk.next() {
            // One more row than wanted shows whether there are more.
            bind(statement, range, third: Int64(rowLimit + 1 - rows.count))
            while try statement.step() {
                guard rows.count < rowLimit, bytes < Self.pageBytes else { return (rows, true) }
                let row = try HistoryRow(statement, path: database.path)
                bytes += row.resource.count + row.command.reduce(0) { $0 + $1.count + 1 }
                rows.append(row)
            }
            looked += Int64(range.count)
            if looked >= Self.patience && !rows.isEmpty && range.contains(newestFirst ? first : last) == false {
                return (rows, true)
            }
        }
        return (rows, false)
    }

    private func bind(_ statement: Statement, _ range: ClosedRange<Int64>, third: Int64) {
        statement.bind(1, range.lowerBound)
        statement.bind(2, range.upperBound)
        statement.bind(3, third)
        condition.bind(statement)
    }
}

/// How a query goes through the numbers of the requests that its filter may match, in the order of the output.
private enum RequestWalk {
    case blocks(BlockWalk)
    case open(OpenWalk)

    /// The next range of numbers; nil when there are no more.
    mutating func next() throws(JournalError) -> ClosedRange<Int64>? {
        switch self {
        case .blocks(var walk):
            defer { self = .blocks(walk) }
            return try walk.next()
        case .open(var walk):
            defer { self = .open(walk) }
            return try walk.next()
        }
    }
}
