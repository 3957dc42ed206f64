internal import FlomSystem

/// Writes table `event`.
final class EventTable {
    private let insertStatement: Statement

    init(_ database: Database) throws(JournalError) {
        insertStatement = try database.statement(
            """
            INSERT INTO event (number, at, boottime, kind, request, newest_token, detail, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        )
    }

    func insert(_ record: EventRecord, hash: Digest) throws(JournalError) {
        insertStatement.bind(1, record.number)
        insertStatement.bind(2, record.at)
        insertStatement.bind(3, record.boottime)
        insertStatement.bind(4, utf8: record.kind)
        insertStatement.bind(5, record.request)
        insertStatement.bind(6, record.newestToken)
        if let detail = record.detail { insertStatement.bind(7, utf8: detail) } else { insertStatement.bindNull(7) }
        insertStatement.bind(8, hash)
        try insertStatement.run()
    }
}
