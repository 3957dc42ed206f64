internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Keeps the endpoint record true while the daemon runs.
final class RecordKeeper {
    let path: String
    private(set) var descriptor: Int32
    private var record: EndpointRecord
    /// The same in the directory of the journals: see `JournalPlace`. Negative where none can be.
    private let copy: Int32

    /// - Parameters:
    ///   - descriptor: of the record: open and locked; owned from now on.
    ///   - previous: what it says so far.
    ///   - place: where a copy is kept.
    init(
        path: String, descriptor: Int32, record: EndpointRecord, previous: EndpointRecord?, place: JournalPlace?
    ) throws(DaemonError) {
        self.path = path
        copy = Self.openCopy(place)
        self.descriptor = descriptor
        self.record = record
        do {
            try record.write(descriptor)
            if record.sync != .off, record.saysMore(than: previous) { try synchronize(descriptor, isNew: previous == nil) }
        } catch {
            // Or the next daemon would find nothing new to sync.
            if let previous { try? previous.write(descriptor) } else { ftruncate(descriptor, 0) }
            throw DaemonError("the endpoint record '\(path)' cannot be written: \(error.reason)")
        }
        writeCopy()
        // What must outlive a loss of power, when the record is lost as well.
        let before = place?.record
        if record.sync != .off, before?.epoch != record.epoch || before?.journalPath != record.journalPath, copy >= 0 {
            try? EndpointRecord.synchronize(copy)
        }
    }

    private static func openCopy(_ place: JournalPlace?) -> Int32 {
        guard let place else { return -1 }
        do {
            return try Descriptor.open(place.recordPath, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK).release()
        } catch {
            Log.warning("there is no copy of the endpoint record: \(error)", id: LogID.remark)
            return -1
        }
    }

    /// Without it a tidy-up costs more, and that is all.
    private func writeCopy() { if copy >= 0 { try? record.write(copy) } }

    private func write() throws(SystemError) {
        writeCopy()
        try record.write(descriptor)
    }

    private func synchronize(_ descriptor: Int32, isNew: Bool) throws(SystemError) {
        try EndpointRecord.synchronize(descriptor)
        if isNew { try Files.makeDurable(directory: Files.directory(of: path)) }
    }

    func committed(event number: Int64) {
        record.lastEvent = number
        if record.seenNanoseconds != 0 { record.seenNanoseconds = Clock.boottimeNanoseconds() }
        EndpointRecord.writeLastEvent(number, seen: record.seenNanoseconds, to: descriptor)
        if copy >= 0 { EndpointRecord.writeLastEvent(number, seen: record.seenNanoseconds, to: copy) }
    }

    /// - Parameter state: `ended` only when nothing is open; the next starter carries on with these settings otherwise.
    func recordEnd(_ state: EndpointRecord.State) {
        record.state = state
        try? write()
    }

    /// What the next daemon is to be started with, if this one ends with something open.
    func recordSettings(_ settings: DaemonSettings) {
        record.take(settings)
        // As what was there before: a record that is not on the device is behind by a reload.
        try? write()
        if record.sync != .off { try? EndpointRecord.synchronize(descriptor) }
    }

    /// The grace is over that a journal with a lost end has given to its holders.
    func recordOpening() {
        record.shutSince = nil
        // One that still says so makes the next daemon wait again.
        try? write()
    }

    /// Where the endpoint's address does not lead any more. Without a sync: it is about this boot.
    func recordListening(_ addresses: [InternetAddress]) {
        record.listening = addresses
        try? record.write(descriptor)
    }

    /// The next daemon has to write the journal's log anew. Without a sync: a device that has failed is no place to wait for, and
    /// with the power the doubt about what it has is gone as well.
    func recordFailedSync() {
        record.hasFailedSync = true
        try? write()
    }

    /// The same of a daemon that has served nobody yet: all else stays as it was before.
    static func recordFailedSync(_ previous: EndpointRecord?, _ own: EndpointRecord, _ descriptor: Int32) {
        var failed = previous ?? own
        if previous == nil { failed.state = .ended }
        failed.hasFailedSync = true
        try? failed.write(descriptor)
    }

    /// Once a second: makes again what a tidy-up removed.
    func repair() {
        guard !isNamed else { return }
        if let fresh = try? claimName() {
            close(descriptor)
            descriptor = fresh.release()
        }
    }

    /// Whoever has opened it meanwhile to lock it sees that it is gone.
    func removeName() { if isNamed { unlink(path) } }

    /// Whether its name still leads to this daemon's record.
    var isNamed: Bool {
        var open = stat()
        guard let named = Files.status(of: path, followLinks: false), fstat(descriptor, &open) == 0 else { return false }
        return named.st_ino == open.st_ino && named.st_dev == open.st_dev
    }

    /// A record in the place of the one that was removed. Somebody may have made one there meanwhile, to start a daemon that finds the
    /// endpoint taken; when he has let go of it, it is this daemon's. One that says something is its maker's.
    private func claimName() throws(SystemError) -> Descriptor {
        var open = stat()
        guard fstat(descriptor, &open) == 0 else { throw SystemError("fstat", path) }
        let mode = UInt32(open.st_mode & 0o777)
        let fresh = try Descriptor.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: mode)
        let found = try fresh.status()
        guard found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1, found.st_uid == geteuid(),
            try FileLock.tryExclusive(fresh.number), EndpointRecord.read(fresh.number) == nil
        else { throw SystemError("open", path, code: EEXIST) }
        try record.write(fresh.number)
        fchmod(fresh.number, mode)
        if record.sync != .off { try? synchronize(fresh.number, isNew: true) }
        return fresh
    }
}
