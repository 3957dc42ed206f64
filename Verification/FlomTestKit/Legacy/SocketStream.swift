import Foundation

/// One end of a connection, on a UNIX socket or over TCP. No call blocks; waiting is polling.
final class SocketStream: Sendable {
    private let descriptor: Int32

    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { Foundation.close(descriptor) }

    static func withAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(107)) }
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }

    static func newSocket() throws -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw SystemFailure("socket") }
        return descriptor
    }

    static func connect(to path: String) async throws -> SocketStream {
        let stream = SocketStream(owning: try newSocket())
        try await eventually("'\(path)' takes a connection") {
            if withAddress(path, { Foundation.connect(stream.descriptor, $0, $1) }) == 0 { return true }
            guard errno == EAGAIN else { throw SystemFailure("connect \(path)") }
            return false
        }
        return stream
    }

    /// Whether a connection that was begun over TCP is established.
    ///
    /// - Throws: when it was refused.
    func isConnected() throws -> Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 0) > 0 else { return false }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw SystemFailure("connect", code) }
        return true
    }

    /// Ends a TCP connection by a reset.
    func reset() {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        Foundation.connect(descriptor, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// - Throws: when the other end has closed.
    func write(_ bytes: [UInt8]) async throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0 && errno == EAGAIN {
                try await Task.sleep(for: .milliseconds(1))
                continue
            }
            guard count > 0 else { throw SystemFailure("send") }
            rest = rest.dropFirst(count)
        }
    }

    enum Reading {
        case bytes([UInt8])
        case ended
        case nothingYet
    }

    func read(atMost limit: Int, peeking: Bool = false) -> Reading {
        var buffer = [UInt8](repeating: 0, count: limit)
        let flags = peeking ? Int32(MSG_PEEK) : 0
        let count = recv(descriptor, &buffer, limit, flags)
        if count > 0 { return .bytes(Array(buffer[..<count])) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothingYet : .ended
    }

    func halfClose() { shutdown(descriptor, Int32(SHUT_WR)) }
}
