internal import CSQLite
internal import Migrations

/// Recognizes a SQLite file as a journal of flom, and knows the versions of its schema.
enum JournalFormat {
    /// "flom" in ASCII. It stands in the header of every journal: `file(1)` shows it, and no other application's database has it.
    static let applicationID: Int64 = 0x666c_6f6d

    /// The newest schema that this program knows.
    static var currentVersion: Int32 { Migrations.all.last?.version ?? 0 }

    /// The version of a journal's schema; nil for an empty database. Only reads.
    ///
    /// - Throws: `foreign`, `newer`, or the error of opening a file that is no database.
    static func version(of database: Database) throws(JournalError) -> Int32? {
        let application = try database.integer("PRAGMA application_id") ?? 0
        let version = Int32(try database.integer("PRAGMA user_version") ?? 0)
        if application == applicationID {
            guard version <= currentVersion else { throw JournalError(.newer(version), path: database.path) }
            guard version > 0 else { throw JournalError(.corrupt, path: database.path, message: "its schema has no version") }
            return version
        }
        // A crash between the file's creation and its first transaction leaves an empty database.
        let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
        guard application == 0, version == 0, tables == 0 else { throw JournalError(.foreign, path: database.path) }
        // SQLite takes a file of one byte for an empty one and would overwrite it.
        guard JournalFile.status(database.path)?.size != 1 else { throw JournalError(.notADatabase, path: database.path) }
        return nil
    }

    /// Whether the schema has table `block`. A reader may meet a journal that no daemon has brought up to date yet.
    static func hasBlocks(_ database: Database) throws(JournalError) -> Bool {
        try database.integer("PRAGMA user_version") ?? 0 >= 6
    }

    /// Whether the schema has table `lingering`, which replaces the indexes `request_open` and `request_resource`.
    static func hasLongOpen(_ database: Database) throws(JournalError) -> Bool {
        try database.integer("PRAGMA user_version") ?? 0 >= 9
    }

    /// Column `request.tls_subject`, or an expression that stands for it in a journal without the column.
    static func tlsSubjectColumn(_ database: Database) throws(JournalError) -> String {
        try database.integer("PRAGMA user_version") ?? 0 >= 8 ? "tls_subject" : "NULL"
    }

    /// Whether the schema has table `process_view`.
    static func hasViews(_ database: Database) throws(JournalError) -> Bool {
        try database.integer("PRAGMA user_version") ?? 0 >= 11
    }

    /// Column `request.process_view`, or an expression that stands for it in a journal without the column.
    static func viewColumn(_ database: Database) throws(JournalError) -> String {
        try hasViews(database) ? "process_view" : "NULL"
    }

    /// Brings a database that `version(of:)` accepted to the current schema, in one transaction.
    ///
    /// - Parameter populate: called inside the transaction of an empty database, after its schema was made.
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
