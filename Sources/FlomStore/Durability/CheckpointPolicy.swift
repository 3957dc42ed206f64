internal import CSQLite
internal import FlomSystem

/// When the write-ahead log is carried over into the database, by which thread, and how much of the log is kept.
///
/// A helper thread makes checkpoints while commits go on, so it nearly always leaves a few pages. The log starts over with the
/// first commit that finds nothing left to carry over; the helper keeps trying in quiet moments. If there is no quiet moment, the
/// writer itself carries over the last few pages once the log is twice as long. Without a helper the writer does everything, at a
/// time that its owner chooses: the daemon asks it after its answers have left.
///
/// Measured: under load a second connection alone lets the log grow without end, and the writer alone holds up one commit in a
/// thousand for 4 to 40 ms.
final class CheckpointPolicy {
    /// Pages of new log after which a checkpoint is due: 8 MB. With fewer, the same pages are synced and carried over again and
    /// again. With more, a restart after a crash, which reads the log, becomes noticeably slower.
    static let pagesBetweenCheckpoints: Int32 = 4000
    /// From this length of the log, in pages, the writer carries over a rest of at most `shortRest` pages itself. From
    /// `longestLog` on it carries over any rest, because commits come faster than the helper reads.
    static let longLog = 2 * pagesBetweenCheckpoints
    static let shortRest: Int32 = 256
    static let longestLog = 2 * longLog
    /// Time between two attempts to find the log without new pages.
    private static let pauseNanoseconds: Int64 = 100_000_000
    /// Size to which a log that a long-running reader has let grow is cut back when it starts over.
    static let logSizeLimitBytes = 64 << 20

    enum Need {
        case nothing
        case helper
        case writer
    }

    private let database: Database
    /// The locks that the writer keeps. Each checkpoint needs its read mark.
    var locks: KeptLocks?
    /// Pages in the log, written by SQLite's hook after each commit. Allocated on the heap because SQLite keeps the address.
    private let pagesInLog: UnsafeMutablePointer<Int32>
    /// Pages of the log that the database already has.
    private var carriedOver: Int32 = 0
    private(set) var isUnderWay = false
    /// A counter that grows whenever this process begins or ends to write to the database.
    private(set) var activity: UInt64 = 0
    /// Frames in the log as of the last commit; 0 before the first.
    var framesInLog: Int32 { pagesInLog.pointee }
    /// Earliest time of the next attempt, in nanoseconds on `CLOCK_BOOTTIME`.
    private var nextAttempt: Int64 = 0

    /// - Throws: the error of a pragma that could not be set.
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

    /// Gives SQLite's connection back as it was. Must be called before it closes.
    func stop() {
        guard let connection = database.connection else { return }
        locks?.end()
        locks = nil
        sqlite3_wal_hook(connection, nil, nil)
    }

    deinit {
        stop()
        pagesInLog.deallocate()
    }

    func need(hasHelper: Bool) -> Need {
        let inLog = pagesInLog.pointee
        // Fewer pages than before: the log has started over.
        if inLog < carriedOver { carriedOver = 0 }
        guard inLog >= Self.pagesBetweenCheckpoints, !isUnderWay else { return .nothing }
        let rest = inLog - carriedOver
        guard hasHelper else { return rest >= Self.pagesBetweenCheckpoints ? .writer : .nothing }
        if inLog >= Self.longestLog && carriedOver > 0 && rest > 0 { return .writer }
        if rest >= Self.pagesBetweenCheckpoints { return .helper }
        guard carriedOver > 0, rest > 0 else { return .nothing }
        // The less the helper finds, the less it leaves. Without a pause it reaches a short rest however much is written.
        if inLog >= Self.longLog { return rest <= Self.shortRest ? .writer : .helper }
        return Clock.boottimeNanoseconds() >= nextAttempt ? .helper : .nothing
    }

    func helperBegins() {
        locks?.giveBackReadMark()
        isUnderWay = true
        activity += 1
    }

    /// - Parameter frames: nil if the checkpoint failed.
    func helperEnded(_ frames: (inLog: Int32, carriedOver: Int32)?) {
        isUnderWay = false
        activity += 1
        nextAttempt = Clock.boottimeNanoseconds() + Self.pauseNanoseconds
        // A failed checkpoint counts too: on a full disk it would otherwise be tried after every commit.
        carriedOver = frames.map { min($0.carriedOver, pagesInLog.pointee) } ?? pagesInLog.pointee
    }

    /// Makes a checkpoint on the writer's own connection.
    ///
    /// - Returns: whether the database now has everything that is in the log.
    /// - Throws: when the database could not be written or synced. Nothing is lost: the log still has everything.
    @discardableResult
    func checkpoint() throws(JournalError) -> Bool {
        locks?.giveBackReadMark()
        carriedOver = pagesInLog.pointee
        activity += 1
        let frames = try database.checkpoint()
        // SQLite reports 0 or less for both when it is busy.
        return frames.inLog > 0 && frames.inLog == frames.carriedOver
    }
}
