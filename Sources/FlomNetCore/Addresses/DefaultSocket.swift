internal import FlomSystem
internal import Glibc

/// The socket of a user who has named none: `/tmp/flom-NAME`, or `/tmp/flom-UID` where the name cannot be found.
///
/// A directory service may be silent for a while, and an account may be entered late. A user who has been served under one of the
/// two keeps it: under the other one a second daemon would let in a second holder. The files there that belong to the user show
/// which one that is. Files of other users in `/tmp` are not believed.
package enum DefaultSocket {
    /// The path, looked for once: a daemon that reads its settings again means the same.
    package static let path: String = ordered ?? find(in: directory, uid: getuid(), name: Users.own, host: Users.ownerOfRoot)

    package static let directory = "/tmp"

    /// The path of a process that was started as a daemon: its starter has found the name, and locked the record.
    private static var ordered: String? { recordOfOrder.flatMap(path(ofRecord:)) }
    /// The descriptor of the endpoint record that this process was given as a daemon; nil in a client. Set it before the first use of `path`.
    package nonisolated(unsafe) static var recordOfOrder: Int32?

    /// The socket of a record; nil if it is no default socket's, or the kernel does not tell the record's name.
    private static func path(ofRecord descriptor: Int32) -> String? {
        guard let file = Descriptor.name(of: descriptor) else { return nil }
        let record = Files.name(of: file)
        guard record.hasPrefix(prefix), record.hasSuffix(recordEnding) else { return nil }
        return "\(directory)/\(record.dropLast(recordEnding.utf8.count))"
    }

    package static let prefix = "flom-"
    package static let recordEnding = ".record"

    /// - Parameters:
    ///   - name: the user's name; nil if it cannot be found.
    ///   - host: the user id that root has for the machine: root in a user namespace would keep real root from its place.
    package static func find(in directory: String, uid: UInt32, name: String?, host: UInt32) -> String {
        let byNumber = "\(directory)/\(prefix)\(uid)"
        if uid == 0, host != 0 {
            let own = "\(directory)/\(prefix)\(name ?? "0")~\(host)"
            // A socket of an earlier version, which did not tell them apart.
            let before = name.flatMap { Served(socket: "\(directory)/\(prefix)\($0)", of: uid) }
            return best(of: [Served(socket: own, of: uid), before].compactMap(\.self)) ?? own
        }
        guard let name else {
            return best(of: all(in: directory).compactMap { Served(socket: $0, of: uid) }) ?? byNumber
        }
        let byName = "\(directory)/\(prefix)\(name)"
        // Every command takes this way: one look, which finds nothing.
        guard byName != byNumber, let number = Served(record: byNumber + recordEnding, of: uid) else { return byName }
        return best(of: [Served(socket: byName, of: uid), number].compactMap(\.self)) ?? byName
    }

    /// The other default sockets of this user at which a daemon serves, or one is being started.
    package static func served(of uid: UInt32, besides path: String) -> [String] {
        all(in: directory).subtracting([path]).compactMap { Served(socket: $0, of: uid) }.filter(\.isServed).map(\.socket)
    }

    /// Every socket in a directory that could be a user's default one, with or without its record.
    private static func all(in directory: String) -> Set<String> {
        Set(
            Files.names(in: directory).lazy.filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".lock") }
                .map { "\(directory)/" + ($0.hasSuffix(recordEnding) ? String($0.dropLast(recordEnding.utf8.count)) : $0) })
    }

    /// The socket at which a daemon serves; else one at which something was left open; else the one that was served last.
    private static func best(of found: [Served]) -> String? {
        found.max { one, other in
            (one.rank, one.modified, other.socket) < (other.rank, other.modified, one.socket)
        }?.socket
    }
}

/// A default socket under which a user is served, or was.
private struct Served {
    let socket: String
    /// Whether a process holds the record's lock.
    let isServed: Bool
    let rank: Int
    let modified: Int64

    /// A socket that is known by its record, or by itself where the record was removed; nil if there is neither.
    init?(socket: String, of uid: UInt32) {
        if let served = Served(record: socket + ".record", of: uid) {
            self = served
        } else {
            guard let found = Self.own(socket, S_IFSOCK, uid) else { return nil }
            (self.socket, isServed, rank, modified) = (socket, false, 1, Self.moment(found))
        }
    }

    /// A socket that is known by its record; nil if this user's daemon has written none there. A record that is empty is only
    /// locked.
    init?(record path: String, of uid: UInt32) {
        guard let found = Self.own(path, S_IFREG, uid), found.st_size > 0,
            let descriptor = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let state = EndpointState.read(descriptor.number)
        else { return nil }
        socket = String(path.dropLast(".record".utf8.count))
        isServed = (try? FileLock.isTaken(descriptor.number)) == true
        rank = isServed ? 3 : state != .ended ? 2 : 0
        modified = Self.moment(found)
    }

    /// The status of a file that no other user could have made or may use; nil otherwise. A socket that was named is for others
    /// too.
    private static func own(_ path: String, _ kind: mode_t, _ uid: UInt32) -> stat? {
        guard let found = Files.status(of: path, followLinks: false), found.st_mode & S_IFMT == kind, found.st_uid == uid,
            found.st_nlink == 1, found.st_mode & 0o077 == 0
        else { return nil }
        return found
    }

    private static func moment(_ found: stat) -> Int64 {
        Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec)
    }
}
