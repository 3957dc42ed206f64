/// Finds the numbers of the open requests, at a cost that grows with the open requests and not with the history.
enum OpenRequestIndex {
    /// The number of newest requests that are examined one by one. Older open requests are in table `lingering`.
    static let window: Int64 = 512

    /// SQL that selects the numbers of all open requests. Some may appear twice, and some may just have ended.
    static func query(_ database: Database) throws(JournalError) -> String {
        guard try JournalFormat.hasLongOpen(database) else {
            return "SELECT number FROM request INDEXED BY request_open WHERE ended_at IS NULL"
        }
        return """
            SELECT request FROM lingering
            UNION ALL
            SELECT number FROM request WHERE number > (SELECT max(number) FROM request) - \(window) AND ended_at IS NULL
            """
    }
}
