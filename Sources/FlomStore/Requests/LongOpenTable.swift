/// Writes table `lingering`: requests that are still open although many newer ones have come.
///
/// The open requests are those among the newest that have not ended, and those in this table. An index of all open requests would
/// be written twice for each lock; this table is written only for requests that last.
final class LongOpenTable {
    /// Requests between two updates of the table. It may contain younger requests than it has to.
    private static let stride = OpenRequestIndex.window / 2

    private let addStatement: Statement
    private let removeStatement: Statement
    /// All requests up to this number have been examined, and the open ones among them are in the table.
    private var frontier: Int64
    private var committedFrontier: Int64

    init(_ database: Database) throws(JournalError) {
        addStatement = try database.statement(
            """
            INSERT OR IGNORE INTO lingering SELECT number FROM request WHERE number > ?1 AND number <= ?2 AND ended_at IS NULL
            """
        )
        removeStatement = try database.statement("DELETE FROM lingering WHERE request = ?1")
        frontier = max(0, (try database.integer("SELECT max(number) FROM request") ?? 0) - OpenRequestIndex.window)
        committedFrontier = frontier
    }

    /// - Parameter newest: the last request that was asked for; its row exists.
    func follow(newest: Int64) throws(JournalError) {
        guard newest - frontier > OpenRequestIndex.window else { return }
        let end = newest - OpenRequestIndex.window + Self.stride
        addStatement.bind(1, frontier)
        addStatement.bind(2, end)
        try addStatement.run()
        frontier = end
    }

    func ended(_ number: Int64) throws(JournalError) {
        guard number <= frontier else { return }
        removeStatement.bind(1, number)
        try removeStatement.run()
    }

    func committed() { committedFrontier = frontier }
    func rolledBack() { frontier = committedFrontier }
}
