internal import CSQLite
internal import FlomSystem

/// When the write-ahead log is carried over into the database, by whom, and what is kept of it.
///
/// A helper does it beside the commits, which go on meanwhile: so it nearly always leaves a few pages. The log starts over with the first
/// commit that finds nothing left, in the next quiet moment; the helper looks for one again and again. If none comes, because there is
/// always somebody, the writer itself takes the last few pages when the log is twice as long. Without a helper the writer does it
/// all: the daemon's is asked after its answers have left.
///
/// A second connection alone was measured to let the log grow without end under load, and the writer alone to hold up one commit in a
/// thousand for 4 to 40 ms.
final class CheckpointPolicy {
    /// Pages of new log after which a checkpoint is due: 16 MB. Fewer would sync more often and carry the same pages over again
    /// and again; more would make a restart after a crash, which reads the log, noticeably slower.
    static let pagesBetweenCheckpoints: Int32 = 4000
    /// The writer takes the rest itself if the log is so long, and the rest so short; any rest if the log is twice as long, because
    /// somebody writes faster than the helper reads.
    static let longLog = 2 * pagesBetweenCheckpoints
    static let shortRest: Int32 = 256
    static let longestLog = 2 * longLog
    /// Between two attempts to find the log without new pages.
    private static let pauseNanoseconds: Int64 = 100_000_000
    /// A log that a long reader has let grow is cut back to this when it starts over.
    static let logSizeLimitBytes = 64 << 20

    enum Need {
        case nothing
        case helper
        case writer
    }

    private let database: Database
    /// Written by SQLite's hook after each commit. On the heap because C keeps its address.
    private let pagesInLog: UnsafeMutablePointer<Int32>
    /// So many of them the database has.
    private var carriedOver: Int32 = 0
    private(set) var isUnderWay = false
    /// Grows whenever somebody of ours has begun or ended to write to the database.
    private(set) var activity: UInt64 = 0
    /// Frames of the log, as of the last commit; 0 before the first.
    var framesInLog: Int32 { pagesInLog.pointee }
    /// `CLOCK_BOOTTIME`.
    private var nextAttempt: Int64 = 0

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

    func need(hasHelper: Bool) -> Need {
        let inLog = pagesInLog.pointee
        // Less than before: the log has started over.
        if inLog < carriedOver { carriedOver = 0 }
        guard inLog >= Self.pagesBetweenCheckpoints, !isUnderWay else { return .nothing }
        let rest = inLog - carriedOver
        guard hasHelper else { return rest >= Self.pagesBetweenCheckpoints ? .writer : .nothing }
        if inLog >= Self.longestLog && carriedOver > 0 && rest > 0 { return .writer }
        if rest >= Self.pagesBetweenCheckpoints { return .helper }
        guard carriedOver > 0, rest > 0 else { return .nothing }
        // The less the helper finds, the less it leaves: without a pause it comes to a short rest however much is written.
        if inLog >= Self.longLog { return rest <= Self.shortRest ? .writer : .helper }
        return Clock.boottimeNanoseconds() >= nextAttempt ? .helper : .nothing
    }

    func helperBegins() {
        isUnderWay = true
        activity += 1
    }

    /// - Parameter frames: nil if it failed.
    func helperEnded(_ frames: (inLog: Int32, carriedOver: Int32)?) {
        isUnderWay = false
        activity += 1
        nextAttempt = Clock.boottimeNanoseconds() + Self.pauseNanoseconds
        // Counted from here even if it fails: on a full disk it would otherwise be tried after every commit.
        carriedOver = frames.map { min($0.carriedOver, pagesInLog.pointee) } ?? pagesInLog.pointee
    }

    /// On the writer's own connection.
    ///
    /// - Returns: whether the database has all of the log now.
    /// - Throws: when the database could not be written or synced. Nothing is lost: the log still has it all.
    @discardableResult
    func checkpoint() throws(JournalError) -> Bool {
        carriedOver = pagesInLog.pointee
        activity += 1
        let frames = try database.checkpoint()
        // Busy ones say 0 or less of both.
        return frames.inLog > 0 && frames.inLog == frames.carriedOver
    }
}
