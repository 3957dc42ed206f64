internal import Glibc

/// A journal's write-ahead log while no connection has it open.
package enum JournalLog {
    /// Writes the log over itself, byte by byte, and syncs it. Must be called before the journal is opened, by the process that
    /// has the journal's lock.
    ///
    /// After a failed sync the kernel takes pages that it could not write for clean ones. The next sync succeeds without them,
    /// and everything committed behind them would be lost in a power failure. Written again, the pages are dirty again, and a
    /// sync that succeeds means what it says. At no moment is the device worse off than before: a log may lack any part, and
    /// SQLite then takes what comes before that part. Pages that the kernel has dropped fail SQLite's checksums when the log is
    /// opened, so their loss shows at once.
    ///
    /// - Throws: when a file could not be read, written or synced.
    package static func writeAnew(of path: String) throws(JournalError) {
        let database = resolved(path)
        // Outside checkpoints nothing of the database is written, except the header of a new one.
        try copyOntoItself(database, limit: 4096)
        try copyOntoItself(database + "-wal", limit: .max)
    }

    private static func copyOntoItself(_ path: String, limit: Int) throws(JournalError) {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            let error = errno
            if error == ENOENT { return }
            throw JournalError(systemError: error, path: path)
        }
        defer { close(descriptor) }
        let result = copyOntoItself(descriptor, limit: limit)
        guard result == 0 else { throw JournalError(systemError: result, path: path) }
    }

    private static let chunk = 1 << 20

    /// Returns 0 or an `errno`.
    private static func copyOntoItself(_ descriptor: Int32, limit: Int) -> Int32 {
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: chunk, alignment: 4096)
        defer { buffer.deallocate() }
        var offset: off_t = 0
        while Int(offset) < limit {
            let count = pread(descriptor, buffer, min(chunk, limit - Int(offset)), offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return errno }
            if count == 0 { break }
            var written = 0
            while written < count {
                let more = pwrite(descriptor, buffer + written, count - written, offset + off_t(written))
                if more < 0 && errno == EINTR { continue }
                guard more > 0 else { return more < 0 ? errno : EIO }
                written += more
            }
            offset += off_t(count)
        }
        return fdatasync(descriptor) == 0 ? 0 : errno
    }

    /// The path with links resolved: SQLite keeps the log beside the file itself, wherever a link to it lies.
    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
