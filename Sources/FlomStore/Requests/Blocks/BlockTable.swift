internal import FlomModel

/// Writes table `block`.
final class BlockTable {
    private let insertStatement: Statement
    private let deleteStatement: Statement
    /// The last request that belongs to a block. No newer one does.
    private var newest: Int64

    init(_ database: Database) throws(JournalError) {
        newest = (try database.integer("SELECT max(first) FROM block")).map { $0 + RequestBlock.size - 1 } ?? 0
        insertStatement = try database.statement(
            """
            INSERT OR REPLACE INTO block (first, asked_from, ended_to, outcomes, resources, users, hosts, commands)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """
        )
        deleteStatement = try database.statement("DELETE FROM block WHERE first = ?1")
    }

    func insert(_ block: RequestBlock) throws(JournalError) {
        insertStatement.bind(1, block.first)
        insertStatement.bind(2, block.askedFrom)
        insertStatement.bind(3, block.endedTo)
        insertStatement.bind(4, block.outcomes)
        insertStatement.bind(5, blob: block.resources.sorted().flatMap { withUnsafeBytes(of: $0.bigEndian) { Array($0) } })
        insertStatement.bind(6, blob: Self.joined(block.users))
        insertStatement.bind(7, blob: Self.joined(block.hosts))
        if let commands = block.commands {
            insertStatement.bind(8, blob: Self.joined(commands))
        } else {
            insertStatement.bindNull(8)
        }
        try insertStatement.run()
        newest = max(newest, block.last)
    }

    /// Removes the summary of a request that has changed: its command was reported late.
    func forget(blockOf number: Int64) throws(JournalError) {
        guard number <= newest else { return }
        deleteStatement.bind(1, RequestBlock.first(of: number))
        try deleteStatement.run()
    }

    private static func joined(_ values: Set<[UInt8]>) -> [UInt8] {
        CommandWords.join(values.sorted { $0.lexicographicallyPrecedes($1) })
    }
}

extension Journal {
    /// Stores the result of `JournalReader.summarizeBlock`.
    package func keep(_ block: RequestBlock) throws(JournalError) {
        try transaction { () throws(JournalError) in try writer.write(block) }
    }
}
