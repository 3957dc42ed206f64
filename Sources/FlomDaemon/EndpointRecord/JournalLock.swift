internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The lock that ties a journal to one daemon. It lies beside the journal, names the endpoint, and is held until the process
/// ends.
enum JournalLock {
    /// Takes the lock. Waits up to 1 s for a daemon of another endpoint that is just ending.
    ///
    /// - Throws: `DaemonError`; `InOtherHands` if this endpoint's own daemon has the lock.
    static func acquire(for path: String, of endpoint: Endpoint) throws {
        let directory = Files.directory(of: path)
        if let kind = Files.unsuitableFileSystem(of: directory) {
            throw DaemonError(
                "the journal '\(path)' would lie on \(kind), where locks and syncs promise nothing; "
                    + "name a place on a local disk with --journal")
        }
        try checkPlace(of: path)
        let name = Array(ownName(of: endpoint).utf8)
        let lock: Int32
        var isFree: Bool
        do {
            lock = try Descriptor.open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600).release()
            isFree = try FileLock.tryExclusive(lock)
            // A client that meets this endpoint's own daemon tries again anyway.
            if !isFree, owner(lock) != name {
                isFree = try FileLock.tryExclusive(lock, until: .after(milliseconds: 1000))
            }
        } catch {
            throw DaemonError(
                "the journal '\(path)' cannot be locked: \(error)"
                    + (error.code == EROFS ? "; name a place on a file system that can be written with --journal" : ""))
        }
        if isFree {
            ftruncate(lock, 0)
            _ = name.withUnsafeBytes { pwrite(lock, $0.baseAddress, $0.count, 0) }
            return
        }
        // The descriptor stays open: a process that is refused ends.
        let owner = owner(lock)
        if owner == name {
            throw InOtherHands("the journal '\(path)' is in use by a daemon on '\(endpoint.name)' that does not answer there")
        }
        let user = owner.isEmpty ? "another daemon" : "the daemon on '\(String(decoding: owner, as: UTF8.self))'"
        throw DaemonError("the journal '\(path)' is in use by \(user); one journal serves one endpoint")
    }

    /// Whether a daemon uses a journal, or a command that maintains it. Takes no lock.
    static func isTaken(of path: String) -> Bool {
        guard let lock = try? Descriptor.open(path + ".lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return false }
        return (try? FileLock.isTaken(lock.number)) == true
    }

    /// The endpoint that the lock file names.
    private static func owner(_ lock: Int32) -> [UInt8] {
        lseek(lock, 0, SEEK_SET)
        return Files.contents(of: lock, limit: 4096) ?? []
    }

    private static func ownName(of endpoint: Endpoint) -> String {
        guard case .unix(let path, _) = endpoint else { return endpoint.name }
        return Files.canonical(path) ?? path
    }

    // MARK: - Files that others could have made

    /// Root may continue a user's daemon, but only with a journal that belongs to that user. Otherwise the record could make root
    /// write anywhere.
    ///
    /// - Parameter record: the endpoint record's descriptor.
    static func checkOwner(of journal: String, record: Int32) throws(DaemonError) {
        var found = stat()
        guard fstat(record, &found) == 0, found.st_uid != geteuid() else { return }
        guard let named = Files.status(of: journal, followLinks: false), named.st_mode & S_IFMT == S_IFREG,
            named.st_uid == found.st_uid, named.st_nlink == 1
        else {
            throw DaemonError(
                "the endpoint record belongs to uid \(found.st_uid), but the journal '\(journal)' that it names is not a plain file of "
                    + "that user; root does not write there")
        }
    }

    /// In a directory where every user may make files, no other user may have made the journal's files, or be able to replace
    /// them.
    private static func checkPlace(of path: String) throws(DaemonError) {
        let directory = Files.directory(of: path)
        if Trust.isUnprotected(directory) {
            throw DaemonError(
                "the journal '\(path)' would lie where any user may replace it; take that right from '\(directory)' (chmod o-w) or "
                    + "name another place with --journal")
        }
        for ending in ["", "-wal", "-shm", "-journal", ".lock"] {
            guard let flaw = Trust.flaw(ofFile: path + ending) else { continue }
            throw DaemonError("the file '\(path + ending)' is not used: \(flaw); remove it, or name another place with --journal")
        }
    }
}

/// Thrown when the endpoint's own daemon runs although its record or socket is missing: it is about to make them again, or just
/// ending.
struct InOtherHands: Error {
    /// What is in use, for the log.
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
