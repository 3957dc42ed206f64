internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Keeps the endpoint record true while the daemon runs.
final class RecordKeeper {
    private let path: String
    private(set) var descriptor: Int32
    private var record: EndpointRecord

    /// - Parameters:
    ///   - descriptor: of the record: open and locked; owned from now on.
    ///   - previous: what it says so far.
    init(path: String, descriptor: Int32, record: EndpointRecord, previous: EndpointRecord?) throws(DaemonError) {
        self.path = path
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
    }

    private func synchronize(_ descriptor: Int32, isNew: Bool) throws(SystemError) {
        try EndpointRecord.synchronize(descriptor)
        if isNew { try Files.makeDurable(directory: Files.directory(of: path)) }
    }

    func committed(event number: Int64) {
        record.lastEvent = number
        EndpointRecord.writeLastEvent(number, to: descriptor)
    }

    /// - Parameter state: `ended` only when nothing is open; the next starter carries on with these settings otherwise.
    func recordEnd(_ state: EndpointRecord.State) {
        record.state = state
        try? record.write(descriptor)
    }

    /// What the next daemon is to be started with, if this one ends with something open.
    func recordSettings(_ settings: DaemonSettings) {
        record.take(settings)
        // As what was there before: a record that is not on the device is behind by a reload.
        try? record.write(descriptor)
        if record.sync != .off { try? EndpointRecord.synchronize(descriptor) }
    }

    /// The grace is over that a journal with a lost end has given to its holders.
    func recordOpening() {
        record.shutSince = nil
        // One that still says so makes the next daemon wait again.
        try? record.write(descriptor)
    }

    /// The next daemon has to write the journal's log anew. Without a sync: a device that has failed is no place to wait for, and
    /// with the power the doubt about what it has is gone as well.
    func recordFailedSync() {
        record.hasFailedSync = true
        try? record.write(descriptor)
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
        // Another record that lies there is its maker's; he will find the endpoint taken. Ours stays locked as it is.
        guard Files.status(of: path, followLinks: false) == nil else { return }
        var open = stat()
        guard fstat(descriptor, &open) == 0 else { return }
        let mode = UInt32(open.st_mode & 0o777)
        guard let fresh = try? Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode),
            (try? FileLock.tryExclusive(fresh.number)) == true, (try? record.write(fresh.number)) != nil
        else { return }
        fchmod(fresh.number, mode)
        if record.sync != .off { try? synchronize(fresh.number, isNew: true) }
        close(descriptor)
        descriptor = fresh.release()
    }
}
