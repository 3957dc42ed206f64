package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// The socket of a user who has named none: `/tmp/flom-NAME`, or `/tmp/flom-UID` where nobody can say the name.
///
/// A directory service may be silent for a while, and an account may be entered late. Whoever has been served under one of the two
/// keeps it: under the other one a second daemon would let in a second holder. What has been served is shown by what lies there
/// and belongs to that user; of others' files in `/tmp` nothing is believed.
package enum DefaultSocket {
    /// Looked for once: a daemon that reads its settings again means the same.
    package static let path: String = ordered ?? find(in: directory, uid: getuid(), name: Users.own, host: Users.ownerOfRoot)

    private static let directory = "/tmp"

    /// Of a process that was started as a daemon: its starter has found the name, and locked the record.
    private static var ordered: String? { recordOfOrder.flatMap(path(ofRecord:)) }
    /// To be set before `path` is asked for.
    package nonisolated(unsafe) static var recordOfOrder: Int32?

    /// Nil if the record is that of no default socket, or the kernel does not tell.
    private static func path(ofRecord descriptor: Int32) -> String? {
        guard let file = Descriptor.name(of: descriptor) else { return nil }
        let record = Files.name(of: file)
        guard record.hasPrefix(prefix), record.hasSuffix(recordEnding) else { return nil }
        return "\(directory)/\(record.dropLast(recordEnding.utf8.count))"
    }

    private static let prefix = "flom-"
    private static let recordEnding = ".record"

    /// - Parameters:
    ///   - name: nil if nobody knows it.
    ///   - host: who root is for the machine: in a user namespace he would keep real root from his place.
    package static func find(in directory: String, uid: UInt32, name: String?, host: UInt32) -> String {
        let byNumber = "\(directory)/\(prefix)\(uid)"
        if uid == 0, host != 0 {
            let own = "\(directory)/\(prefix)\(name ?? "0")~\(host)"
            // Of before this was so.
            let before = name.flatMap { Served(socket: "\(directory)/\(prefix)\($0)", of: uid) }
            return best(of: [Served(socket: own, of: uid), before].compactMap(\.self)) ?? own
        }
        guard let name else {
            return best(of: all(in: directory).compactMap { Served(socket: $0, of: uid) }) ?? byNumber
        }
        let byName = "\(directory)/\(prefix)\(name)"
        // On the way of every command: one look, which finds nothing.
        guard byName != byNumber, let number = Served(record: byNumber + recordEnding, of: uid) else { return byName }
        return best(of: [Served(socket: byName, of: uid), number].compactMap(\.self)) ?? byName
    }

    /// Every socket in a directory that could be somebody's default one, with or without its record.
    private static func all(in directory: String) -> Set<String> {
        Set(
            Files.names(in: directory).lazy.filter { $0.hasPrefix(prefix) && !$0.hasSuffix(".lock") }
                .map { "\(directory)/" + ($0.hasSuffix(recordEnding) ? String($0.dropLast(recordEnding.utf8.count)) : $0) })
    }

    /// Where a daemon serves; else where one has left something open; else where there was one last.
    private static func best(of found: [Served]) -> String? {
        found.max { one, other in
            (one.rank, one.modified, other.socket) < (other.rank, other.modified, one.socket)
        }?.socket
    }

    // MARK: - The number is everybody's lock

    /// Held while a daemon is started under a name that is not in `/etc/passwd`, so that nobody who cannot find the name begins
    /// one under the number at the same moment.
    ///
    /// - Throws: `DaemonError` if a daemon has begun under another name of this user since `path` was found.
    package static func excluding<Result>(
        _ endpoint: Endpoint, _ start: () throws(DaemonError) -> Result
    ) throws(DaemonError) -> Result {
        guard case .unix(let path, isDefault: true) = endpoint, !Users.ownIsListed else { return try start() }
        let uid = getuid()
        let number = "\(directory)/\(prefix)\(uid)"
        if path == number {
            let others = all(in: directory).subtracting([path]).compactMap { Served(socket: $0, of: uid) }
            if let other = others.first(where: \.isServed) { throw elsewhere(other.socket) }
            return try start()
        }
        let lock = try RecordLock.open(for: .unix(path: number, isDefault: true))
        guard (try? FileLock.tryExclusive(lock.number)) == true else { throw elsewhere(number) }
        // Nothing was served there. Who has opened it meanwhile sees that it is gone.
        defer { if (try? lock.status().st_size) == 0 { unlink(number + recordEnding) } }
        return try start()
    }

    private static func elsewhere(_ path: String) -> DaemonError {
        DaemonError(
            "a daemon of yours has begun on '\(path)' at this moment, because your name was found, or was not; say it again, or name a "
                + "socket with --socket-name")
    }
}

/// A default socket under which a user is served, or was.
private struct Served {
    let socket: String
    /// Somebody holds the record's lock.
    let isServed: Bool
    let rank: Int
    let modified: Int64

    /// By its record; failing that, by a socket alone, whose record was removed.
    init?(socket: String, of uid: UInt32) {
        if let served = Served(record: socket + ".record", of: uid) {
            self = served
        } else {
            guard let found = Self.own(socket, S_IFSOCK, uid) else { return nil }
            (self.socket, isServed, rank, modified) = (socket, false, 1, Self.moment(found))
        }
    }

    /// Nil if there is none, or none that this user's daemon has written: also one that is empty and only locked.
    init?(record path: String, of uid: UInt32) {
        guard let found = Self.own(path, S_IFREG, uid), found.st_size > 0,
            let descriptor = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
            let record = EndpointRecord.read(descriptor.number)
        else { return nil }
        socket = String(path.dropLast(".record".utf8.count))
        isServed = (try? FileLock.isTaken(descriptor.number)) == true
        rank = isServed ? 3 : record.state != .ended ? 2 : 0
        modified = Self.moment(found)
    }

    /// A file that nobody else could have made, and that is for nobody else: a socket that was named is for others too.
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
