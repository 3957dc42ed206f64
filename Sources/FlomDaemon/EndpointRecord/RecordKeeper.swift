internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Keeps the endpoint record up to date while the daemon runs.
final class RecordKeeper {
    let path: String
    private(set) var descriptor: Int32
    private var record: EndpointRecord
    /// The descriptor of the copy in the directory of journals (`JournalPlace`); negative where there can be none.
    private let copy: Int32

    /// - Parameters:
    ///   - descriptor: the record's descriptor, open and locked; owned from now on.
    ///   - previous: the record's content so far.
    ///   - place: the place of the copy.
    init(
        path: String, descriptor: Int32, record: EndpointRecord, previous: EndpointRecord?, place: JournalPlace?
    ) throws(DaemonError) {
        self.path = path
        copy = Self.openCopy(place)
        self.descriptor = descriptor
        self.record = record
        do {
            try record.write(descriptor)
            if record.settings.sync != .off, record.saysMore(than: previous) {
                try synchronize(descriptor, isNew: previous == nil)
            }
        } catch {
            // Otherwise the next daemon would find nothing new to sync.
            if let previous { try? previous.write(descriptor) } else { ftruncate(descriptor, 0) }
            throw DaemonError("the endpoint record '\(path)' cannot be written: \(error.reason)")
        }
        writeCopy()
        // Epoch and journal must outlive a loss of power, also when the record itself is lost.
        let before = place?.record
        if record.settings.sync != .off, before?.epoch != record.epoch || before?.journalPath != record.journalPath, copy >= 0 {
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

    /// Writes the copy. It only makes a tidy-up less harmful, so a failure does not matter.
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

    /// - Parameter state: `ended` only when nothing is open. Otherwise the next starter goes on with these settings.
    func recordEnd(_ state: EndpointRecord.State) {
        record.state = state
        try? write()
    }

    /// Records the settings for the next daemon, in case this one ends with something open.
    func recordSettings(_ settings: DaemonSettings) {
        record.apply(settings)
        // A record that is not on the device misses one reload, and nothing worse.
        try? write()
        if record.settings.sync != .off { try? EndpointRecord.synchronize(descriptor) }
    }

    /// Records the end of the grace after a journal had lost its end.
    func recordOpening() {
        record.shutSince = nil
        // If this cannot be written, the next daemon waits again.
        try? write()
    }

    /// Records where the daemon is reached when the endpoint's address no longer leads to it. Without a sync: this concerns the
    /// present boot only.
    func recordListening(_ addresses: [InternetAddress]) {
        record.listening = addresses
        try? record.write(descriptor)
    }

    /// Records that the next daemon must write the journal's log anew. Without a sync: a device that has failed is not waited
    /// for, and a loss of power also settles what the device has.
    func recordFailedSync() {
        record.hasFailedSync = true
        try? write()
    }

    /// Does the same for a daemon that has not served yet; the rest of the record stays as it was.
    static func recordFailedSync(_ previous: EndpointRecord?, _ own: EndpointRecord, _ descriptor: Int32) {
        var failed = previous ?? own
        if previous == nil { failed.state = .ended }
        failed.hasFailedSync = true
        try? failed.write(descriptor)
    }

    /// Restores what a tidy-up removed. Call it once a second.
    func repair() {
        guard !isNamed else { return }
        if let fresh = try? claimName() {
            close(descriptor)
            descriptor = fresh.release()
        }
    }

    /// Removes the record's file. A client that has just opened it to lock it notices that it is gone.
    func removeName() { if isNamed { unlink(path) } }

    /// Whether the record's path still leads to this daemon's file.
    var isNamed: Bool {
        var open = stat()
        guard let named = Files.status(of: path, followLinks: false), fstat(descriptor, &open) == 0 else { return false }
        return named.st_ino == open.st_ino && named.st_dev == open.st_dev
    }

    /// Makes a record in place of the one that was removed. A client may have made one there to start a daemon; it finds the
    /// endpoint taken, and once it has let go its file is used. A record with content belongs to its maker.
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
        if record.settings.sync != .off { try? synchronize(fresh.number, isNew: true) }
        return fresh
    }
}
