package import FlomModel

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
