internal import Glibc

/// Opens the file of a trace. A daemon of root may be told to write it to a directory where every user can make files.
enum TraceFile {
    /// Creates the file with mode 0600. In a directory where every user can make files, no link is followed and no other user's
    /// file is written.
    ///
    /// - Returns: a descriptor that is closed on exec, appends, and does not block.
    static func open(_ path: String, appends: Bool) throws(SystemError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let directory = Files.status(of: Files.directory(of: path))
        let isSticky = directory.map { $0.st_mode & S_ISVTX != 0 } ?? false
        let descriptor = Descriptor.movedToOwnRange(
            Glibc.open(path, isSticky ? flags | O_NOFOLLOW : flags, 0o600))
        guard descriptor >= 0 else { throw SystemError("open", path) }
        var found = stat()
        guard fstat(descriptor, &found) == 0 else { throw failure(path, errno, descriptor) }
        let isFile = found.st_mode & S_IFMT == S_IFREG
        if isSticky && isFile && found.st_uid != geteuid() { throw failure(path, EACCES, descriptor) }
        if isFile && !appends { ftruncate(descriptor, 0) }
        return descriptor
    }

    private static func failure(_ path: String, _ code: Int32, _ descriptor: Int32) -> SystemError {
        close(descriptor)
        return SystemError("open", path, code: code)
    }
}
