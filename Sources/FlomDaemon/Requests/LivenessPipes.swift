internal import FlomModel
internal import FlomSystem
internal import Glibc

/// FIFOs that show whether a process of a grant lives, also to a daemon that cannot see the processes: one in another PID or time
/// namespace, or of a user who may not look.
///
/// The client gets the open FIFO with the grant, and its command inherits it. Any daemon, also a later one, can open it by name
/// and read: end of file means that no process has it any more. Visible processes tell more, so the FIFO is read last. It is made
/// for every grant, because the next daemon may look from anywhere.
final class LivenessPipes {
    enum Reading {
        /// No FIFO was made, or it has disappeared.
        case none
        /// The FIFO exists and cannot be opened at the moment.
        case unreadable
        /// The descriptor is the caller's. It becomes readable when no process has the other end any more.
        case open(Int32)
    }

    private let directory: String
    /// The FIFOs of grants that are about to be told, or whose clients have not come back yet. If the daemon dies they close: no
    /// client was told of these grants.
    private var untold: [RequestID: Int32] = [:]
    /// The grants that have a FIFO.
    private var made: Set<RequestID> = []
    private var isUsable = false
    private let keepPlace: (UInt64) -> Void

    /// The number of open descriptors.
    var count: Int { untold.count }

    /// - Parameter keepPlace: records the inode of a new directory.
    init(journalPath: String, keepPlace: @escaping (UInt64) -> Void) {
        directory = journalPath + ".live"
        self.keepPlace = keepPlace
    }

    private func path(_ request: RequestID) -> String { "\(directory)/\(request.number)" }

    /// Takes over the FIFOs of earlier daemons. FIFOs in a copied directory prove nothing, because no process has opened them.
    ///
    /// - Parameters:
    ///   - place: the directory's inode as it is on record; nil for a journal that has none yet.
    ///   - held: the requests that hold a lock; other FIFOs are left from grants that have ended.
    func begin(place: UInt64?, held: Set<RequestID>) {
        guard makeDirectory(), let found = inode else { return }
        isUsable = true
        let isCopy = place != nil && place != found
        for number in Files.names(in: directory).compactMap({ Int64($0) }) {
            let request = RequestID(number)
            if isCopy || !held.contains(request) { unlink(path(request)) } else { made.insert(request) }
        }
        if found != place { keepPlace(found) }
    }

    private var inode: UInt64? {
        guard let found = Files.status(of: directory, followLinks: false), found.st_mode & S_IFMT == S_IFDIR else { return nil }
        return UInt64(found.st_ino)
    }

    /// False if there is no directory that only this user can use.
    private func makeDirectory() -> Bool { (try? Files.makePrivateDirectory(directory)) != nil }

    /// Makes the FIFO of a grant, before its commit. Where this fails, the lock ends only on other evidence.
    func make(for request: RequestID) {
        if let earlier = untold.removeValue(forKey: request) { close(earlier) }
        guard isUsable, makeFile(path(request)) else { return }
        made.insert(request)
        // For reading too: a FIFO without a reader cannot be opened for writing alone.
        let descriptor = open(path(request), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        // A FIFO without a writer would mean that no process lives.
        guard descriptor >= 0 else { return remove(request) }
        untold[request] = descriptor
    }

    private func makeFile(_ path: String) -> Bool {
        if mkfifo(path, 0o600) == 0 { return true }
        switch errno {
        // It is left from a request with the same number that a restored journal has lost, or from this grant before it was told.
        case EEXIST: unlink(path)
        case ENOENT:
            guard isUsable, makeDirectory(), let inode else { return false }
            keepPlace(inode)
        default: return false
        }
        return mkfifo(path, 0o600) == 0
    }

    /// The descriptor to send with the grant; the caller's from now on.
    func takeUntold(_ request: RequestID) -> Int32? { untold.isEmpty ? nil : untold.removeValue(forKey: request) }

    /// Whether only this process has the FIFO: the grant's client was never told.
    func isUntold(_ request: RequestID) -> Bool { untold[request] != nil }

    func read(_ request: RequestID) -> Reading {
        guard made.contains(request) else { return .none }
        let descriptor = open(path(request), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        if descriptor >= 0 { return .open(descriptor) }
        return errno == ENOENT ? .none : .unreadable
    }

    /// Whether a process has the other end. Bytes that a command may have written are discarded.
    static func isAlive(_ descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            var count = 1
            while count > 0 { count = Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
            return count != 0
        }
    }

    /// The grant has ended.
    func remove(_ request: RequestID) {
        if let descriptor = takeUntold(request) { close(descriptor) }
        if made.remove(request) != nil { unlink(path(request)) }
    }
}
