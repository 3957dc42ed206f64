package import FlomModel

/// The reading side of a journal, with or without a daemon, also while a daemon writes. It never changes the file and never holds
/// up the writer. It holds no transaction while its caller processes rows, because a reader that pauses would otherwise let the
/// log grow without end.
package final class JournalReader {
    package let path: String
    package let journalID: String
    private var database: Database
    /// The state of the files when no process could be writing; nil for an ordinary reader.
    private var frozen: FileState?
    /// The file's identity when it was opened.
    private let opened: JournalFile.Status
    /// The identity of the index beside the log, once there is one.
    private var index: JournalFile.Status?

    /// Opens an existing journal. Creates nothing.
    ///
    /// - Throws: `missing`, `empty`, or the reason why this program cannot read it.
    package static func open(path: String) throws(JournalError) -> JournalReader {
        try JournalReader(path: path)
    }

    private init(path: String) throws(JournalError) {
        // The identity is read before the file is opened: a file that changes in between is taken for replaced, never the other
        // way round.
        guard let opened = JournalFile.status(path) else {
            throw JournalError(systemError: JournalFile.lastError, path: path)
        }
        let (database, frozen) = try Self.connect(path)
        let row = try database.statement("SELECT id FROM journal")
        guard try row.step() else { throw JournalError(.corrupt, path: path, message: "it has no row about itself") }
        journalID = row.text(0)
        row.reset()
        self.path = path
        self.opened = opened
        self.database = database
        self.frozen = frozen
        if frozen == nil { index = JournalFile.status(JournalFile.indexPath(log: database.walPath)) }
    }

    package func close() { database.close() }

    /// Whether the file's name no longer leads to the file that is read.
    package var isReplaced: Bool {
        guard let status = JournalFile.status(path), status.isSameFile(as: opened) else { return true }
        // A copy may be written into the same file, but not with its own log and index. SQLite would go on reading the ones that
        // it has open.
        guard let index else { return false }
        return JournalFile.status(indexPath)?.isSameFile(as: index) != true
    }

    private var indexPath: String { JournalFile.indexPath(log: database.walPath) }

    /// All open requests by number. Instants of an earlier boot than the journal's last are given as 0.
    package func openRequests() throws(JournalError) -> [OpenRequest] {
        try current().openRequests(ignoringBoottimes: false, earlierBoot: Instant(nanoseconds: 0))
    }

    /// The connection for the next page. Statements of earlier pages must no longer be in use.
    func current() throws(JournalError) -> Database {
        guard let frozen, FileState(database) != frozen else { return database }
        // A writer has come since.
        database.close()
        (database, self.frozen) = try Self.connect(path)
        if self.frozen == nil { index = JournalFile.status(indexPath) }
        return database
    }

    /// Long enough for a writer that is recovering or closing its log.
    private static let busyTimeoutMilliseconds: Int32 = 2000

    private static func connect(_ path: String) throws(JournalError) -> (Database, FileState?) {
        guard let status = JournalFile.status(path) else {
            throw JournalError(systemError: JournalFile.lastError, path: path)
        }
        guard status.size > 0 else { throw JournalError(.empty, path: path) }
        do throws(JournalError) {
            return (try opened(path, .readOnly), nil)
        } catch {
            // A log needs its index beside it. If no index can be made and there is no log, no process is writing, and the
            // database file alone is complete.
            guard error.kind == .cannotOpen || error.kind == .readOnly else { throw error }
            let logSize = JournalFile.status(path + "-wal")?.size ?? 0
            guard logSize == 0 else { throw error }
        }
        let database = try opened(path, .immutable)
        return (database, FileState(database))
    }

    private static func opened(_ path: String, _ access: Database.Access) throws(JournalError) -> Database {
        let database = try Database(path: path, access, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        do throws(JournalError) {
            guard try JournalFormat.version(of: database) != nil else { throw JournalError(.empty, path: path) }
        } catch {
            database.close()
            throw error
        }
        return database
    }

    private struct FileState: Equatable {
        let database: JournalFile.Status?
        let logSize: Int64

        init(_ connection: Database) {
            database = JournalFile.status(connection.path)
            logSize = JournalFile.status(connection.walPath)?.size ?? 0
        }
    }
}
