import Foundation

/// A UDP socket of the tests' own. No call blocks; waiting is polling.
package final class DatagramSocket: Sendable {
    package enum Family: Sendable {
        case ipv4
        case ipv6
    }

    /// A datagram, and where it came from.
    package struct Letter: Sendable {
        package let bytes: [UInt8]
        fileprivate let source: [UInt8]
    }

    private let descriptor: Int32

    init(_ family: Family, port: UInt16) throws {
        let own = try SocketAddress(family == .ipv4 ? "0.0.0.0" : "::", port)
        descriptor = try own.newSocket(SOCK_DGRAM)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard own.with({ bind(descriptor, $0, $1) }) == 0 else { throw SystemFailure("bind UDP port \(port)") }
    }

    deinit { close(descriptor) }

    /// Joins a group as 1.7.2's daemon does, on the interface that the kernel chooses. To be called on the host.
    func join(_ group: String) throws {
        var request = ip_mreq()
        inet_pton(AF_INET, group, &request.imr_multiaddr)
        let size = socklen_t(MemoryLayout<ip_mreq>.size)
        guard setsockopt(descriptor, Int32(IPPROTO_IP), IP_ADD_MEMBERSHIP, &request, size) == 0 else {
            throw SystemFailure("join \(group)")
        }
    }

    package func send(_ bytes: [UInt8], to address: String, port: UInt16 = Ports.flom) throws {
        let target = try SocketAddress(address, port)
        guard target.with({ sendto(descriptor, bytes, bytes.count, 0, $0, $1) }) == bytes.count else {
            throw SystemFailure("sendto \(address)")
        }
    }

    package func answer(_ letter: Letter, _ text: String) throws {
        let bytes = Array(text.utf8)
        let count = letter.source.withUnsafeBytes {
            sendto(
                descriptor, bytes, bytes.count, 0, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard count == bytes.count else { throw SystemFailure("sendto") }
    }

    /// The next datagram; nil if there is none now.
    package func next() -> Letter? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var source = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var length = socklen_t(source.count)
        let count = source.withUnsafeMutableBytes {
            recvfrom(descriptor, &buffer, buffer.count, 0, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return count < 0 ? nil : Letter(bytes: Array(buffer[..<count]), source: Array(source[..<Int(length)]))
    }

    package func receive() async throws -> Letter { try await found("a datagram comes") { next() } }
}
