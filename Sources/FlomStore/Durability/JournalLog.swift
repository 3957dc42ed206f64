internal import Glibc

/// A journal's write-ahead log, while nobody has it open.
package enum JournalLog {
    /// Writes it once more, byte by byte in its place, and syncs it. Before it is opened, and only by whoever has its lock.
    ///
    /// After a failed sync the kernel takes pages that it could not write for clean ones: the next sync succeeds without them, and all
    /// that is committed behind them would be lost with the power. Written again they are dirty again, and the sync means something.
    /// At no moment is the device worse off than before: of a log it may lack any part, and SQLite takes what comes before that.
    /// What the kernel has not got any more either fails SQLite's check sums when it is opened, and so counts as lost at once.
    ///
    /// - Throws: when it could not be read, written or synced.
    package static func writeAnew(of path: String) throws(JournalError) {
        let database = resolved(path)
        // Of the database nothing is written outside checkpoints but, when it is new, its head.
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

    /// The file itself: SQLite keeps the log beside it, wherever a link to it lies.
    private static func resolved(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
