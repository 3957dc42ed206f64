import FlomNet
import FlomNetCore
import FlomSystem
import Glibc

/// Plain sockets for the other ends of the tests; nothing leaves the loopback interface.
enum Loopback {
    static let interface = Interfaces.up().first { $0.isLoopback }

    static func address(_ family: InternetAddress.Family, port: UInt16 = 0) -> InternetAddress {
        InternetAddress(text: family == .ipv4 ? "127.0.0.1" : "::1", port: port)!
    }

    static let families: [InternetAddress.Family] = [.ipv4, .ipv6].filter { family in
        (interface?.addresses.contains { $0.family == family }) ?? false
    }

    /// A port that was free a moment ago.
    static func freePort(_ kind: __socket_type, _ family: InternetAddress.Family = .ipv4) -> UInt16 {
        let descriptor = socket(family.number, Int32(kind.rawValue), 0)
        defer { close(descriptor) }
        _ = address(family).withAddress { bind(descriptor, $0, $1) }
        return name(of: descriptor)!.port
    }

    static func name(of descriptor: Int32, peer: Bool = false) -> InternetAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let result = peer ? getpeername(descriptor, address, &length) : getsockname(descriptor, address, &length)
                return result == 0 ? InternetAddress(address) : nil
            }
        }
    }

    static func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, level, name, &value, &size)
        return value
    }
}

/// A listener that does what the test tells it and no more.
final class RawListener {
    let descriptor: Int32
    let address: InternetAddress
    private var others: [Int32] = []

    init(_ family: InternetAddress.Family = .ipv4, backlog: Int32 = 8) {
        let descriptor = socket(family.number, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        _ = Loopback.address(family).withAddress { bind(descriptor, $0, $1) }
        listen(descriptor, backlog)
        address = Loopback.name(of: descriptor)!
    }

    deinit {
        for other in others { close(other) }
        close(descriptor)
    }

    /// Connects until the kernel lets nobody else wait.
    func fillBacklog() {
        for _ in 0..<8 {
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let other = socket(address.family.number, kind, 0)
            others.append(other)
            _ = address.withAddress { connect(other, $0, $1) }
        }
    }

    /// Takes the connection that waits, and says something.
    func greet(_ bytes: [UInt8]) {
        others.append(accept(descriptor, nil, nil))
        say(bytes)
    }

    /// On the connection taken last.
    func say(_ bytes: [UInt8]) { _ = send(others.last!, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Takes the connection that waits and ends it.
    func hangUp() { close(accept(descriptor, nil, nil)) }
}

/// Runs `body`, which must fail, and gives back how.
func failure<Value: ~Copyable>(_ body: () throws(NetworkError) -> Value) -> NetworkError? {
    do {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
