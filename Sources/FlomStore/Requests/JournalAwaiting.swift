package import FlomModel

/// How long daemons have listened for clients on other hosts since a restart, over any number of daemons.
///
/// The time is measured on a clock of the journal's own, which stands still while no daemon listens: a client could not come back
/// then.
extension Journal {
    /// Begins to wait for the clients of all open requests from other hosts.
    ///
    /// - Returns: milliseconds for which earlier daemons have listened for each of them in vain.
    package func beginAwaitingClients() throws(JournalError) -> [RequestID: Int64] {
        let isOpen = "number IN (\(try OpenRequestIndex.query(database))) AND ended_at IS NULL"
        try transaction { () throws(JournalError) in
            try database.execute(
                """
                UPDATE request SET awaited_since = (SELECT listened_ms FROM journal)
                WHERE \(isOpen) AND is_local = 0 AND awaited_since IS NULL
                """
            )
        }
        let rows = try database.statement(
            """
            SELECT number, (SELECT listened_ms FROM journal) - awaited_since FROM request
            WHERE \(isOpen) AND awaited_since IS NOT NULL
            """
        )
        defer { rows.reset() }
        var missed: [RequestID: Int64] = [:]
        while try rows.step() { missed[RequestID(rows.integer(0))] = rows.integer(1) }
        return missed
    }

    /// The clock's reading, in milliseconds.
    package func listeningMilliseconds() throws(JournalError) -> Int64 {
        try database.integer("SELECT listened_ms FROM journal") ?? 0
    }

    /// Advances the clock, in a commit of its own that nothing waits for.
    package func addListeningTime(milliseconds: Int64) throws(JournalError) {
        try transaction { () throws(JournalError) in
            let advance = try database.statement("UPDATE journal SET listened_ms = listened_ms + ?1")
            advance.bind(1, milliseconds)
            try advance.run()
        }
    }
}
