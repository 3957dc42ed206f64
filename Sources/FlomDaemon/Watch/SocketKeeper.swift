internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// The daemon's UNIX socket: makes it, makes it again when a tidy-up removed it, and removes only its own.
/// Or goes on with that of the daemon before.
final class SocketKeeper {
    private let address: UnixAddress
    private let mode: UInt32
    /// 1.7.2's lock file; held until the process ends.
    private var legacyLock: Int32
    private var listener: UnixListener
    /// A service manager's stays when the daemon ends.
    private var isGiven = false

    /// - Parameter inherited: from the daemon before.
    init(path: String, mode: UInt32, inherited: inout InheritedListeners) throws(NetworkError) {
        address = try UnixAddress(path: path)
        self.mode = mode
        legacyLock = try UnixListener.takeLock(beside: address, mode: mode & 0o666)
        if let listener = UnixListener(address, from: &inherited) {
            self.listener = listener
            isGiven = inherited.areGiven
        } else {
            // Before anything is made in its place.
            try inherited.finish(for: path)
            listener = try UnixListener(address, mode: mode)
        }
    }

    var descriptor: Int32 { listener.descriptor }
    /// For the next daemon.
    var inheritance: InheritedListeners.Listener { .init(descriptor: listener.descriptor, inode: listener.inode) }

    func removeLock() { unlink(UnixListener.lockPath(beside: address)) }

    /// The socket's and the lock file's.
    var names: [String] { [address.path, UnixListener.lockPath(beside: address)] }

    func removeName() { if !isGiven { listener.removeName(address) } }

    /// Returns a new listening descriptor if the socket had to be made again.
    func repair() -> Int32? {
        // Before the socket: a daemon of 1.7.2 that finds neither would begin.
        if Files.status(of: UnixListener.lockPath(beside: address), followLinks: false) == nil,
            let lock = try? UnixListener.takeLock(beside: address, mode: mode & 0o666)
        {
            close(legacyLock)
            legacyLock = lock
        }
        let found = Files.status(of: address.path, followLinks: false)
        guard found.map({ UInt64($0.st_ino) }) != listener.inode else { return nil }
        // Something else at our path is not ours to remove; if it is gone or stale, the socket comes back.
        guard let again = try? UnixListener(address, mode: mode) else { return nil }
        (listener, isGiven) = (again, false)
        return listener.descriptor
    }
}
