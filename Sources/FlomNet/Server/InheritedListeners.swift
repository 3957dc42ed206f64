package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// Listening sockets that the previous daemon has left, or a service manager has opened, with the connections that wait in them. A
/// listener claims those that are bound to its addresses; the rest is closed before anything is bound.
package struct InheritedListeners: Sendable {
    package struct Listener: Sendable {
        package let descriptor: Int32
        /// The inode of the file of a UNIX socket; 0 for TCP. The socket itself does not know its file.
        package let inode: UInt64

        package init(descriptor: Int32, inode: UInt64) {
            self.descriptor = descriptor
            self.inode = inode
        }
    }

    private var listeners: [Listener] = []
    /// Whether the sockets belong to a service manager, which wants all of them served: the daemon does not remove their names.
    package let areGiven: Bool

    package init(areGiven: Bool = false) { self.areGiven = areGiven }

    /// The sockets that a service manager passed to this process.
    ///
    /// - Throws: `NetworkError` about a descriptor that is not a listening stream socket, or accepts more than its address says.
    package static func given(_ descriptors: [Int32]) throws(NetworkError) -> InheritedListeners {
        var result = InheritedListeners(areGiven: !descriptors.isEmpty)
        for descriptor in descriptors {
            let address = InternetAddress.filled { getsockname(descriptor, $0, $1) }
            let path = address == nil ? UnixAddress.path(ofSocket: descriptor) : nil
            guard address != nil || path != nil, option(descriptor, SO_TYPE) == Int32(SOCK_STREAM.rawValue) else {
                throw refusal(descriptor, "is no TCP socket and no stream socket with a path")
            }
            guard option(descriptor, SO_ACCEPTCONN) == 1 else { throw refusal(descriptor, "does not listen (Accept=yes?)") }
            if let address, address.family == .ipv6, address.isWildcard, option(descriptor, IPV6_V6ONLY, level: IPPROTO_IPV6) == 0
            {
                throw refusal(descriptor, "takes IPv4 as well: say BindIPv6Only=ipv6-only, and name the IPv4 address beside it")
            }
            // The manager's descriptor stays open, for a program that takes over in this process.
            let own = fcntl(descriptor, F_DUPFD_CLOEXEC, firstOwn)
            guard own >= 0 else { throw NetworkError(.failed, "\(SystemError("fcntl"))") }
            let inode = path.flatMap { Files.status(of: $0, followLinks: false) }.map { UInt64($0.st_ino) }
            result.add(own, inode: inode ?? 0)
        }
        return result
    }

    /// The first descriptor number for duplicates: above those that service managers pass.
    private static let firstOwn: Int32 = 70

    private static func option(_ descriptor: Int32, _ name: some BinaryInteger, level: some BinaryInteger = SOL_SOCKET) -> Int32?
    {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, Int32(level), Int32(name), &value, &size) == 0 ? value : nil
    }

    private static func refusal(_ descriptor: Int32, _ reason: String) -> NetworkError {
        NetworkError(.refused, "the socket that the service manager passed as descriptor \(descriptor) \(reason)")
    }

    package var isEmpty: Bool { listeners.isEmpty }

    /// Adds a descriptor. One that does not listen is closed.
    package mutating func add(_ descriptor: Int32, inode: UInt64) {
        guard Self.option(descriptor, SO_ACCEPTCONN) == 1 else {
            close(descriptor)
            return
        }
        listeners.append(Listener(descriptor: descriptor, inode: inode))
    }

    /// Claims the socket that clients of this path reach; nil if there is none.
    mutating func claim(_ address: UnixAddress) -> Listener? {
        guard let found = Files.status(of: address.path, followLinks: false), found.st_mode & S_IFMT == S_IFSOCK else {
            return nil
        }
        return listeners.firstIndex { $0.inode == UInt64(found.st_ino) && $0.inode != 0 }.map { listeners.remove(at: $0) }
    }

    mutating func claim(_ address: InternetAddress) -> Int32? {
        let place = listeners.firstIndex { listener in
            InternetAddress.filled { getsockname(listener.descriptor, $0, $1) } == address
        }
        return place.map { listeners.remove(at: $0).descriptor }
    }

    mutating func takeAll() -> [Int32] {
        defer { listeners = [] }
        return listeners.map(\.descriptor)
    }

    /// Closes the sockets that no address has claimed.
    ///
    /// - Throws: `NetworkError` if a service manager wanted one of them served.
    package mutating func finish(for endpoint: String) throws(NetworkError) {
        defer { closeAll() }
        guard areGiven, let left = listeners.first else { return }
        let address = InternetAddress.filled { getsockname(left.descriptor, $0, $1) }
        let name =
            address.map { $0.family == .ipv6 ? "[\($0.text)]:\($0.port)" : "\($0.text):\($0.port)" }
            ?? UnixAddress.path(ofSocket: left.descriptor) ?? ""
        throw NetworkError(
            .refused,
            "the service manager passed the socket '\(name)', which does not belong to the endpoint '\(endpoint)' that the options say"
        )
    }

    package mutating func closeAll() {
        for listener in listeners { close(listener.descriptor) }
        listeners = []
    }
}
