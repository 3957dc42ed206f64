package import FlomSystem
package import FlomWire
internal import Glibc

/// A client's end of a connection, on plain sockets: every step has a deadline, nothing needs a loop or a thread.
package struct ClientConnection: ~Copyable {
    private let socket: Descriptor
    private var reader = FrameReader(limit: FrameLimit.towardsOldClient)

    /// For `poll`.
    package var descriptor: Int32 { socket.number }

    init(owning descriptor: Int32) { socket = Descriptor(owning: descriptor) }

    /// The longest message accepted; raised when the daemon has confirmed the marker.
    package mutating func raiseFrameLimit() { reader.limit = FrameLimit.betweenOurs }

    /// One send for all, as 1.7.2 expects it of a message.
    package func send(_ messages: ClientMessage...) throws(NetworkError) {
        var bytes: [UInt8] = []
        do {
            for message in messages { try message.encode(into: &bytes) }
        } catch {
            throw NetworkError(.refused, "the request does not fit into a message of \(FrameLimit.towardsOldDaemon) bytes")
        }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN {
                guard wait(for: POLLOUT, until: .after(milliseconds: Self.sendLimitMilliseconds)) else {
                    throw NetworkError(.timedOut, "the daemon does not take what is sent to it")
                }
                continue
            }
            guard count > 0 else { throw NetworkError(.closed, "the daemon has closed the connection") }
            sent += count
        }
    }

    /// A daemon that reads nothing for so long is stopped or stuck.
    private static let sendLimitMilliseconds: Int64 = 5000

    /// The next message; nil if there is none before `deadline`.
    package mutating func receive(until deadline: Deadline) throws(NetworkError) -> ServerMessage? {
        while true {
            do {
                if let frame = try reader.next() { return try ServerMessage(decoding: frame) }
            } catch {
                throw NetworkError(.notFLoM, "what answers there does not speak FLoM's protocol (\(error))")
            }
            guard try readMore(until: deadline) else { return nil }
        }
    }

    /// False when the deadline has passed.
    private mutating func readMore(until deadline: Deadline) throws(NetworkError) -> Bool {
        guard wait(for: POLLIN, until: deadline) else { return false }
        var count = 0
        withUnsafeTemporaryAllocation(byteCount: 2048, alignment: 1) { chunk in
            repeat { count = recv(socket.number, chunk.baseAddress!, chunk.count, 0) } while count < 0 && errno == EINTR
            if count > 0 { reader.append(UnsafeRawBufferPointer(rebasing: chunk[..<count])) }
        }
        if count < 0 && errno == EAGAIN { return true }
        guard count > 0 else { throw NetworkError(.closed, "the daemon has closed the connection") }
        return true
    }

    private func wait(for event: Int32, until deadline: Deadline) -> Bool {
        var waiting = pollfd(fd: socket.number, events: Int16(event), revents: 0)
        while true {
            let count = poll(&waiting, 1, deadline.pollMilliseconds)
            if count > 0 { return true }
            if count == 0 && deadline.hasPassed { return false }
            if count < 0 && errno != EINTR { return false }
        }
    }

    /// 1.7.2's way to part: say that nothing more comes, and wait until the daemon closes, which it does when it has understood.
    package func finish(until deadline: Deadline) {
        shutdown(socket.number, Int32(SHUT_WR))
        var byte: UInt8 = 0
        while wait(for: POLLIN, until: deadline) {
            let count = recv(socket.number, &byte, 1, 0)
            if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { return }
        }
    }
}
