package import FlomModel

extension JournalReader {
    /// Passes on the matching requests in the order of their numbers, the newest last. Requests that arrive while this runs are
    /// not included.
    ///
    /// - Parameter body: may take its time; nothing of the journal is held while it runs.
    /// - Throws: `JournalError`, or the error of `body`, which ends the history.
    package func history(_ query: HistoryQuery, _ body: (HistoryRow) throws -> Void) throws {
        var next: HistoryQuery? = query
        while let query = next {
            let page = try page(query)
            for row in page.rows { try body(row) }
            next = query.following(page)
        }
    }

    /// The first matching rows, copied: nothing of the journal is held when this returns. `HistoryQuery.following` makes the
    /// query for the next page.
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
