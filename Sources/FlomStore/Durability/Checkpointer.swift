internal import CSQLite

/// Carries the log over into the database on a thread and a connection of its own, so that no client waits for the milliseconds
/// that this takes. It never waits for readers: it carries over what they allow. The log starts over only when the writer finds
/// all of it carried over.
final class Checkpointer: Sendable {
    /// The result of a checkpoint: the frames in the log and how many of them the database has, or why the database could not be
    /// written or synced. After a failure nothing is lost: the log still has everything. Called on the checkpointer's thread;
    /// must pass the result on to the owner's thread.
    typealias Completion = @Sendable (Result<(inLog: Int32, carriedOver: Int32), JournalError>) -> Void

    private let thread: HelperThread

    init(path: String, completion: @escaping Completion) { thread = HelperThread(CheckpointWork(path, completion)) }

    func start() -> Int32 { thread.start() }
    func request() { thread.ask(0) }
    func stop() { thread.stop() }

    private final class CheckpointWork: HelperWork {
        private let path: String
        private let completion: Completion
        /// Opened at first use.
        private var database: Database?
        /// The number of the log's frames that have been copied into the database file and synced there.
        private var synced: Int32 = 0

        init(_ path: String, _ completion: @escaping Completion) {
            self.path = path
            self.completion = completion
        }

        func work(_: UInt64) {
            do throws(JournalError) {
                let database = try connected()
                let frames = try database.checkpoint()
                try synchronize(database, frames)
                completion(.success(frames))
            } catch {
                completion(.failure(error))
            }
        }

        func end() { database?.close() }

        /// SQLite syncs the database only once it has everything in the log, including what has come meanwhile. The writer would
        /// then sync everything that was carried over here: 70 ms were measured.
        private func synchronize(_ database: Database, _ frames: (inLog: Int32, carriedOver: Int32)) throws(JournalError) {
            if frames.carriedOver < synced { synced = 0 }
            guard frames.carriedOver - synced > CheckpointPolicy.shortRest else { return }
            try database.synchronizeFile()
            synced = frames.carriedOver
        }

        private func connected() throws(JournalError) -> Database {
            if let database { return database }
            let database = try Database(path: path, .readWrite, busyTimeoutMilliseconds: 0)
            // As on the writer's connection: a checkpoint that does not order its writes can lose the whole file.
            try database.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0")
            // A checkpoint on a connection that has not read anything yet reports success and does nothing.
            _ = try database.integer("SELECT count(*) FROM journal")
            self.database = database
            return database
        }
    }
}

extension Database {
    /// Carries over what readers allow, and never waits for them.
    ///
    /// - Returns: the frames in the log, and how many of them the database has.
    func checkpoint() throws(JournalError) -> (inLog: Int32, carriedOver: Int32) {
        var frames: (inLog: Int32, carriedOver: Int32) = (0, 0)
        let result = sqlite3_wal_checkpoint_v2(
            connection, nil, SQLITE_CHECKPOINT_PASSIVE, &frames.inLog, &frames.carriedOver)
        if result == SQLITE_OK || result & 0xFF == SQLITE_BUSY { return frames }
        guard let connection else { throw JournalError(.closed, path: path) }
        throw JournalError(connection: connection, path: path, sql: nil)
    }

    /// Waits until the writes to the database's own file have reached the device.
    fileprivate func synchronizeFile() throws(JournalError) {
        guard let file else { throw JournalError(.closed, path: path) }
        let result = file.pointee.pMethods.pointee.xSync(file, SQLITE_SYNC_NORMAL)
        guard result == SQLITE_OK else {
            throw JournalError(
                JournalError.kind(ofCode: result), path: path, code: result, message: String(cString: sqlite3_errstr(result)))
        }
    }
}
