package import FlomSystem
internal import Glibc

/// The lock on an endpoint's record: who has it may start the endpoint's daemon, or is that daemon.
package enum RecordLock {
    /// Opens the record, making it if need be.
    ///
    /// - Throws: `DaemonError` if the file belongs to somebody who could have put it there to trick us.
    package static func open(for endpoint: Endpoint) throws(DaemonError) -> Descriptor {
        let path = endpoint.recordPath
        let mode: UInt32 = if case .unix(_, isDefault: true) = endpoint { 0o600 } else { 0o644 }
        let descriptor: Descriptor
        do {
            if case .network = endpoint { try Files.makePrivateDirectory(Files.directory(of: path)) }
            // Nobody is waited for at the other end of a FIFO that somebody has put there.
            descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: mode)
        } catch {
            throw DaemonError(explain(path, error))
        }
        guard let found = try? descriptor.status() else { throw DaemonError("the endpoint record '\(path)' cannot be read") }
        // Root goes on with a user's daemon, but obeys no record that anybody could have put there.
        let isOwners = found.st_uid == geteuid() || (geteuid() == 0 && !Trust.isOpenToAll(Files.directory(of: path)))
        guard found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1, isOwners else {
            throw DaemonError(
                "the endpoint record '\(path)' is not a plain file of uid \(geteuid()) (it belongs to uid \(found.st_uid)); "
                    + "remove it or choose another socket")
        }
        return descriptor
    }

    /// Whether the record is still the file that has its name.
    static func isNamed(_ record: borrowing Descriptor, _ endpoint: Endpoint) -> Bool {
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
            return "the daemon of this endpoint belongs to \(owner) (endpoint record '\(path)': \(error.reason)); "
                + "only \(owner) or root can start it"
        }
        return "no daemon can be started there: the endpoint record '\(path)' cannot be made: \(error.reason)"
    }
}
