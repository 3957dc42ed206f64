/// How the numbers of the open requests are found: at a cost that grows with what is open, not with what has been.
enum OpenRequestIndex {
    /// So many of the newest requests are looked at one by one; what is open of older ones stands in table `lingering`.
    static let window: Int64 = 512

    /// SQL that gives them all, some perhaps twice, and perhaps some that have just ended.
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
