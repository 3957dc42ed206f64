internal import Glibc

/// A descriptor on the write-ahead log that belongs to flom, to sync what SQLite has committed without syncing.
///
/// The log is the only file of a journal that may be opened by path while SQLite has it open. SQLite's locks are on the other two
/// files, and closing any descriptor of those would drop them.
final class WALFile {
    private let path: String
    private var descriptor: Int32 = -1
    private let synchronizeData: (Int32) -> Int32

    /// - Parameter synchronizeData: syncs a descriptor and returns 0 or an `errno`; tests pass a broken device.
    init(path: String, synchronizeData: @escaping (Int32) -> Int32 = { fdatasync($0) == 0 ? 0 : errno }) {
        self.path = path
        self.synchronizeData = synchronizeData
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Opens the log early, while descriptors are available, so that a daemon that runs out of them can still sync. Returns 0 or
    /// an `errno`.
    func prepare() -> Int32 { openCurrent() }

    /// Syncs every commit that was made before the call. Returns 0, an `errno` or `isAway`.
    ///
    /// A lack of descriptors says nothing about the device, so this waits until there is one. A log that has lost its name is not
    /// synced, because the next daemon would not find it: `isAway` is returned.
    func synchronize() -> Int32 {
        var opened = openCurrent()
        while Self.scarcities.contains(opened) {
            usleep(Self.scarcityPauseMicroseconds)
            opened = openCurrent()
        }
        return opened == 0 ? synchronizeData(descriptor) : opened
    }

    /// The result for a log that has lost its name. It is no `errno`.
    static let isAway: Int32 = -1

    private static let scarcities: Set<Int32> = [EMFILE, ENFILE, ENOMEM]
    private static let scarcityPauseMicroseconds: UInt32 = 50_000

    /// Makes sure that the descriptor is on the file that SQLite writes to and that the next daemon would open. Syncing a log
    /// that was replaced would succeed and mean nothing.
    private func openCurrent() -> Int32 {
        var onPath = stat()
        let found = stat(path, &onPath) == 0 ? 0 : errno
        if descriptor >= 0 {
            var mine = stat()
            guard fstat(descriptor, &mine) == 0 else { return errno }
            if found == ENOENT { return Self.isAway }
            guard found == 0 else { return found }
            return mine.st_ino == onPath.st_ino && mine.st_dev == onPath.st_dev ? 0 : Self.isAway
        }
        guard found == 0 else { return found }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        // The name of a new log has to reach the device as well.
        return JournalFile.synchronizeDirectory(of: path)
    }
}
