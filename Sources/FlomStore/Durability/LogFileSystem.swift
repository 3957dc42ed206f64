internal import CSQLite

/// SQLite's own file system, but for one thing: what a transaction writes to the log goes there in one system call, where SQLite makes
/// two for each page.
///
/// A commit is complete when its last frame has been written, and that is the moment at which what was gathered is written: SQLite shows
/// a transaction to others only after that, and an error of the write is an error of the commit. What is not the next frame behind the
/// last one is written at once, in its order.
enum LogFileSystem {
    /// For `sqlite3_open_v2`; nil if SQLite has no file system to begin with, and then there is nothing to gain.
    static let name: String? = {
        guard let base = sqlite3_vfs_find(nil) else { return nil }
        // For as long as the process lives, as SQLite wants it.
        let system = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        system.initialize(to: base.pointee)
        let name: StaticString = "flom"
        system.pointee.zName = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        system.pointee.pNext = nil
        system.pointee.szOsFile = base.pointee.szOsFile + Int32(LogFile.headerSize)
        system.pointee.xOpen = { _, path, file, flags, outFlags in
            guard let base = sqlite3_vfs_find(nil), let file else { return SQLITE_CANTOPEN }
            guard flags & SQLITE_OPEN_WAL != 0 else { return base.pointee.xOpen(base, path, file, flags, outFlags) }
            let result = base.pointee.xOpen(base, path, LogFile.real(file), flags, outFlags)
            // Where it fails and has no methods it is not closed either.
            if result == SQLITE_OK { LogFile.begin(file) } else { file.pointee.pMethods = nil }
            return result
        }
        return sqlite3_vfs_register(system, 0) == SQLITE_OK ? name.description : nil
    }()
}

/// An open log. In front of SQLite's own file lies a pointer to this.
private final class LogFile {
    private typealias File = UnsafeMutablePointer<sqlite3_file>

    /// `sqlite3_file`, and the pointer; SQLite's own file stays aligned behind them.
    static let headerSize = 16
    private static let pointerOffset = 8
    /// The header of a frame, and in it the bytes that are not 0 in the last frame of a transaction: SQLite's file format, 4.1.
    private static let frameHeaderSize = 24
    private static let commitBytes = 4..<8
    /// SQLite's file system takes less than 128 KiB at a time.
    private static let capacity = 64 * 1024

    private let gathered = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    private var count = 0
    private var start: Int64 = 0
    /// Where the next frame is, if it follows the last one.
    private var next: Int64 = -1
    private var isLastFrame = false

    deinit { gathered.deallocate() }

    // MARK: - Writing

    private func write(_ bytes: UnsafeRawPointer, _ size: Int32, at offset: Int64, to file: File) -> Int32 {
        let isHeader = size == Self.frameHeaderSize
        // A page is gathered with its header.
        guard offset == next, isHeader || count > 0, Int(size) <= Self.capacity else {
            let result = flush(to: file)
            guard result == SQLITE_OK else { return result }
            // Headers that are written anew come alone; the page behind another one is not gathered either.
            next = offset + Int64(size)
            return Self.methods(file).xWrite(file, bytes, size, offset)
        }
        if count + Int(size) > Self.capacity {
            let result = flush(to: file)
            guard result == SQLITE_OK else { return result }
        }
        if count == 0 { start = offset }
        (gathered + count).copyMemory(from: bytes, byteCount: Int(size))
        count += Int(size)
        next = offset + Int64(size)
        if isHeader {
            isLastFrame = Self.commitBytes.contains { bytes.load(fromByteOffset: $0, as: UInt8.self) != 0 }
            return SQLITE_OK
        }
        return isLastFrame ? flush(to: file) : SQLITE_OK
    }

    private func flush(to file: File) -> Int32 {
        guard count > 0 else { return SQLITE_OK }
        let size = Int32(count)
        count = 0
        let result = Self.methods(file).xWrite(file, gathered, size, start)
        if result != SQLITE_OK { next = -1 }
        return result
    }

    // MARK: - For C

    static func real(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<sqlite3_file> {
        (UnsafeMutableRawPointer(file) + headerSize).assumingMemoryBound(to: sqlite3_file.self)
    }

    static func begin(_ file: UnsafeMutablePointer<sqlite3_file>) {
        let log = Unmanaged.passRetained(LogFile())
        UnsafeMutableRawPointer(file).storeBytes(
            of: log.toOpaque(), toByteOffset: pointerOffset, as: UnsafeMutableRawPointer.self)
        file.pointee.pMethods = UnsafePointer(ownMethods)
    }

    private static func unmanaged(_ file: File) -> Unmanaged<LogFile> {
        Unmanaged.fromOpaque(UnsafeRawPointer(file).load(fromByteOffset: pointerOffset, as: UnsafeRawPointer.self))
    }

    private static func methods(_ file: File) -> sqlite3_io_methods { file.pointee.pMethods.pointee }

    /// Everything but a write sees the file as it would be without this.
    private static func settled(_ file: File?, _ body: (File, sqlite3_io_methods) -> Int32) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        let real = real(file)
        let result = unmanaged(file)._withUnsafeGuaranteedRef { $0.flush(to: real) }
        return result == SQLITE_OK ? body(real, methods(real)) : result
    }

    /// Written once, for the life of the process.
    nonisolated(unsafe) private static let ownMethods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var own = sqlite3_io_methods()
        // Shared memory and mapping are the database's, not the log's.
        own.iVersion = 1
        own.xClose = { file in
            guard let file else { return SQLITE_MISUSE }
            let flushed = settled(file) { _, _ in SQLITE_OK }
            let real = real(file)
            let closed = LogFile.methods(real).xClose(real)
            unmanaged(file).release()
            return flushed == SQLITE_OK ? closed : flushed
        }
        own.xRead = { file, bytes, size, offset in settled(file) { $1.xRead($0, bytes, size, offset) } }
        own.xWrite = { file, bytes, size, offset in
            guard let file, let bytes else { return SQLITE_MISUSE }
            return unmanaged(file)._withUnsafeGuaranteedRef { $0.write(bytes, size, at: offset, to: real(file)) }
        }
        own.xTruncate = { file, size in settled(file) { $1.xTruncate($0, size) } }
        own.xSync = { file, flags in settled(file) { $1.xSync($0, flags) } }
        own.xFileSize = { file, size in settled(file) { $1.xFileSize($0, size) } }
        own.xLock = { file, level in settled(file) { $1.xLock($0, level) } }
        own.xUnlock = { file, level in settled(file) { $1.xUnlock($0, level) } }
        own.xCheckReservedLock = { file, result in settled(file) { $1.xCheckReservedLock($0, result) } }
        own.xFileControl = { file, operation, argument in settled(file) { $1.xFileControl($0, operation, argument) } }
        own.xSectorSize = { file in settled(file) { $1.xSectorSize($0) } }
        own.xDeviceCharacteristics = { file in settled(file) { $1.xDeviceCharacteristics($0) } }
        methods.initialize(to: own)
        return methods
    }()
}
