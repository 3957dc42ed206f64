internal import FlomSystem
internal import Glibc

/// Listening sockets that the daemon before has left, with the connections that wait in them. Who listens takes those that are his
/// addresses; the rest is closed before anything is bound.
package struct InheritedListeners: Sendable {
    package struct Listener: Sendable {
        package let descriptor: Int32
        /// Of the file of a UNIX socket; 0 for TCP. The socket itself does not know which file leads to it.
        package let inode: UInt64

        package init(descriptor: Int32, inode: UInt64) {
            self.descriptor = descriptor
            self.inode = inode
        }
    }

    private var listeners: [Listener] = []

    package init() {}

    package var isEmpty: Bool { listeners.isEmpty }

    /// Takes a descriptor over. One that does not listen is closed.
    package mutating func add(_ descriptor: Int32, inode: UInt64) {
        var listens: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0, listens != 0 else {
            close(descriptor)
            return
        }
        listeners.append(Listener(descriptor: descriptor, inode: inode))
    }

    /// The one that whoever connects to this path reaches.
    mutating func take(_ address: UnixAddress) -> Listener? {
        guard let found = Files.status(of: address.path, followLinks: false), found.st_mode & S_IFMT == S_IFSOCK else {
            return nil
        }
        return listeners.firstIndex { $0.inode == UInt64(found.st_ino) && $0.inode != 0 }.map { listeners.remove(at: $0) }
    }

    mutating func take(_ address: InternetAddress) -> Int32? {
        let place = listeners.firstIndex { listener in
            InternetAddress.filled { getsockname(listener.descriptor, $0, $1) } == address
        }
        return place.map { listeners.remove(at: $0).descriptor }
    }

    package mutating func closeAll() {
        for listener in listeners { close(listener.descriptor) }
        listeners = []
    }
}
