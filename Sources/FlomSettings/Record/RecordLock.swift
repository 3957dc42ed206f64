package import FlomNetCore
package import FlomSystem
internal import Glibc

/// The lock on an endpoint's record: its holder may start the endpoint's daemon, or is that daemon.
package enum RecordLock {
    /// Opens the record, making it if need be.
    ///
    /// - Throws: `DaemonError` if the file belongs to a user who could have put it there as a trap.
    package static func open(for endpoint: Endpoint) throws(DaemonError) -> Descriptor {
        let path = endpoint.recordPath
        let mode: UInt32 = if case .unix(_, isDefault: true) = endpoint { 0o600 } else { 0o644 }
        let descriptor: Descriptor
        do {
            if case .network = endpoint { try Files.makePrivateDirectory(Files.directory(of: path)) }
            // Without waiting for the other end, should the file be a FIFO.
            descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: mode)
        } catch {
            if removeEnded(path, endpoint) { return try open(for: endpoint) }
            throw DaemonError(explain(path, error))
        }
        guard let found = try? descriptor.status() else { throw DaemonError("the endpoint record '\(path)' cannot be read") }
        // Root goes on with a user's daemon, but obeys no record that any user could have put there.
        let isOwners = found.st_uid == geteuid() || (geteuid() == 0 && !Trust.isOpenToAll(Files.directory(of: path)))
        guard found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1, isOwners else {
            if removeEnded(path, endpoint) { return try open(for: endpoint) }
            throw DaemonError(
                "the endpoint record '\(path)' is not a plain file of uid \(geteuid()) (it belongs to uid \(found.st_uid)); "
                    + "remove it or choose another socket")
        }
        return descriptor
    }

    /// As `open`, but nil if the record is that of another user who is just starting their daemon, or ending it.
    package static func openUnlessTaken(for endpoint: Endpoint) throws(DaemonError) -> Descriptor? {
        do { return try open(for: endpoint) } catch {
            guard isTaken(endpoint) else { throw error }
            return nil
        }
    }

    /// Whether a process of any user holds the record of a socket that was named.
    private static func isTaken(_ endpoint: Endpoint) -> Bool {
        guard case .unix(_, isDefault: false) = endpoint else { return false }
        return endpoint.isRecordTaken
    }

    /// Whether another user than this one could make the endpoint's next files.
    package static func mayBeOthers(_ socket: String) -> Bool {
        guard let found = Files.status(of: Files.directory(of: socket)) else { return false }
        return found.st_mode & 0o022 != 0 || (found.st_uid != geteuid() && found.st_uid != 0)
    }

    /// Removes the record of another user whose daemon has ended in order, with nothing open: the endpoint is free then. Nothing
    /// else in the record is believed. A user who writes that falsely loses their own lock, and no other.
    ///
    /// - Returns: whether the record is gone. In a directory with a sticky bit only its owner and root can remove it.
    private static func removeEnded(_ path: String, _ endpoint: Endpoint) -> Bool {
        guard case .unix(let socket, isDefault: false) = endpoint,
            let record = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK), let found = try? record.status(),
            found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1, found.st_uid != geteuid(),
            (try? FileLock.tryExclusive(record.number)) == true, isNamed(record, endpoint),
            EndpointRecord.read(record.number)?.state == .ended
        else { return false }
        // A daemon of 1.7.2 may hold the lock file.
        let lock = socket + ".lock"
        if let file = try? Descriptor.open(lock, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) {
            guard let found = try? file.status(), found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1,
                (try? FileLock.tryExclusive(file.number)) == true, unlink(lock) == 0
            else { return false }
        }
        return unlink(path) == 0
    }

    /// Whether the record is still the file that has its name.
    package static func isNamed(_ record: borrowing Descriptor, _ endpoint: Endpoint) -> Bool {
        guard let open = try? record.status(), let named = Files.status(of: endpoint.recordPath, followLinks: false) else {
            return false
        }
        return open.st_ino == named.st_ino && open.st_dev == named.st_dev
    }

    private static func explain(_ path: String, _ error: SystemError) -> String {
        let directory = Files.directory(of: path)
        if error.code == EPERM, let flaw = Trust.flaw(ofDirectory: directory) {
            return "the endpoint record '\(path)' is not put there: of its directory, \(flaw); remove it or take that right away"
        }
        if error.code == EROFS {
            return
                "no daemon can be started there: '\(directory)' is on a read-only file system, so that the endpoint record '\(path)' "
                + "cannot be written; name a socket with -s, and a journal with --journal, where files can be made"
        }
        if let found = Files.status(of: path, followLinks: false) {
            guard found.st_mode & S_IFMT == S_IFREG else {
                return
                    "the endpoint record '\(path)' is not a plain file (it belongs to uid \(found.st_uid)); remove it or choose "
                    + "another socket"
            }
            let owner = Users.name(of: found.st_uid) ?? "uid \(found.st_uid)"
            if let file = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
                EndpointRecord.read(file.number)?.state == .ended
            {
                return
                    "the last daemon of this endpoint belonged to \(owner), and has ended with nothing open, but its record is in the "
                    + "way: \(owner) or root has to remove '\(path)'"
            }
            return "the daemon of this endpoint belongs to \(owner) (endpoint record '\(path)': \(error.reason)); "
                + "only \(owner) or root can start it"
        }
        return "no daemon can be started there: the endpoint record '\(path)' cannot be made: \(error.reason)"
    }
}
