internal import CFuse
internal import FlomSystem
internal import Glibc
internal import Synchronization

/// A daemon's state as files below a directory, by FUSE, on a thread of its own.
///
/// Unchecked, because `files` is used on that thread only.
package final class StatusFileSystem: @unchecked Sendable {
    private let directory: String
    private let files: OpenFiles
    /// Told whether it is mounted: nil, or why not, as a sentence.
    private let outcome: @Sendable (String?) -> Void
    /// Told that it was unmounted from outside.
    private let ended: @Sendable () -> Void

    private enum State {
        case mounting
        case mounted(MountPoint, device: String?)
        /// It is not mounted, or not to be mounted any more.
        case over
    }
    private let state = Mutex(State.mounting)

    package init(
        at directory: String, showing source: any StatusFileSource, outcome: @escaping @Sendable (String?) -> Void,
        ended: @escaping @Sendable () -> Void
    ) {
        self.directory = directory
        files = OpenFiles(source)
        self.outcome = outcome
        self.ended = ended
    }

    /// Mounts, and serves until it is unmounted.
    package func start() {
        do {
            let thread = try SystemThread.start(Serving(self))
            pthread_detach(thread)
        } catch {
            state.withLock { $0 = .over }
            outcome("\(error)")
        }
    }

    private final class Serving: ThreadBody {
        let fileSystem: StatusFileSystem

        init(_ fileSystem: StatusFileSystem) { self.fileSystem = fileSystem }

        func run() { fileSystem.serve() }
    }

    private func serve() {
        let session: OpaquePointer
        do {
            let place = try MountPoint(preparing: directory)
            session = try Self.mount(place, files)
            let device = MountEntry.mounted(on: place.path)?.device
            let isWanted = state.withLock { state in
                guard case .mounting = state else { return false }
                state = .mounted(place, device: device)
                return true
            }
            guard isWanted else { return place.remove(device: device) }
        } catch {
            state.withLock { $0 = .over }
            return outcome(error.sentence)
        }
        outcome(nil)
        fuse_session_loop(session)
        fuse_session_destroy(session)
        let wasMounted = state.withLock { state in
            defer { state = .over }
            if case .mounted = state { return true } else { return false }
        }
        if wasMounted { ended() }
    }

    /// How long a mount that has begun may take until the end of the daemon goes on without it, in milliseconds.
    private static let mountLimitMilliseconds: Int64 = 500

    /// Unmounts before the process ends. Nobody who reads can delay this.
    package func unmount() {
        let limit = Deadline.after(milliseconds: Self.mountLimitMilliseconds)
        while true {
            let last = state.withLock { state in
                let last = state
                if case .mounted = state { state = .over }
                return last
            }
            switch last {
            case .mounted(let place, let device): return place.remove(device: device)
            case .over: return
            case .mounting where limit.hasPassed: return state.withLock { $0 = .over }
            case .mounting: Clock.sleep(milliseconds: 1)
            }
        }
    }

    // MARK: - The session

    private static func mount(_ place: MountPoint, _ files: OpenFiles) throws(MountPoint.Refusal) -> OpaquePointer {
        FuseMessages.collect()
        // The kernel refuses to write, with EROFS. Only the user who mounts it may enter.
        var words = ["flom", "-o", "ro,fsname=flom,subtype=flom"].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        let count = Int32(words.count)
        let session = words.withUnsafeMutableBufferPointer { words in
            var arguments = fuse_args(argc: count, argv: words.baseAddress, allocated: 0)
            defer { fuse_opt_free_args(&arguments) }
            var operations = FuseOperations.all
            // As long as the process lives.
            let context = Unmanaged.passRetained(files).toOpaque()
            return fuse_session_new(&arguments, &operations, MemoryLayout<fuse_lowlevel_ops>.size, context)
        }
        guard let session else { throw MountPoint.Refusal(sentence: "FUSE cannot be used: \(FuseMessages.last)") }
        guard fuse_session_mount(session, place.path) == 0 else {
            fuse_session_destroy(session)
            throw MountPoint.Refusal(sentence: "mounting was refused: \(FuseMessages.last)")
        }
        return session
    }
}

/// What libfuse would print to stderr.
private enum FuseMessages {
    private static let text = Mutex(
        "fusermount3, or the kernel, does not allow it here (fusermount3 serves no user without a name)")

    static var last: String { text.withLock { $0 } }

    static func collect() { fuse_set_log_func(note) }

    private static let note: fuse_log_func_t = { _, format, values in
        var bytes = [CChar](repeating: 0, count: 512)
        guard let format, let values, vsnprintf(&bytes, bytes.count, format, values) > 0 else { return }
        let end = bytes.firstIndex(of: 0) ?? bytes.count
        var line = String(decoding: bytes[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if line.hasSuffix("\n") { line.removeLast() }
        if line.hasPrefix("fuse: ") { line.removeFirst(6) }
        text.withLock { $0 = line }
    }
}
