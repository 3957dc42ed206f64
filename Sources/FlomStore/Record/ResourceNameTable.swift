internal import FlomModel

/// Table `resource`: each name once, so that requests and their index carry a small number instead.
final class ResourceNameTable {
    /// Names that are kept in memory. Others are looked up in the file: the limit bounds memory, not correctness.
    static let cacheLimit = 16_384

    private var known: [ResourceName: Int64] = [:]
    /// Names that this transaction has inserted. They are forgotten when it fails; a later row would otherwise refer to a name
    /// that does not exist.
    private var fresh: [ResourceName] = []
    private let selectStatement: Statement
    private let insertStatement: Statement

    init(_ database: Database) throws(JournalError) {
        selectStatement = try database.statement("SELECT id FROM resource WHERE name = ?1")
        insertStatement = try database.statement("INSERT INTO resource (name) VALUES (?1) RETURNING id")
    }

    /// The id of a name, inserted if necessary. Must be called inside a transaction that ends with `committed` or `rolledBack`.
    func id(of name: ResourceName) throws(JournalError) -> Int64 {
        if let id = known[name] { return id }
        if known.count >= Self.cacheLimit { known.removeAll(keepingCapacity: true) }
        let id: Int64
        if let existing = try Self.firstInteger(selectStatement, name) {
            id = existing
        } else {
            guard let made = try Self.firstInteger(insertStatement, name) else { preconditionFailure("INSERT without a row") }
            id = made
            fresh.append(name)
        }
        known[name] = id
        return id
    }

    /// Forgets a name that has been removed from the file.
    func forget(_ name: ResourceName) { known[name] = nil }

    func committed() {
        fresh.removeAll(keepingCapacity: true)
    }

    func rolledBack() {
        for name in fresh { known[name] = nil }
        fresh.removeAll(keepingCapacity: true)
    }

    private static func firstInteger(_ statement: Statement, _ name: ResourceName) throws(JournalError) -> Int64? {
        statement.bind(1, blob: name.bytes)
        guard try statement.step() else { return nil }
        let value = statement.integer(0)
        try statement.run()
        return value
    }
}
