internal import CSQLite

/// Carries the log over into the database on a thread and a connection of its own, so that nobody waits for the milliseconds that
/// takes. It never waits for others, and takes what they allow; the log starts over only when the writer finds all of it carried over.
final class Checkpointer: Sendable {
    /// On the checkpointer's thread, and must hand over to the caller's own: the frames of the log and how many of them the database
    /// has, or why it could not be written or synced. Nothing is lost then: the log still has it all.
    typealias Completion = @Sendable (Result<(inLog: Int32, carriedOver: Int32), JournalError>) -> Void

    private let thread: HelperThread

    init(path: String, completion: @escaping Completion) { thread = HelperThread(Carrying(path, completion)) }

    func start() -> Int32 { thread.start() }
    func request() { thread.ask(0) }
    func stop() { thread.stop() }

    private final class Carrying: Helper {
        private let path: String
        private let completion: Completion
        /// Opened when it is needed first.
        private var database: Database?
        /// Of the log, how many frames the database has on the device.
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

        /// SQLite syncs the database only once it has all of the log, also what has come meanwhile. That would be the writer's part
        /// then, for everything that was carried over here: 70 ms were measured.
        private func synchronize(_ database: Database, _ frames: (inLog: Int32, carriedOver: Int32)) throws(JournalError) {
            if frames.carriedOver < synced { synced = 0 }
            guard frames.carriedOver - synced > CheckpointPolicy.shortRest else { return }
            try database.synchronizeFile()
            synced = frames.carriedOver
        }

        private func connected() throws(JournalError) -> Database {
            if let database { return database }
            let database = try Database(path: path, .readWrite, busyTimeoutMilliseconds: 0)
            // As the writer has it: a checkpoint that does not order its writes can lose the whole file.
            try database.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0")
            // A connection that has not read yet answers OK and does nothing.
            _ = try database.integer("SELECT count(*) FROM journal")
            self.database = database
            return database
        }
    }
}

extension Database {
    /// Carries over whatever readers allow. Never waits for them.
    ///
    /// - Returns: the frames of the log, and how many of them the database has.
    func checkpoint() throws(JournalError) -> (inLog: Int32, carriedOver: Int32) {
        var frames: (inLog: Int32, carriedOver: Int32) = (0, 0)
        let result = sqlite3_wal_checkpoint_v2(
            connection, nil, SQLITE_CHECKPOINT_PASSIVE, &frames.inLog, &frames.carriedOver)
        if result == SQLITE_OK || result & 0xFF == SQLITE_BUSY { return frames }
        guard let connection else { throw JournalError(.closed, path: path) }
        throw JournalError(connection: connection, path: path, sql: nil)
    }

    /// Waits until what is written to the database's own file has reached the device.
    fileprivate func synchronizeFile() throws(JournalError) {
        guard let connection else { throw JournalError(.closed, path: path) }
        var file: UnsafeMutablePointer<sqlite3_file>?
        var result = sqlite3_file_control(connection, nil, SQLITE_FCNTL_FILE_POINTER, &file)
        if result == SQLITE_OK, let file { result = file.pointee.pMethods.pointee.xSync(file, SQLITE_SYNC_NORMAL) }
        guard result == SQLITE_OK else {
            throw JournalError(
                JournalError.kind(ofCode: result), path: path, code: result, message: String(cString: sqlite3_errstr(result)))
        }
    }
}
