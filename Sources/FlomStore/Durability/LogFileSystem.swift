internal import CSQLite

/// SQLite's own file system with one difference: a transaction's writes to the log are made in one system call, where SQLite
/// makes two for each page.
///
/// A commit is complete when its last frame has been written, and at that moment the gathered bytes are written. SQLite shows a
/// transaction to other connections only after that, and an error of the write is an error of the commit. A write that does not
/// follow the last frame is made at once, in its order.
enum LogFileSystem {
    /// The name for `sqlite3_open_v2`; nil if SQLite has no default file system. Then SQLite's own calls are used.
    static let name: String? = {
        guard let base = sqlite3_vfs_find(nil) else { return nil }
        // Never freed: SQLite requires it to live as long as the process.
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
            // SQLite does not close a file that failed to open, provided that it has no methods.
            if result == SQLITE_OK { LogFile.begin(file) } else { file.pointee.pMethods = nil }
            return result
        }
        return sqlite3_vfs_register(system, 0) == SQLITE_OK ? name.description : nil
    }()
}

/// The state of an open log. A pointer to it lies in front of SQLite's own file structure.
private final class LogFile {
    private typealias File = UnsafeMutablePointer<sqlite3_file>

    /// Size of a `sqlite3_file` and the pointer. It keeps SQLite's own structure behind them aligned.
    static let headerSize = 16
    private static let pointerOffset = 8
    /// The size of a frame's header, and the bytes in it that are not 0 in the last frame of a transaction: SQLite's file format,
    /// section 4.1.
    private static let frameHeaderSize = 24
    private static let commitBytes = 4..<8
    /// Size of the buffer. SQLite's file system takes less than 128 KiB in one write.
    private static let capacity = 64 * 1024

    private let gathered = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    private var count = 0
    private var start: Int64 = 0
    /// The offset of the next frame if it follows the last one.
    private var next: Int64 = -1
    private var isLastFrame = false

    deinit { gathered.deallocate() }

    // MARK: - Writing

    private func write(_ bytes: UnsafeRawPointer, _ size: Int32, at offset: Int64, to file: File) -> Int32 {
        let isHeader = size == Self.frameHeaderSize
        // A page is gathered together with its header.
        guard offset == next, isHeader || count > 0, Int(size) <= Self.capacity else {
            let result = flush(to: file)
            guard result == SQLITE_OK else { return result }
            // Headers that SQLite rewrites come alone; the page after such a header is not gathered either.
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

    /// Writes out what is gathered and runs an operation on SQLite's own file: every operation but a write must see the file
    /// complete.
    private static func settled(_ file: File?, _ body: (File, sqlite3_io_methods) -> Int32) -> Int32 {
        guard let file else { return SQLITE_MISUSE }
        let real = real(file)
        let result = unmanaged(file)._withUnsafeGuaranteedRef { $0.flush(to: real) }
        return result == SQLITE_OK ? body(real, methods(real)) : result
    }

    /// Allocated once, for the life of the process.
    nonisolated(unsafe) private static let ownMethods: UnsafeMutablePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        var own = sqlite3_io_methods()
        // Shared memory and mapping belong to the database, not to the log.
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
