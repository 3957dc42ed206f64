internal import CSQLite

/// When the write-ahead log is carried over into the database, and what is kept of it.
///
/// The writer does it, passively, when asked: the daemon asks after its answers have left, so that nobody waits for the 3 to
/// 4 ms it takes. Only a checkpoint on the writer's own connection lets the log start over from its beginning; a second
/// connection alone was measured to let it grow without end under load.
final class CheckpointPolicy {
    /// Pages of new log after which a checkpoint is due: 16 MB. Fewer would sync more often and carry the same pages over again
    /// and again; more would make a restart after a crash, which reads the log, noticeably slower.
    static let pagesBetweenCheckpoints: Int32 = 4000
    /// A log that a long reader has let grow is cut back to this when it starts over.
    static let logSizeLimitBytes = 32 << 20

    private let database: Database
    /// Written by SQLite's hook after each commit. On the heap because C keeps its address.
    private let pagesInLog: UnsafeMutablePointer<Int32>
    private var pagesAtLastCheckpoint: Int32 = 0

    /// - Throws: whatever setting a pragma throws.
    init(_ database: Database) throws(JournalError) {
        self.database = database
        pagesInLog = .allocate(capacity: 1)
        pagesInLog.initialize(to: 0)
        try database.execute(
            """
            PRAGMA wal_autocheckpoint = 0;
            PRAGMA journal_size_limit = \(Self.logSizeLimitBytes);
            """
        )
        sqlite3_wal_hook(
            database.connection,
            { context, _, _, pages in
                context?.storeBytes(of: pages, as: Int32.self)
                return SQLITE_OK
            },
            pagesInLog
        )
    }

    /// Before the connection closes.
    func stop() {
        if let connection = database.connection { sqlite3_wal_hook(connection, nil, nil) }
    }

    deinit {
        stop()
        pagesInLog.deallocate()
    }

    var isDue: Bool {
        // Less than before: the log has started over.
        if pagesInLog.pointee < pagesAtLastCheckpoint { pagesAtLastCheckpoint = 0 }
        return pagesInLog.pointee - pagesAtLastCheckpoint >= Self.pagesBetweenCheckpoints
    }

    /// Carries over whatever readers allow. Never waits for them.
    ///
    /// - Throws: when the database could not be written or synced. Nothing is lost: the log still has it all.
    func checkpoint() throws(JournalError) {
        // Counted from here even if it fails: on a full disk it would otherwise be tried after every commit.
        pagesAtLastCheckpoint = pagesInLog.pointee
        let result = sqlite3_wal_checkpoint_v2(database.connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if result == SQLITE_OK || result & 0xFF == SQLITE_BUSY { return }
        guard let connection = database.connection else { throw JournalError(.closed, path: database.path) }
        throw JournalError(connection: connection, path: database.path, sql: nil)
    }
}
