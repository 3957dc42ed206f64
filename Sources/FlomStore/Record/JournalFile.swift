internal import Glibc

/// The journal's file as the file system sees it, apart from SQLite.
enum JournalFile {
    /// Creates an empty file with mode 0600 unless there is one. SQLite would make it readable for other users. The files beside
    /// it inherit its mode.
    ///
    /// - Parameter durable: whether the new file and its entry in the directory reach the device before this returns.
    static func createIfMissing(_ path: String, durable: Bool) throws(JournalError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            if errno == EEXIST { return }
            let error = errno
            // ENOENT is about the directory here.
            if error == ENOENT {
                throw JournalError(.cannotOpen, path: path, systemError: error, message: "its directory is missing")
            }
            throw JournalError(systemError: error, path: path)
        }
        // Closing is harmless here: no connection can have locked a file that did not exist.
        defer { close(descriptor) }
        guard durable else { return }
        guard fsync(descriptor) == 0 else { throw JournalError(systemError: errno, path: path) }
        let result = synchronizeDirectory(of: path)
        guard result == 0 else { throw JournalError(systemError: result, path: path) }
    }

    /// Makes the names in a file's directory durable. Returns 0 or an `errno`.
    static func synchronizeDirectory(of path: String) -> Int32 {
        let descriptor = open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        return fsync(descriptor) == 0 ? 0 : errno
    }

    /// The result of `stat`, without opening the file: closing a descriptor of a database would drop SQLite's locks on it.
    static func status(_ path: String) -> Status? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Status(
            device: status.st_dev,
            inode: status.st_ino,
            size: Int64(status.st_size),
            modified: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        )
    }

    /// The `errno` of the call before.
    static var lastError: Int32 { errno }

    struct Status: Hashable {
        var device: UInt
        var inode: UInt
        var size: Int64
        /// Time of the last modification, in nanoseconds since 1970-01-01 UTC.
        var modified: Int64

        func isSameFile(as other: Status) -> Bool { device == other.device && inode == other.inode }
    }

    /// The path of the index that belongs to a log.
    static func indexPath(log: String) -> String {
        (log.hasSuffix("-wal") ? log.dropLast("-wal".utf8.count) : log[...]) + "-shm"
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }
}
