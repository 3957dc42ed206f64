internal import FlomModel
internal import FlomSystem
internal import Glibc

/// FIFOs that tell whether anybody lives who belongs to a grant, also to a daemon that sees none of its processes: one in another PID
/// namespace, in another time namespace, or of a user who may not look.
///
/// The client is given the FIFO open with the grant, and hands it on to the command. Any daemon, also a later one, opens it by its name
/// and reads: the end of file says that nobody has it any more. Where the processes can be told they say more, so it is asked
/// last; it is made for every grant all the same, because nobody knows from where the next daemon will look.
final class LivenessPipes {
    enum Reading {
        /// None was made, or it has disappeared.
        case none
        /// It is there and cannot be opened at the moment.
        case unreadable
        /// The descriptor is the caller's; it becomes readable when nobody has the other end any more.
        case open(Int32)
    }

    private let directory: String
    /// Of grants that are about to be told, or whose clients have not come back for them yet. A daemon that dies lets go of them:
    /// nobody has been told of these grants.
    private var untold: [RequestID: Int32] = [:]
    /// Those that have a file.
    private var made: Set<RequestID> = []
    private var isUsable = false
    private let keepPlace: (UInt64) -> Void

    /// Descriptors.
    var count: Int { untold.count }

    /// - Parameter keepPlace: takes down the inode of the directory when it is a new one.
    init(journalPath: String, keepPlace: @escaping (UInt64) -> Void) {
        directory = journalPath + ".live"
        self.keepPlace = keepPlace
    }

    private func path(_ request: RequestID) -> String { "\(directory)/\(request.number)" }

    /// Takes over what earlier daemons have left: nobody has the FIFOs of a directory that is not the one they were made in, but a
    /// copy, whoever may live.
    ///
    /// - Parameters:
    ///   - place: inode of the directory as it is on record; nil for a journal of a time before that.
    ///   - held: what is held; other files are of grants that have ended.
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

    /// False if there is none that is this user's alone.
    private func makeDirectory() -> Bool { (try? Files.makePrivateDirectory(directory)) != nil }

    /// Before the grant is committed. Without room or rights there is none, and then only what else is known ends the lock.
    func make(for request: RequestID) {
        if let earlier = untold.removeValue(forKey: request) { close(earlier) }
        guard isUsable, makeFile(path(request)) else { return }
        made.insert(request)
        // For reading too: to write alone it could not be opened, because nobody reads.
        let descriptor = open(path(request), O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        // A file that nobody has would say that nobody lives.
        guard descriptor >= 0 else { return remove(request) }
        untold[request] = descriptor
    }

    private func makeFile(_ path: String) -> Bool {
        if mkfifo(path, 0o600) == 0 { return true }
        switch errno {
        // Of a request of the same number that a restored journal has lost, or of the same grant before it was told.
        case EEXIST: unlink(path)
        case ENOENT:
            guard isUsable, makeDirectory(), let inode else { return false }
            keepPlace(inode)
        default: return false
        }
        return mkfifo(path, 0o600) == 0
    }

    /// To be passed on with the grant; the caller's from now on.
    func takeUntold(_ request: RequestID) -> Int32? { untold.isEmpty ? nil : untold.removeValue(forKey: request) }

    /// Whether nobody but this process has it: the grant's client was never told.
    func isUntold(_ request: RequestID) -> Bool { untold[request] != nil }

    func read(_ request: RequestID) -> Reading {
        guard made.contains(request) else { return .none }
        let descriptor = open(path(request), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
        if descriptor >= 0 { return .open(descriptor) }
        return errno == ENOENT ? .none : .unreadable
    }

    /// Whether somebody has the other end. What a command may have written is thrown away.
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
