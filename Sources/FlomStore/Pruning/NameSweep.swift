internal import FlomModel

/// Removes the names of resources that nothing speaks of any more, after a prune: first it notes which names the requests have, then it
/// goes through the names. In between and meanwhile others may write, so what has come is noted before anything goes.
struct NameSweep {
    private static let rowsPerLook = 128
    /// Names with greater numbers than this stay: the notes take a bit a name.
    private static let mostNames: Int64 = 10_000_000

    private let database: Database
    private let forget: (ResourceName) -> Void
    /// A bit a name, by its number.
    private var isNamed: [UInt64] = []
    private var newestID: Int64 = 0
    /// The request that was noted last.
    private var noted: Int64 = 0
    /// The name that was looked at last.
    private var swept: Int64 = 0

    /// - Parameter forget: told each name that is gone.
    init(_ database: Database, forget: @escaping (ResourceName) -> Void) {
        self.database = database
        self.forget = forget
    }

    // MARK: - Noting

    mutating func begin() throws(JournalError) {
        newestID = min(try database.integer("SELECT max(id) FROM resource") ?? 0, Self.mostNames)
        isNamed = [UInt64](repeating: 0, count: Int(newestID / 64) + 1)
        noted = 0
        swept = 0
    }

    /// Goes on a little.
    ///
    /// - Returns: whether it has come to the newest request.
    mutating func note() throws(JournalError) -> Bool {
        let next = try nextBlock()
        if let next, next.first == noted + 1 {
            for resource in next.resources { set(resource) }
            noted += RequestBlock.size
            return false
        }
        let rows = try database.statement(
            """
            SELECT number, resource FROM request WHERE number > ?1 AND number < ?2 ORDER BY number LIMIT \(Self.rowsPerLook)
            """
        )
        rows.bind(1, noted)
        rows.bind(2, next?.first ?? Int64.max)
        defer { rows.reset() }
        var count = 0
        while try rows.step() {
            noted = rows.integer(0)
            set(rows.integer(1))
            count += 1
        }
        if count == Self.rowsPerLook { return false }
        guard let next else { return true }
        noted = next.first - 1
        return false
    }

    /// A block knows what all of its requests have, and perhaps what some had that are gone.
    private func nextBlock() throws(JournalError) -> (first: Int64, resources: [Int64])? {
        let row = try database.statement("SELECT \(BlockRow.columns) FROM block WHERE first > ?1 ORDER BY first LIMIT 1")
        row.bind(1, noted)
        defer { row.reset() }
        guard try row.step() else { return nil }
        let block = BlockRow(row)
        return (block.first, block.resources)
    }

    private mutating func set(_ id: Int64) {
        guard (0...newestID).contains(id) else { return }
        isNamed[Int(id / 64)] |= 1 << UInt64(id % 64)
    }

    // MARK: - Removing

    /// Goes on a little, inside a transaction without foreign keys: for each name SQLite would look through all requests.
    ///
    /// - Parameter most: so many names go.
    /// - Returns: whether it has come to the last name.
    mutating func sweep(most: Int) throws(JournalError) -> Bool {
        while try !note() {}
        let names = try database.statement(
            "SELECT id FROM resource WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT \(Self.rowsPerLook)")
        names.bind(1, swept)
        names.bind(2, newestID)
        var ids: [Int64] = []
        while try names.step() { ids.append(names.integer(0)) }
        var removed = 0
        for id in ids {
            if removed == most { return false }
            swept = id
            guard isNamed[Int(id / 64)] & 1 << UInt64(id % 64) == 0 else { continue }
            try remove(id)
            removed += 1
        }
        return ids.count < Self.rowsPerLook
    }

    private func remove(_ id: Int64) throws(JournalError) {
        let remove = try database.statement(
            """
            DELETE FROM resource WHERE id = ?1
                AND NOT EXISTS (SELECT 1 FROM life WHERE resource = ?1)
                AND NOT EXISTS (SELECT 1 FROM stamp WHERE resource = ?1)
            RETURNING name
            """
        )
        remove.bind(1, id)
        while try remove.step() {
            if let name = try? ResourceName(remove.bytes(0)) { forget(name) }
        }
    }
}
