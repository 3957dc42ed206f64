import FlomNet
import FlomNetCore
import FlomWire
import Glibc
import NIOCore
import NIOPosix

/// A group of its own for a test, on the loopback interface only.
///
/// Linux carries no IPv6 groups there. Inside a network namespace, where nothing can get out either, FLOM_TEST_INTERFACE names
/// an interface of the namespace to be used for them.
struct Group {
    let address: InternetAddress
    let interfaces: [NetworkInterface]

    static func make(_ family: InternetAddress.Family = .ipv4) -> Group {
        let port = Loopback.freePort(SOCK_DGRAM, family)
        let number = UInt8.random(in: 1...254)
        let text = family == .ipv4 ? "239.255.77.\(number)" : "ff15::77:\(number)"
        return Group(address: InternetAddress(text: text, port: port)!, interfaces: interface(family).map { [$0] } ?? [])
    }

    private static func interface(_ family: InternetAddress.Family) -> NetworkInterface? {
        guard family == .ipv6, let name = getenv("FLOM_TEST_INTERFACE") else { return Loopback.interface }
        return Interfaces.up().first { $0.name == String(cString: name) }
    }

    /// A group that reaches no further than the link of the interface.
    static func makeOfLink() -> Group? {
        let group = make(.ipv6)
        guard let interface = group.interfaces.first,
            let address = InternetAddress(text: "ff12::77:1%\(interface.name)", port: group.address.port)
        else { return nil }
        return Group(address: address, interfaces: group.interfaces)
    }

    /// Why the kernel does not carry groups of the family over the interface; nil if it does.
    static func refusal(_ family: InternetAddress.Family) -> String? {
        let group = make(family)
        let problem = failure { () throws(NetworkError) in
            try DiscoveryClient.discover(group.discovery(attempts: 1, timeout: 1), interfaces: group.interfaces)
        }
        if let problem { return problem.sentence }
        let responder = try? RunningResponder(group, answer: .init(address: "", port: 1))
        defer { responder?.stop() }
        let isFound = (try? group.discover(attempts: 1, timeout: 1000).found.isEmpty) == false
        return isFound ? nil : "what is sent to a group over the interface does not arrive"
    }

    func discovery(attempts: Int = 2, timeout: Int64 = 2000) -> Discovery {
        var discovery = Discovery(group: address)
        discovery.attempts = attempts
        discovery.timeoutMilliseconds = timeout
        return discovery
    }

    /// All daemons, and the steps on the way to them.
    func discover(
        attempts: Int = 2, timeout: Int64 = 2000, note: DiscoveryNote? = nil, onStep: (DiscoveryStep) -> Void = { _ in }
    ) throws -> (found: [FoundDaemon], steps: [DiscoveryStep]) {
        var steps: [DiscoveryStep] = []
        let found = try DiscoveryClient.discover(
            discovery(attempts: attempts, timeout: timeout), note: note, interfaces: interfaces
        ) { step in
            steps.append(step)
            onStep(step)
        }
        return (found, steps)
    }
}

func note(_ id: String, _ time: Int64) -> DiscoveryNote { DiscoveryNote(daemonID: id, createdAtMicroseconds: time)! }

/// A responder on a loop, for tests that are not on it.
struct RunningResponder: Sendable {
    /// One for all, so that several of them answer at the same moment also on a busy machine: a client waits 20 ms for the second.
    private static let loop = MultiThreadedEventLoopGroup.singleton.next()

    private let bound: NIOLoopBound<DiscoveryResponder>

    /// Waits until it serves. Not for calls on the loop.
    init(
        _ group: Group, answer: DiscoveryResponder.Answer?,
        onQuery: @escaping @Sendable (DiscoveryNote?, InternetAddress) -> Void = { _, _ in }
    ) throws {
        let loop = Self.loop
        let ready = loop.makePromise(of: Void.self)
        let interfaces = group.interfaces
        bound = try loop.submit {
            let responder = DiscoveryResponder(
                on: loop, group: group.address, answer: answer, interfaces: { interfaces }, onQuery: onQuery)
            responder.start { error in
                if let error { ready.fail(error) } else { ready.succeed() }
            }
            return NIOLoopBound(responder, eventLoop: loop)
        }.wait()
        try ready.futureResult.wait()
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable (DiscoveryResponder) -> Value) throws -> Value {
        try Self.loop.submit { [bound] in body(bound.value) }.wait()
    }

    func stop() { try? run { $0.stop() } }
}

/// A UDP socket of the test, with time limits on everything.
final class RawDatagramSocket {
    let descriptor: Int32

    /// - Parameter group: joined, and its port bound, if given.
    init(member group: Group? = nil, _ family: InternetAddress.Family = .ipv4) {
        descriptor = socket(family.number, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard let group, let interface = group.interfaces.first else {
            _ = Loopback.address(family).withAddress { bind(descriptor, $0, $1) }
            return
        }
        var one: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        _ = InternetAddress.wildcard(.ipv4, port: group.address.port).withAddress { bind(descriptor, $0, $1) }
        var request = ip_mreqn()
        withUnsafeMutableBytes(of: &request.imr_multiaddr) { $0.copyBytes(from: group.address.bytes) }
        request.imr_ifindex = Int32(interface.index)
        setsockopt(descriptor, Int32(IPPROTO_IP), IP_ADD_MEMBERSHIP, &request, socklen_t(MemoryLayout<ip_mreqn>.size))
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8], to address: InternetAddress) {
        _ = address.withAddress { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    /// Nil if nothing comes.
    func receive(wait: Bool = true) -> (bytes: [UInt8], source: InternetAddress)? {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let flags = wait ? 0 : Int32(MSG_DONTWAIT)
                let count = recvfrom(descriptor, &buffer, buffer.count, flags, address, &length)
                guard count >= 0, let source = InternetAddress(address) else { return nil }
                return (Array(buffer[..<count]), source)
            }
        }
    }
}
