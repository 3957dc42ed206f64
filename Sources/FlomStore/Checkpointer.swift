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

        init(_ path: String, _ completion: @escaping Completion) {
            self.path = path
            self.completion = completion
        }

        func work(_: UInt64) {
            do throws(JournalError) {
                completion(.success(try connected().checkpoint()))
            } catch {
                completion(.failure(error))
            }
        }

        func end() { database?.close() }

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
}
