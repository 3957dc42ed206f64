import Foundation

/// The tests' own sockets on a host.
extension NetworkHost {
    /// Runs a function in the network of this host. Sockets that it opens stay there.
    func inside<Result>(_ body: () throws -> Result) throws -> Result {
        let home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        let there = open("/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
        defer {
            close(home)
            close(there)
        }
        guard home >= 0, there >= 0, Self.setns(there, Self.networkNamespace) == 0 else { throw SystemFailure("setns") }
        // The function must not suspend: only this thread is in the other network.
        defer {
            guard Self.setns(home, Self.networkNamespace) == 0 else { fatalError("a thread is lost in \(namespace)") }
        }
        return try body()
    }

    /// `CLONE_NEWNET`.
    private static let networkNamespace: Int32 = 0x4000_0000
    /// Not in Swift's Glibc module.
    private static let setns = unsafeBitCast(
        dlsym(nil, "setns"), to: (@convention(c) (Int32, Int32) -> Int32).self)

    /// Connects from this host.
    func connect(to address: String, port: UInt16 = Ports.flom) async throws -> SocketStream {
        let (stream, state) = try inside {
            let target = try SocketAddress(address, port)
            let descriptor = try target.newSocket(SOCK_STREAM)
            return (SocketStream(owning: descriptor), target.with { Foundation.connect(descriptor, $0, $1) } == 0 ? 0 : errno)
        }
        guard state == 0 || state == EINPROGRESS else { throw SystemFailure("connect \(address)", state) }
        try await eventually("\(address) port \(port) takes a connection") { try stream.isConnected() }
        return stream
    }

    /// A client of the test's own that reads as 1.7.2's client does.
    package func rawClient(to address: String, port: UInt16 = Ports.flom) async throws -> RawClient {
        RawClient(try await connect(to: address, port: port))
    }

    /// Takes a port, and listens unless told otherwise: no other process may listen there. Close the descriptor to free the port.
    package func bind(_ address: String, port: UInt16 = Ports.flom, listening: Bool = true) throws -> Int32 {
        try inside {
            let own = try SocketAddress(address, port)
            let descriptor = try own.newSocket(SOCK_STREAM)
            var shares: Int32 = listening ? 1 : 0
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &shares, socklen_t(MemoryLayout<Int32>.size))
            guard own.with({ Foundation.bind(descriptor, $0, $1) }) == 0, !listening || listen(descriptor, 1000) == 0 else {
                throw SystemFailure("listen on \(address) port \(port)")
            }
            return descriptor
        }
    }

    /// A UDP socket on any port of all addresses, or on one port.
    package func datagrams(_ family: DatagramSocket.Family = .ipv4, port: UInt16 = 0) throws -> DatagramSocket {
        try inside { try DatagramSocket(family, port: port) }
    }

    /// A stand-in for 1.7.2's daemon on this host.
    package func legacyDaemon(on address: String, port: UInt16 = Ports.flom) throws -> LegacyDaemon {
        LegacyDaemon(owning: try bind(address, port: port), name: "\(address) port \(port)")
    }
}

package enum Ports {
    package static let flom: UInt16 = 28015
}

/// A numeric address with a port, in the system's form.
struct SocketAddress {
    private let storage: [UInt8]
    private let family: Int32

    /// - Parameter text: with an interface for link-local addresses, as in `fe80::2%eth0`: so it must be made inside the host.
    init(_ text: String, _ port: UInt16) throws {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(text, "\(port)", &hints, &list) == 0, let first = list?.pointee else {
            throw NeverHappened(description: "'\(text)' is no address")
        }
        defer { freeaddrinfo(list) }
        storage = Array(UnsafeRawBufferPointer(start: first.ai_addr, count: Int(first.ai_addrlen)))
        family = first.ai_family
    }

    func newSocket(_ kind: __socket_type) throws -> Int32 {
        let flags = Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, flags, 0)
        guard descriptor >= 0 else { throw SystemFailure("socket") }
        return descriptor
    }

    func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        storage.withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) }
    }
}
