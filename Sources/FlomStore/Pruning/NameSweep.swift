internal import FlomModel

/// Removes, after a prune, the names of resources that no request refers to any more. It first notes which names requests have,
/// then goes through the names. Others may write in between, so new requests are noted before each removal.
struct NameSweep {
    private static let rowsPerLook = 128
    /// Names with greater numbers than this stay, because the notes take one bit for each name.
    private static let mostNames: Int64 = 10_000_000

    private let database: Database
    private let forget: (ResourceName) -> Void
    /// One bit for each name, by its number.
    private var isNamed: [UInt64] = []
    private var newestID: Int64 = 0
    /// The request that was noted last.
    private var noted: Int64 = 0
    /// The name that was examined last.
    private var swept: Int64 = 0

    /// - Parameter forget: called with each name that was removed.
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

    /// Notes the names of some more requests.
    ///
    /// - Returns: whether the newest request has been reached.
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

    /// The next summary of 512 requests. It has the names of all its requests, and perhaps names of requests that are gone.
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

    /// Examines some more names. Must be called inside a transaction without foreign keys: for each name SQLite would otherwise
    /// search all requests.
    ///
    /// - Parameter most: the number of names that may be removed.
    /// - Returns: whether the last name has been reached.
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
