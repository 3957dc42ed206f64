package import FlomModel
package import FlomSystem
internal import Glibc

/// The writing side of a journal: one for each daemon, used by one thread.
///
/// Its owner makes sure that there is only one: it holds the lock beside the endpoint before it opens a journal.
package final class Journal {
    /// The journal's identity, wherever its file lies: 128 random bits as 32 hexadecimal digits.
    package let id: String
    /// Time of the journal's creation, in microseconds since 1970-01-01 UTC.
    package let createdAtMicroseconds: Int64
    package let path: String
    /// The write-ahead log, which has the commits until a checkpoint. `WALSynchronizer` syncs this file.
    package let walPath: String

    let settings: Settings
    /// The moment of opening. It stands for times of an earlier boot.
    let openedAt: Moment
    let database: Database
    let writer: BatchWriter
    let views: ViewTable
    let checkpoints: CheckpointPolicy
    private var checkpointer: Checkpointer?
    private let wal: WALFile
    private let beginStatement: Statement
    private let commitStatement: Statement

    /// Opens the journal and brings its schema up to date. If there is none, the file is created with mode 0600; its directory
    /// must exist. A file that is no journal or has a newer schema is refused and not changed by a byte.
    package static func open(_ settings: Settings, now: Moment) throws(JournalError) -> Journal {
        try JournalFile.createIfMissing(settings.path, durable: settings.sync != .off)
        try inspectIfInUse(settings)
        let database = try Database(path: settings.path, .readWrite, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        do throws(JournalError) {
            return try Journal(database, settings, now)
        } catch {
            database.close()
            throw error
        }
    }

    /// Longer than a reader's first access to a new log takes, short enough for an event loop.
    private static let busyTimeoutMilliseconds: Int32 = 20

    /// Checks the format of a database that was left with a log through a reading connection. A writing connection would carry
    /// the log over into the database on closing, even if it only looked.
    private static func inspectIfInUse(_ settings: Settings) throws(JournalError) {
        let looking = try Database(path: settings.path, .readOnly, busyTimeoutMilliseconds: busyTimeoutMilliseconds)
        defer { looking.close() }
        guard JournalFile.status(looking.walPath).map({ $0.size > 0 }) ?? false else { return }
        _ = try JournalFormat.version(of: looking)
    }

    private init(_ database: Database, _ settings: Settings, _ now: Moment) throws(JournalError) {
        let version = try JournalFormat.version(of: database)
        guard !database.isReadOnly else { throw JournalError(.readOnly, path: database.path, message: "permission denied") }
        // Of a new file; one that exists keeps its own. A commit writes whole pages, and most have room for it in half of SQLite's 4096.
        try database.execute("PRAGMA page_size = 2048")
        // NORMAL also when nothing else is synced: a checkpoint that does not order its writes can lose the whole file.
        guard try database.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw JournalError(.other, path: database.path, message: "no write-ahead log is possible here")
        }
        try database.execute(
            """
            PRAGMA synchronous = NORMAL;
            PRAGMA foreign_keys = ON;
            PRAGMA temp_store = MEMORY;
            PRAGMA locking_mode = NORMAL;
            PRAGMA secure_delete = OFF;
            """
        )
        checkpoints = try CheckpointPolicy(database)
        try JournalFormat.migrate(database, from: version) { () throws(JournalError) in
            try Self.insertJournalRow(database, settings, now)
        }
        let row = try database.statement("SELECT id, created_at, anchor_number, anchor_hash FROM journal")
        guard try row.step(), let anchor = Digest(row.bytes(3)) else {
            throw JournalError(.corrupt, path: database.path, message: "it has no row about itself")
        }
        id = row.text(0)
        createdAtMicroseconds = row.integer(1)
        var chain = HashChain(after: HashChain.Link(number: row.integer(2), hash: anchor))
        row.reset()
        var newestToken: Int64 = 0
        let last = try database.statement("SELECT number, hash, newest_token FROM event ORDER BY number DESC LIMIT 1")
        if try last.step() {
            guard let hash = Digest(last.bytes(1)) else {
                throw JournalError(.corrupt, path: database.path, message: "event \(last.integer(0)) has no hash")
            }
            chain = HashChain(after: HashChain.Link(number: last.integer(0), hash: hash))
            newestToken = last.integer(2)
        }
        last.reset()
        writer = try BatchWriter(database, chain: chain, newestToken: FencingToken(newestToken))
        beginStatement = try database.statement("BEGIN IMMEDIATE")
        commitStatement = try database.statement("COMMIT")
        views = ViewTable(database)
        path = database.path
        walPath = database.walPath
        wal = WALFile(path: walPath)
        self.database = database
        self.settings = settings
        openedAt = now
    }

    private static func insertJournalRow(_ database: Database, _ settings: Settings, _ now: Moment) throws(JournalError) {
        var random = SystemRandomNumberGenerator()
        let bits = [random.next(), random.next()] as [UInt64]
        let id = bits.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        let insert = try database.statement(
            """
            INSERT INTO journal (only, id, created_at, machine_id, epoch, boot_id, anchor_number, anchor_hash)
            VALUES (1, ?1, ?2, ?3, 0, '', 0, ?4)
            """
        )
        insert.bind(1, id)
        insert.bind(2, now.wallMicroseconds)
        insert.bind(3, settings.machineID)
        insert.bind(4, HashChain.anchor(journalID: id))
        try insert.run()
    }

    /// The number of the event committed last; 0 before the first. Numbers have no gaps.
    package var lastEventNumber: Int64 { writer.chain.last.number }
    /// The hash of the event committed last. Kept elsewhere together with its number, it proves later that nothing before it was
    /// changed and that the record was not cut off.
    package var lastEventHash: Digest { writer.chain.last.hash }

    /// Records a batch in one transaction. What is committed survives any death of this process.
    ///
    /// - Parameter late: entries of earlier moments that could not be written then, each with the time of the decision. The age
    ///   of a waiter counts from that time.
    /// - Parameter changes: changes of resources; the last one for each resource counts. They follow from the record and are no
    ///   part of it.
    ///
    /// - Throws: then nothing of the batch was recorded, and the same batch may be tried again. The requests in it must be open,
    ///   except for what clients report about their commands.
    package func commit(
        _ entries: [JournalEntry], late: [LateEntries] = [], changes: [ResourceChange] = [], at moment: Moment
    ) throws(JournalError) {
        if entries.isEmpty && late.isEmpty && changes.isEmpty { return }
        try transaction { () throws(JournalError) in
            for earlier in late { try writer.write(earlier.entries, at: earlier.decidedAt) }
            try writer.write(entries, at: moment)
            try writer.finish(changes, at: moment)
        }
        writer.committed()
    }

    /// From now on the locks of a commit are kept for the next one, until `giveBackLocks`: see `KeptLocks`.
    package func keepLocks() { checkpoints.locks = checkpoints.locks ?? KeptLocks(database) }

    /// Lets others write to the file until the next commit. To be called when no commit has come for a moment.
    package func giveBackLocks() { checkpoints.locks?.giveBack() }

    /// Carries the log over into the database if it is long enough, by the helper or at once. To be called when no client waits:
    /// a checkpoint here may take milliseconds, and syncs.
    ///
    /// - Returns: whether the checkpoint was made here.
    /// - Throws: when the database could not be written. Commits go on regardless.
    @discardableResult
    package func checkpointIfDue() throws(JournalError) -> Bool {
        switch checkpoints.need(hasHelper: checkpointer != nil) {
        case .nothing: return false
        case .helper:
            checkpoints.helperBegins()
            checkpointer?.request()
            return false
        case .writer:
            try checkpoints.checkpoint()
            return true
        }
    }

    /// Starts the helper that makes checkpoints while clients are served.
    ///
    /// - Parameters:
    ///   - hop: runs work on the thread that uses this object.
    ///   - completion: called on that thread after each checkpoint, with the reason why the database could not be written or
    ///     synced, or nil.
    package func startCheckpointer(
        hop: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void, completion: @escaping (JournalError?) -> Void
    ) throws(JournalError) {
        let owner = Owner(journal: self, completion: completion)
        let checkpointer = Checkpointer(path: path) { result in
            hop { owner.checkpointed(result) }
        }
        let result = checkpointer.start()
        guard result == 0 else {
            throw JournalError(.other, path: path, systemError: result, message: "no thread to make checkpoints with")
        }
        self.checkpointer = checkpointer
    }

    /// Passes through the helper's thread; used on its owner's thread only.
    private final class Owner: @unchecked Sendable {
        private weak var journal: Journal?
        private let completion: (JournalError?) -> Void

        init(journal: Journal, completion: @escaping (JournalError?) -> Void) {
            self.journal = journal
            self.completion = completion
        }

        func checkpointed(_ result: Result<(inLog: Int32, carriedOver: Int32), JournalError>) {
            journal?.checkpoints.helperEnded(try? result.get())
            if case .failure(let error) = result { completion(error) } else { completion(nil) }
        }
    }

    /// Waits until everything committed has reached the device. Does nothing under `Sync=off`. For moments when no client is
    /// served yet; a running daemon uses `startSynchronizer`.
    ///
    /// - Throws: when the sync failed. It must not be retried: see `WALSynchronizer`.
    package func sync() throws(JournalError) {
        guard settings.sync != .off else { return }
        let result = wal.synchronize()
        guard result == 0 else { throw JournalError(systemError: result == WALFile.isAway ? ENOENT : result, path: walPath) }
    }

    /// Starts the helper that syncs while clients are served. The helper is independent of this object, but has to be stopped
    /// before `close`.
    package func startSynchronizer(_ completion: @escaping WALSynchronizer.Completion) throws(JournalError) -> WALSynchronizer {
        let file = WALFile(path: walPath)
        let opened = file.prepare()
        // A log that does not exist yet needs no sync.
        guard opened == 0 || opened == ENOENT else { throw JournalError(systemError: opened, path: walPath) }
        let synchronizer = WALSynchronizer(file: file, completion: completion)
        let result = synchronizer.start()
        guard result == 0 else {
            throw JournalError(.other, path: walPath, systemError: result, message: "no thread to sync with")
        }
        return synchronizer
    }

    /// Carries everything over into the database and closes it. No other method may be called afterwards.
    package func close() {
        checkpointer?.stop()
        checkpointer = nil
        checkpoints.stop()
        database.close()
    }

    deinit { close() }

    func transaction(_ body: () throws(JournalError) -> Void) throws(JournalError) {
        try beginStatement.run()
        do throws(JournalError) {
            try body()
            try commitStatement.run()
        } catch {
            database.rollBack()
            writer.rolledBack()
            throw error
        }
    }
}
