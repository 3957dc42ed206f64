package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// The start of a daemon on the socket of a user who has named none.
extension DefaultSocket {
    /// Starts a daemon under a name that is not in `/etc/passwd` while the record of the number is locked, so that a process that
    /// cannot find the name does not start one under the number at the same moment.
    ///
    /// - Throws: `DaemonError` if a daemon has begun under another name of this user since `path` was found.
    package static func excluding<Result>(
        _ endpoint: Endpoint, _ start: () throws(DaemonError) -> Result
    ) throws(DaemonError) -> Result {
        guard case .unix(let path, isDefault: true) = endpoint, !Users.ownIsListed else { return try start() }
        let uid = getuid()
        let number = "\(directory)/\(prefix)\(uid)"
        if path == number {
            if let other = served(of: uid, besides: path).first { throw elsewhere(other) }
            return try start()
        }
        let lock = try RecordLock.open(for: .unix(path: number, isDefault: true))
        guard (try? FileLock.tryExclusive(lock.number)) == true else { throw elsewhere(number) }
        // Nothing was served there. A process that has opened it meanwhile sees that it is gone.
        defer { if (try? lock.status().st_size) == 0 { unlink(number + recordEnding) } }
        return try start()
    }

    private static func elsewhere(_ path: String) -> DaemonError {
        DaemonError(
            "a daemon of this user has just started on '\(path)', because the user's name was found, or was not; try again, or name a "
                + "socket with --socket-name")
    }
}
