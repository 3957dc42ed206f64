internal import CFlomSystem
package import FlomNetCore
package import FlomSystem
internal import Glibc

/// Connects to a daemon on this host.
package enum UnixConnector {
    /// Connects; tries again while the daemon's backlog is full.
    ///
    /// - Parameter owner: if given, the uid that must own the socket (root always may), because every user can make a file in `/tmp`.
    /// - Throws: `nobodyListens` if there is no socket, or it has no listener. A full backlog or a slow daemon is another error.
    package static func connect(
        to address: UnixAddress, owner: UInt32?, until deadline: Deadline
    ) throws(NetworkError) -> ClientConnection {
        try check(address, owner: owner)
        var pauseMilliseconds: Int64 = 1
        while true {
            let descriptor = OwnSocket.open(AF_UNIX)
            guard descriptor >= 0 else { throw NetworkError(.failed, "\(SystemError("socket"))") }
            if address.withAddress({ Glibc.connect(descriptor, $0, $1) }) == 0 {
                return ClientConnection(owning: descriptor, place: "'\(address.path)'")
            }
            let error = SystemError("connect", address.path)
            OwnSocket.close(descriptor)
            switch error.code {
            case ENOENT, ECONNREFUSED:
                throw NetworkError(.nobodyListens, "no daemon listens on '\(address.path)'")
            case EAGAIN, EINTR:
                guard !deadline.hasPassed else {
                    throw NetworkError(.timedOut, "the daemon on '\(address.path)' has too many clients waiting to be let in")
                }
                Clock.sleep(milliseconds: pauseMilliseconds)
                pauseMilliseconds = min(pauseMilliseconds * 2, 50)
            default:
                throw NetworkError(.failed, "the socket '\(address.path)' cannot be used: \(error.reason)")
            }
        }
    }

    private static func check(_ address: UnixAddress, owner: UInt32?) throws(NetworkError) {
        guard let found = Files.status(of: address.path, followLinks: false) else {
            switch errno {
            case ENOENT: throw NetworkError(.nobodyListens, "no daemon listens on '\(address.path)'")
            default:
                throw NetworkError(.refused, "the socket '\(address.path)' cannot be used: \(SystemError("lstat").reason)")
            }
        }
        let kind = found.st_mode & S_IFMT
        guard kind == S_IFSOCK || (kind == S_IFLNK && owner == nil) else {
            throw NetworkError(
                .refused, "'\(address.path)' exists and is no socket; it is left untouched: choose another socket name")
        }
        if owner != nil, found.st_nlink != 1 {
            throw NetworkError(
                .refused,
                "the socket '\(address.path)' has another name too: it was made for something else; remove it or choose another one "
                    + "with --socket-name")
        }
        if let owner, found.st_uid != owner, found.st_uid != 0 {
            throw NetworkError(
                .refused,
                "the socket '\(address.path)' belongs to uid \(found.st_uid), not to uid \(owner): somebody else made it; "
                    + "remove it or choose another one with --socket-name")
        }
    }
}
