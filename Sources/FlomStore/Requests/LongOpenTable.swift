/// Writes table `lingering`: the requests that are open still, although many newer ones have come.
///
/// What is open is the newest requests as far as they have not ended, and what stands here. An index of all open ones would be written
/// twice for each lock; this is written for those that last.
final class LongOpenTable {
    /// How often it is brought up to date, in requests. It may know of younger ones than it has to.
    private static let stride = OpenRequestIndex.window / 2

    private let addStatement: Statement
    private let removeStatement: Statement
    /// The requests up to this one have been looked at: as far as they are open they stand here.
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

    /// - Parameter newest: the request that was asked last; its row is there.
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
