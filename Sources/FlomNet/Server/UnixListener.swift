package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// A listening UNIX socket and its file.
package struct UnixListener: Sendable {
    /// The backlog: more than any burst of clients that a host starts at once. The kernel cuts it to `net.core.somaxconn`.
    static let backlog: Int32 = 4096

    /// The socket, owned by the code that serves it.
    package let descriptor: Int32
    package let inode: UInt64

    /// Uses the socket of the previous daemon again; nil if its name does not lead to it any more.
    package init?(_ address: UnixAddress, from inherited: inout InheritedListeners) {
        guard let listener = inherited.claim(address) else { return nil }
        descriptor = listener.descriptor
        inode = listener.inode
    }

    package static func lockPath(beside address: UnixAddress) -> String { address.path + ".lock" }

    /// Takes `<path>.lock`, with which 1.7.2's daemons exclude each other, so that it excludes them and flom's as well.
    ///
    /// - Parameter mode: the permissions of the socket: its users may open the file, or another user's 1.7.2 could not see the lock.
    /// - Returns: the descriptor that holds the lock, to be kept until the daemon ends.
    package static func takeLock(beside address: UnixAddress, mode: UInt32) throws(NetworkError) -> Int32 {
        let path = lockPath(beside: address)
        var isFree = false
        do {
            let descriptor = try Descriptor.open(path, O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: mode)
            let found = try descriptor.status()
            // Its permissions are set below, and must not be those of another file with a second name.
            guard found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1 else {
                throw NetworkError(.refused, "the lock file '\(path)' is not a plain file with one name; remove it")
            }
            if let flaw = Trust.flaw(ofFile: path, found: found) {
                throw NetworkError(
                    .refused, "the lock file '\(path)' is not used: \(flaw); remove it or choose another socket name")
            }
            isFree = try FileLock.tryExclusive(descriptor.number)
            if isFree {
                fchmod(descriptor.number, mode)
                return descriptor.release()
            }
        } catch let error as SystemError {
            throw NetworkError(.refused, "the lock file '\(path)' cannot be used: \(error.reason)")
        } catch { throw error as! NetworkError }
        throw NetworkError(.refused, "another daemon holds '\(path)', but does not answer on '\(address.path)'")
    }

    /// Binds and listens. A stale socket is replaced; anything else at the path is left untouched.
    ///
    /// - Parameter mode: the permissions of the socket, in force from its first moment.
    /// - Throws: `NetworkError` of kind `refused` with the reason.
    package init(_ address: UnixAddress, mode: UInt32) throws(NetworkError) {
        try Self.removeStale(address)
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw NetworkError(.failed, "\(SystemError("socket"))") }

        let previousMask = umask(~mode & 0o777)
        let bound = address.withAddress { bind(descriptor, $0, $1) }
        let error = SystemError("bind", address.path)
        umask(previousMask)
        guard bound == 0, listen(descriptor, Self.backlog) == 0, let file = Files.status(of: address.path, followLinks: false)
        else {
            close(descriptor)
            throw NetworkError(.refused, "the socket '\(address.path)' cannot be made: \(error.reason)")
        }
        self.descriptor = descriptor
        self.inode = UInt64(file.st_ino)
    }

    private static func removeStale(_ address: UnixAddress) throws(NetworkError) {
        guard let found = Files.status(of: address.path, followLinks: false) else { return }
        guard found.st_mode & S_IFMT == S_IFSOCK else {
            throw NetworkError(
                .refused, "'\(address.path)' exists and is no socket; it is left untouched: choose another socket name")
        }
        guard unlink(address.path) == 0 || errno == ENOENT else {
            let error = SystemError("unlink", address.path)
            throw NetworkError(.refused, "the stale socket '\(address.path)' cannot be removed: \(error.reason)")
        }
    }

    /// Removes the socket's file if it is still this socket's.
    package func removeName(_ address: UnixAddress) {
        guard let found = Files.status(of: address.path, followLinks: false), UInt64(found.st_ino) == inode else { return }
        unlink(address.path)
    }
}
