internal import CSQLite

/// Keeps the writer's locks on the shared index of the log from one transaction to the next. SQLite takes and gives back three of them
/// for each commit, in six system calls, which are a quarter of what a small commit costs.
///
/// * **The write lock**: a journal has one writer. Another program that wants to write to the file finds it locked while it is kept.
/// * **The lock on a read mark** says up to where in the log this connection's reads begin. A mark that is kept stays where it was, and a
///   checkpoint carries over no more than the log before it. So it is given back before each checkpoint, and the next transaction sets
///   it anew.
///
/// Readers, in this process and in others, have read marks of their own and notice nothing: a connection may use a mark that is behind
/// the end of the log (`walTryBeginRead` in SQLite's `wal.c`). When the process ends, the kernel gives back everything.
final class KeptLocks {
    private typealias File = UnsafeMutablePointer<sqlite3_file>

    /// The bytes of the shared index that stand for locks: SQLite's "WAL-mode File Format", section 2.3.
    private static let writeLock: Int32 = 0
    private static let readMarksOfLog: ClosedRange<Int32> = 4...7
    /// Attempts to set a mark anew that are refused in a row. SQLite makes one for each mark and then uses the one that is kept.
    private static let refusalLimit = 8

    private var keepsWriteLock = false
    private var readMark: Int32?
    /// Whether SQLite has given back the lock on `readMark`.
    private var isReadMarkIdle = false
    private var refusals = 0

    private let file: File
    private let methodsOfSQLite: UnsafePointer<sqlite3_io_methods>
    /// The methods that SQLite calls, and behind them the pointer to this object.
    private let methods: UnsafeMutableRawPointer

    /// - Returns: nil if the database has no shared index. Then SQLite's own calls stay.
    init?(_ database: Database) {
        guard let file = database.file, let methodsOfSQLite = file.pointee.pMethods, methodsOfSQLite.pointee.iVersion >= 2 else {
            return nil
        }
        self.file = file
        self.methodsOfSQLite = methodsOfSQLite
        methods = .allocate(byteCount: Self.offsetOfSelf + MemoryLayout<UnsafeMutableRawPointer>.size, alignment: 16)
        var replaced = methodsOfSQLite.pointee
        replaced.xShmLock = { file, place, count, flags in
            guard let file else { return SQLITE_MISUSE }
            return KeptLocks.of(file).lock(place, count, flags)
        }
        methods.initializeMemory(as: sqlite3_io_methods.self, to: replaced)
        methods.storeBytes(
            of: Unmanaged.passUnretained(self).toOpaque(), toByteOffset: Self.offsetOfSelf, as: UnsafeMutableRawPointer.self)
        file.pointee.pMethods = UnsafePointer(methods.assumingMemoryBound(to: sqlite3_io_methods.self))
    }

    deinit { methods.deallocate() }

    private static let offsetOfSelf = MemoryLayout<sqlite3_io_methods>.size

    private static func of(_ file: File) -> KeptLocks {
        let own = UnsafeRawPointer(file.pointee.pMethods).load(fromByteOffset: offsetOfSelf, as: UnsafeMutableRawPointer.self)
        return Unmanaged.fromOpaque(own).takeUnretainedValue()
    }

    /// Lets the next transaction set its mark at the end of the log. Must not be called within a transaction.
    func giveBackReadMark() {
        guard let mark = readMark else { return }
        precondition(isReadMarkIdle, "a read mark is given back while a transaction uses it")
        (readMark, isReadMarkIdle) = (nil, false)
        _ = lockReally(mark, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED)
    }

    /// Gives back all locks. Must not be called within a transaction.
    func giveBack() {
        giveBackReadMark()
        if keepsWriteLock { _ = lockReally(Self.writeLock, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE) }
        keepsWriteLock = false
    }

    /// Gives back all file locks, and restores SQLite's own I/O methods. Must be called before the connection is closed.
    func end() {
        giveBack()
        file.pointee.pMethods = methodsOfSQLite
    }

    // MARK: - SQLite's calls

    private func lockReally(_ place: Int32, _ count: Int32, _ flags: Int32) -> Int32 {
        methodsOfSQLite.pointee.xShmLock(file, place, count, flags)
    }

    private func lock(_ place: Int32, _ count: Int32, _ flags: Int32) -> Int32 {
        let isExclusive = flags & SQLITE_SHM_EXCLUSIVE != 0
        switch (flags & SQLITE_SHM_LOCK != 0, isExclusive) {
        case (true, true) where place == Self.writeLock && count == 1: return lockForWriting(flags)
        case (false, true) where place == Self.writeLock && count == 1: return SQLITE_OK
        case (true, true) where keepsMark(place, count): return SQLITE_BUSY
        case (true, false) where count == 1: return lockReadMark(place, flags)
        case (false, false) where place == readMark:
            isReadMarkIdle = true
            return SQLITE_OK
        default: return lockReally(place, count, flags)
        }
    }

    private func lockForWriting(_ flags: Int32) -> Int32 {
        if keepsWriteLock { return SQLITE_OK }
        let result = lockReally(Self.writeLock, 1, flags)
        keepsWriteLock = result == SQLITE_OK
        return result
    }

    private func lockReadMark(_ place: Int32, _ flags: Int32) -> Int32 {
        refusals = 0
        if place == readMark {
            isReadMarkIdle = false
            return SQLITE_OK
        }
        if isReadMarkIdle { giveBackReadMark() }
        let result = lockReally(place, 1, flags)
        if result == SQLITE_OK, Self.readMarksOfLog.contains(place) { (readMark, isReadMarkIdle) = (place, false) }
        return result
    }

    /// Whether a mark that is kept is not set anew, though SQLite wants to lock `count` places from this one on for that.
    private func keepsMark(_ place: Int32, _ count: Int32) -> Bool {
        guard isReadMarkIdle, Self.readMarksOfLog.overlaps(place...(place + count - 1)) else { return false }
        if count == 1 && refusals < Self.refusalLimit {
            refusals += 1
            return true
        }
        giveBackReadMark()
        return false
    }
}
