internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import Glibc

/// Keeps the daemon's UNIX socket: makes it or takes it over from the previous daemon, restores it when a tidy-up removed it, and
/// removes only its own.
final class SocketKeeper {
    private let address: UnixAddress
    private let mode: UInt32
    /// The lock file of 1.7.2; held until the process ends.
    private var legacyLock: Int32
    private var listener: UnixListener
    /// Whether a service manager has opened the socket. Its file then stays when the daemon ends.
    private var isGiven = false

    /// - Parameter inherited: the previous daemon's sockets. The one for this path is taken out.
    init(path: String, mode: UInt32, inherited: inout InheritedListeners) throws(NetworkError) {
        address = try UnixAddress(path: path)
        self.mode = mode
        legacyLock = try UnixListener.takeLock(beside: address, mode: mode & 0o666)
        if let listener = UnixListener(address, from: &inherited) {
            self.listener = listener
            isGiven = inherited.areGiven
        } else {
            // Sockets for other paths end the start before anything is made.
            try inherited.finish(for: path)
            listener = try UnixListener(address, mode: mode)
        }
    }

    var descriptor: Int32 { listener.descriptor }
    /// The socket, for the next daemon.
    var inheritance: InheritedListeners.Listener { .init(descriptor: listener.descriptor, inode: listener.inode) }

    func removeLock() { unlink(UnixListener.lockPath(beside: address)) }

    /// The paths of the socket and of the lock file.
    var names: [String] { [address.path, UnixListener.lockPath(beside: address)] }

    func removeName() { if !isGiven { listener.removeName(address) } }

    /// Restores socket and lock file where they were removed.
    ///
    /// - Returns: the new listening descriptor if the socket had to be made again.
    func repair() -> Int32? {
        // The lock file comes before the socket: a daemon of 1.7.2 that finds neither would start.
        if Files.status(of: UnixListener.lockPath(beside: address), followLinks: false) == nil,
            let lock = try? UnixListener.takeLock(beside: address, mode: mode & 0o666)
        {
            close(legacyLock)
            legacyLock = lock
        }
        let found = Files.status(of: address.path, followLinks: false)
        guard found.map({ UInt64($0.st_ino) }) != listener.inode else { return nil }
        // Another file at the path is not this daemon's to remove. If it is gone or stale, the socket comes back.
        guard let again = try? UnixListener(address, mode: mode) else { return nil }
        (listener, isGiven) = (again, false)
        return listener.descriptor
    }
}
