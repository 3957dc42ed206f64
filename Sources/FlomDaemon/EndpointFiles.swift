internal import FlomNet
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// The daemon's files outside its journal's content: socket, endpoint record, and the identity of the journal file. It keeps
/// them what they are when something tidies up around it.
final class EndpointFiles {
    private let address: UnixAddress
    private let recordPath: String
    private var recordDescriptor: Int32
    private var record: EndpointRecord
    private var listener: UnixListener
    private let legacyLock: Int32
    private let socketMode: UInt32
    private let journalInode: UInt64

    /// Why no new grants may be given; nil while the journal is where it belongs.
    private(set) var refusal: String?

    /// - Parameter recordDescriptor: open and locked; owned from now on.
    init(
        address: UnixAddress, socketMode: UInt32, recordPath: String, recordDescriptor: Int32, record: EndpointRecord
    ) throws {
        self.address = address
        self.socketMode = socketMode
        self.recordPath = recordPath
        self.recordDescriptor = recordDescriptor
        self.record = record
        guard let journal = Files.status(of: record.journalPath) else {
            throw DaemonError("the journal '\(record.journalPath)' has disappeared")
        }
        journalInode = UInt64(journal.st_ino)
        do { try record.write(recordDescriptor) } catch {
            throw DaemonError("the endpoint record '\(recordPath)' cannot be written: \(error.reason)")
        }
        legacyLock = try UnixListener.takeLock(beside: address, mode: socketMode & 0o666)
        listener = try UnixListener(address, mode: socketMode)
    }

    var listeningDescriptor: Int32 { listener.descriptor }

    func committed(event number: Int64) {
        record.lastEvent = number
        EndpointRecord.writeLastEvent(number, to: recordDescriptor)
    }

    func removeSocket() { listener.removeName(address) }

    /// - Parameter nothingOpen: then the next starter's options count again; otherwise it carries on with these.
    func recordEnd(nothingOpen: Bool) {
        if nothingOpen { record.state = .ended }
        try? record.write(recordDescriptor)
    }

    /// Once a second. Returns a new listening descriptor if the socket had to be made again.
    func repair(journal: Journal) -> Int32? {
        refusal =
            Files.status(of: record.journalPath).map { UInt64($0.st_ino) } == journalInode
            ? nil : "the journal '\(record.journalPath)' is no longer the file that this daemon writes, so no lock is given"
        repairRecord()
        let found = Files.status(of: address.path, followLinks: false)
        guard found.map({ UInt64($0.st_ino) }) != listener.inode else { return nil }
        // Something else at our path is not ours to remove; if it is gone or stale, the socket comes back.
        guard let again = try? UnixListener(address, mode: socketMode) else { return nil }
        listener = again
        return listener.descriptor
    }

    private func repairRecord() {
        var open = stat()
        guard fstat(recordDescriptor, &open) == 0 else { return }
        if let named = Files.status(of: recordPath, followLinks: false) {
            if named.st_ino == open.st_ino && named.st_dev == open.st_dev { return }
            // Another record lies there: a starter made it and will find the socket taken. Ours stays locked as it is.
            return
        }
        let mode = UInt32(open.st_mode & 0o777)
        guard let fresh = try? Descriptor.open(recordPath, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode),
            (try? FileLock.tryExclusive(fresh.number)) == true, (try? record.write(fresh.number)) != nil
        else { return }
        close(recordDescriptor)
        recordDescriptor = fresh.release()
    }
}
