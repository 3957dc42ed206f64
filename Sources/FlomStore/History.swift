internal import FlomEngine

extension JournalReader {
    /// Hands out what matches, by request number; the newest come last. What is asked for while this runs is not included.
    ///
    /// - Parameter body: may take its time; while it runs, nothing of the journal is held.
    /// - Throws: `JournalError`, or what `body` throws, which ends it.
    package func history(_ query: HistoryQuery, _ body: (HistoryRow) throws -> Void) throws {
        guard let selection = try HistorySelection(query, current()) else { return }
        var next = selection.first
        while next <= selection.last {
            let page = try selection.page(from: next, current())
            for row in page { try body(row) }
            guard page.count == HistorySelection.pageRows, let newest = page.last else { return }
            next = newest.request.number + 1
        }
    }
}

/// What a query comes to in one journal: a range of request numbers, and a way to read it page by page.
struct HistorySelection {
    /// Bounds what is in memory at once to a few hundred kB.
    static let pageRows = 256

    let first: Int64
    let last: Int64
    private let resource: Int64?
    private let pageSQL: String

    /// Nil when nothing matches.
    init?(_ query: HistoryQuery, _ database: Database) throws(JournalError) {
        guard let last = try database.integer("SELECT max(number) FROM request") else { return nil }
        var resource: Int64?
        if let name = query.resource {
            resource = try Self.resource(name, database)
            if resource == nil { return nil }
        }
        let source = Self.source(query)
        let condition = Self.condition(query)
        var first: Int64 = 1
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
        pageSQL = """
            SELECT \(HistoryRow.columns)
            FROM \(source) CROSS JOIN resource ON resource.id = request.resource
            WHERE \(condition)
            ORDER BY request.number
            LIMIT \(Self.pageRows)
            """
    }

    /// The next rows that match, copied: the read transaction is over when this returns.
    func page(from next: Int64, _ database: Database) throws(JournalError) -> [HistoryRow] {
        let rows = try database.statement(pageSQL)
        Self.bind(rows, next, last, resource)
        defer { rows.reset() }
        var page: [HistoryRow] = []
        while try rows.step() { page.append(try HistoryRow(rows, path: database.path)) }
        return page
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
