package import FlomEngine

extension JournalReader {
    /// Hands out what matches, by request number; the newest come last. What is asked for while this runs is not included.
    ///
    /// - Parameter body: may take its time; while it runs, nothing of the journal is held.
    /// - Throws: `JournalError`, or what `body` throws, which ends it.
    package func history(_ query: HistoryQuery, _ body: (HistoryRow) throws -> Void) throws {
        var next: HistoryQuery? = query
        while let query = next {
            let page = try page(query)
            for row in page.rows { try body(row) }
            next = query.following(page)
        }
    }

    /// The first rows of what matches, copied: nothing of the journal is held when this returns. `HistoryQuery.following` asks
    /// for the next ones.
    package func page(_ query: HistoryQuery) throws(JournalError) -> HistoryPage {
        let database = try current()
        guard let upTo = try newest(upTo: query.upTo, database) else { return HistoryPage(rows: []) }
        guard let selection = try HistorySelection(query, upTo: upTo, database) else { return HistoryPage(rows: [], upTo: upTo) }
        let (rows, hasMore) = try selection.read(database)
        return HistoryPage(rows: rows, hasMore: hasMore, upTo: upTo)
    }

    private func newest(upTo: RequestID?, _ database: Database) throws(JournalError) -> RequestID? {
        if let upTo { return upTo }
        return try database.integer("SELECT max(number) FROM request").map { RequestID($0) }
    }
}

/// What a query comes to in one journal: a range of request numbers, and a way to read the first rows of it.
struct HistorySelection {
    /// These two bound what is in memory at once: rows, and bytes of names and command lines beyond which no row is added.
    static let pageRows = 256
    static let pageBytes = 64 * 1024

    private let first: Int64
    private let last: Int64
    private let resource: Int64?
    private let rowLimit: Int
    private let sql: String

    /// Nil when nothing matches.
    init?(_ query: HistoryQuery, upTo: RequestID, _ database: Database) throws(JournalError) {
        let last = upTo.number
        var resource: Int64?
        if let name = query.resource {
            resource = try Self.resource(name, database)
            if resource == nil { return nil }
        }
        let source = Self.source(query)
        let condition = Self.condition(query)
        var first: Int64 = 1
        if let after = query.after?.number {
            guard after < last else { return nil }
            first = max(first, after + 1)
        }
        if let limit = query.limit {
            guard limit > 0 else { return nil }
            let oldest = try database.statement(
                "SELECT number FROM \(source) WHERE \(condition) ORDER BY number DESC LIMIT 1 OFFSET ?4"
            )
            Self.bind(oldest, first, last, resource)
            oldest.bind(4, Int64(limit - 1))
            if try oldest.step() {
                first = oldest.integer(0)
                oldest.reset()
            }
        }
        self.first = first
        self.last = last
        self.resource = resource
        rowLimit = min(max(query.pageSize ?? Self.pageRows, 1), Self.pageRows)
        sql = """
            SELECT \(HistoryRow.columns)
            FROM \(source) CROSS JOIN resource ON resource.id = request.resource
            WHERE \(condition)
            ORDER BY request.number
            LIMIT ?4
            """
    }

    /// The first rows, and whether there are more.
    func read(_ database: Database) throws(JournalError) -> (rows: [HistoryRow], hasMore: Bool) {
        let statement = try database.statement(sql)
        Self.bind(statement, first, last, resource)
        // One more, to see whether there is one.
        statement.bind(4, Int64(rowLimit + 1))
        defer { statement.reset() }
        var rows: [HistoryRow] = []
        var bytes = 0
        while try statement.step() {
            guard rows.count < rowLimit, bytes < Self.pageBytes else { return (rows, true) }
            let row = try HistoryRow(statement, path: database.path)
            bytes += row.resource.count + row.command.reduce(0) { $0 + $1.count + 1 }
            rows.append(row)
        }
        return (rows, false)
    }

    /// The index is named, so that a plan that reads all of history is an error in a test and not a slow report.
    private static func source(_ query: HistoryQuery) -> String {
        if query.onlyOpen { return "request INDEXED BY request_open" }
        return query.resource == nil ? "request" : "request INDEXED BY request_resource"
    }

    private static func condition(_ query: HistoryQuery) -> String {
        var condition = "request.number BETWEEN ?1 AND ?2"
        if query.resource != nil { condition += " AND request.resource = ?3" }
        if query.onlyOpen { condition += " AND ended_at IS NULL" }
        return condition
    }

    private static func bind(_ statement: Statement, _ first: Int64, _ last: Int64, _ resource: Int64?) {
        statement.bind(1, first)
        statement.bind(2, last)
        if let resource { statement.bind(3, resource) }
    }

    private static func resource(_ name: [UInt8], _ database: Database) throws(JournalError) -> Int64? {
        let find = try database.statement("SELECT id FROM resource WHERE name = ?1")
        find.bind(1, blob: name)
        defer { find.reset() }
        return try find.step() ? find.integer(0) : nil
    }
}
