internal import CSQLite
internal import Migrations

/// What makes a SQLite file a journal of flom, and whose schema it has.
enum JournalFormat {
    /// "flom" in ASCII, in the header of every journal: `file(1)` shows it, and no other application's database has it.
    static let applicationID: Int64 = 0x666c_6f6d

    /// The newest schema this program knows.
    static var currentVersion: Int32 { Migrations.all.last?.version ?? 0 }

    /// The version of a journal's schema; nil for an empty database. Reads only.
    ///
    /// - Throws: `foreign`, `newer`, and whatever opening a file that is no database throws.
    static func version(of database: Database) throws(JournalError) -> Int32? {
        let application = try database.integer("PRAGMA application_id") ?? 0
        let version = Int32(try database.integer("PRAGMA user_version") ?? 0)
        if application == applicationID {
            guard version <= currentVersion else { throw JournalError(.newer(version), path: database.path) }
            guard version > 0 else { throw JournalError(.corrupt, path: database.path, message: "its schema has no version") }
            return version
        }
        // What a crash leaves between the file's creation and its first transaction is an empty database.
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
        guard application == 0, version == 0, tables == 0 else { throw JournalError(.foreign, path: database.path) }
        // SQLite takes a file of one byte for an empty one and would write over it.
        guard JournalFile.status(database.path)?.size != 1 else { throw JournalError(.notADatabase, path: database.path) }
        return nil
    }

    /// Whether it has table `block`. A reader meets journals that no daemon has brought up to date yet.
    static func hasBlocks(_ database: Database) throws(JournalError) -> Bool {
        try database.integer("PRAGMA user_version") ?? 0 >= 6
    }

    /// Whether it has table `lingering`, in the place of the indexes `request_open` and `request_resource`.
    static func hasLongOpen(_ database: Database) throws(JournalError) -> Bool {
        try database.integer("PRAGMA user_version") ?? 0 >= 9
    }

    /// Column `request.tls_subject`, or what stands for it in a journal of before it existed.
    static func tlsSubjectColumn(_ database: Database) throws(JournalError) -> String {
        try database.integer("PRAGMA user_version") ?? 0 >= 8 ? "tls_subject" : "NULL"
    }

    /// Whether it has table `process_view`.
    static func hasViews(_ database: Database) throws(JournalError) -> Bool {
        try database.integer("PRAGMA user_version") ?? 0 >= 11
    }

    /// Column `request.process_view`, or what stands for it.
    static func viewColumn(_ database: Database) throws(JournalError) -> String {
        try hasViews(database) ? "process_view" : "NULL"
    }

    /// Brings a database that `version(of:)` accepted to the current schema, in one transaction.
    ///
    /// - Parameter populate: runs inside the transaction of a database that was empty, after its schema.
    static func migrate(
        _ database: Database,
        from version: Int32?,
        populate: () throws(JournalError) -> Void
    ) throws(JournalError) {
        guard version != currentVersion else { return }
        try database.execute("BEGIN IMMEDIATE")
        do throws(JournalError) {
            for migration in Migrations.all where migration.version > version ?? 0 {
                try database.execute(String(decoding: migration.sql, as: UTF8.self))
            }
            if version == nil { try populate() }
            try database.execute("PRAGMA application_id = \(applicationID)")
            try database.execute("PRAGMA user_version = \(currentVersion)")
            try database.execute("COMMIT")
        } catch {
            database.rollBack()
            throw error
        }
    }
}
