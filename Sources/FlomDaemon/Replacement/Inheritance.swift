internal import FlomEngine
internal import FlomModel
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Which settings and which journal a starting daemon takes over from the one before.
enum Inheritance {
    /// After a crash in this boot everything stays as it was: the locks of that journal may still be held. After an orderly end
    /// with nothing open the new starter's options count, but the journal stays unless another one is named.
    ///
    /// - Throws: `DaemonError` when the two cannot go together.
    /// - Parameter place: what is known of the endpoint apart from its record.
    static func settle(
        _ wanted: DaemonSettings, _ previous: EndpointRecord?, _ place: JournalPlace?, view: ProcessView
    ) throws(DaemonError) -> (settings: DaemonSettings, journalPath: String) {
        guard let previous, !mayBeForgotten(previous, view) || access(previous.journalPath, R_OK | W_OK) == 0 else {
            if let named = wanted.journalPath { return (wanted, named) }
            return (wanted, try JournalLocation.path(for: wanted.endpoint, create: true))
        }
        guard previous.state != .ended else {
            // A place that looked the same after a reboot may have been given it meanwhile.
            let own = place.flatMap { $0.isOthers(previous.journalPath) ? $0.journalPath : nil } ?? previous.journalPath
            return (wanted, wanted.journalPath ?? own)
        }

        if let named = wanted.journalPath, named != previous.journalPath {
            throw DaemonError(
                "the last daemon on '\(previous.endpoint)' did not end in order, and the locks in its journal "
                    + "'\(previous.journalPath)' may still be held; start it once without --journal '\(named)'")
        }
        guard access(previous.journalPath, R_OK | W_OK) == 0 || (errno == ENOENT && previous.acceptsJournal) else {
            let owner = Files.status(of: previous.journalPath).flatMap { Users.name(of: $0.st_uid) }
            throw DaemonError(
                "the journal '\(previous.journalPath)' of this endpoint cannot be used: "
                    + (errno == ENOENT
                        ? "\(JournalContinuity.isMissing), \(JournalContinuity.advice(previous.endpoint))"
                        : "it belongs to \(owner ?? "somebody else"); only they or root can start this daemon"))
        }
        var settings = wanted
        settings.lifespanMilliseconds = previous.lifespanMilliseconds
        settings.socketMode = previous.socketMode
        settings.sync = previous.sync
        settings.queuePolicy = QueuePolicy(maxOvertakeMilliseconds: previous.maxOvertakeMilliseconds)
        settings.lostHolderDelayMilliseconds = previous.lostHolderDelayMilliseconds
        settings.reclaimGraceMilliseconds = previous.reclaimGraceMilliseconds
        settings.retentionMicroseconds = previous.retentionMicroseconds
        settings.recording = previous.recording
        settings.logLevel = previous.logLevel
        // Never back to plain text; but whoever names files means them, for they may lie elsewhere now.
        settings.tls = wanted.tls ?? previous.tls
        settings.limits = previous.limits
        guard let access = previous.access else {
            throw DaemonError(
                "the access rules of the last daemon on '\(previous.endpoint)' cannot be read from '\(wanted.endpoint.recordPath)', "
                    + "and nobody is served by others; start it with its rules: flom --foreground")
        }
        settings.access = access
        return (settings, previous.journalPath)
    }

    /// Whether nobody can hold anything of a record's journal any more, should that be gone: another boot, or an orderly end before it.
    /// An id that differs alone proves neither: containers and services are shown others.
    private static func mayBeForgotten(_ record: EndpointRecord, _ view: ProcessView) -> Bool {
        guard let bootID = view.bootID, !record.bootID.isEmpty, record.bootID != bootID else { return false }
        return record.state == .ended || record.provesReboot(seenFrom: view)
    }

    /// Root goes on with a user's daemon, but what that user's record names must be the user's own journal: else it would send root
    /// to write anywhere.
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

    /// Where everybody may make files, nobody else may have made the journal's, and nobody else may replace them.
    private static func checkPlace(of path: String) throws(DaemonError) {
        let directory = Files.directory(of: path)
        if Trust.isUnprotected(directory) {
            throw DaemonError(
                "the journal '\(path)' would lie where everybody may replace it; take that right from '\(directory)' (chmod o-w) or "
                    + "name another place with --journal")
        }
        for ending in ["", "-wal", "-shm", "-journal", ".lock"] {
            guard let flaw = Trust.flaw(ofFile: path + ending) else { continue }
            throw DaemonError("the file '\(path + ending)' is not used: \(flaw); remove it, or name another place with --journal")
        }
    }

    /// One journal, one daemon. The lock lies beside the journal, says whose it is, and is held until the process ends.
    ///
    /// - Throws: `DaemonError`; `InOtherHands` if it is the lock of this endpoint's own daemon.
    static func lockJournal(_ path: String, for endpoint: Endpoint) throws {
        let directory = Files.directory(of: path)
        if let kind = Files.unsuitableFileSystem(of: directory) {
            throw DaemonError(
                "the journal '\(path)' would lie on \(kind), where locks and syncs promise nothing; "
                    + "name a place on a local disk with --journal")
        }
        try checkPlace(of: path)
        let name = Array(lockName(of: endpoint).utf8)
        let lock: Int32
        var isFree: Bool
        do {
            lock = try Descriptor.open(path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600).release()
            isFree = try FileLock.tryExclusive(lock)
            // Who finds this endpoint's own daemon comes again anyway.
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
        // Left open: whoever is refused ends.
        let owner = owner(lock)
        if owner == name {
            throw InOtherHands("the journal '\(path)' is in use by a daemon on '\(endpoint.name)' that does not answer there")
        }
        let who = owner.isEmpty ? "another daemon" : "the daemon on '\(String(decoding: owner, as: UTF8.self))'"
        throw DaemonError("the journal '\(path)' is in use by \(who); one journal serves one endpoint")
    }

    private static func owner(_ lock: Int32) -> [UInt8] {
        lseek(lock, 0, SEEK_SET)
        return Files.contents(of: lock, limit: 4096) ?? []
    }

    private static func lockName(of endpoint: Endpoint) -> String {
        guard case .unix(let path, _) = endpoint else { return endpoint.name }
        return Files.canonical(path) ?? path
    }

    /// Whether a daemon, or whoever maintains it, uses a journal. Looks, and takes nothing.
    static func isLocked(_ path: String) -> Bool {
        guard let lock = try? Descriptor.open(path + ".lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK) else { return false }
        return (try? FileLock.isTaken(lock.number)) == true
    }
}

/// A daemon of this endpoint runs, though its record or its socket has been taken away: it is about to make them again. Or it is
/// just ending.
struct InOtherHands: Error {
    let sentence: String
    init(_ sentence: String) { self.sentence = sentence }
}
