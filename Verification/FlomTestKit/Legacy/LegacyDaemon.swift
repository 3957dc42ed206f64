import Foundation

/// A stand-in for FLoM 1.7.2's daemon on a UNIX socket or TCP, which the test plays step by step. It reads as the real one does,
/// and throws `Harm` on input that would kill or hang that one.
package final class LegacyDaemon: Sendable {
    private let descriptor: Int32
    private let name: String

    /// - Parameter name: the address or path on which it listens.
    init(owning descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    package init(_ path: String) throws {
        name = path
        descriptor = try SocketStream.newSocket()
        guard SocketStream.withAddress(path, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 100) == 0 else {
            throw SystemFailure("listen on \(path)")
        }
    }

    deinit { close(descriptor) }

    package func accept() async throws -> LegacySession {
        let connection: Int32 = try await found("a client connects to '\(name)'") {
            let connection = accept4(descriptor)
            return connection >= 0 ? connection : nil
        }
        return LegacySession(SocketStream(owning: connection))
    }

    private func accept4(_ listener: Int32) -> Int32 {
        let connection = Foundation.accept(listener, nil, nil)
        guard connection >= 0 else { return connection }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        _ = fcntl(connection, F_SETFL, O_NONBLOCK)
        return connection
    }
}

/// The stand-in's end of one connection. The connection ends with the object, as at the daemon's death.
package final class LegacySession: @unchecked Sendable {
    private let stream: SocketStream
    private var name: String?
    /// A 1.7.2 daemon's buffer takes 511 bytes.
    private static let longestRequest = 511

    init(_ stream: SocketStream) { self.stream = stream }

    /// The first message, which must be a lock request.
    package func receiveLock() async throws -> LegacyMessage {
        guard let message = try await receive() else { throw Harm("the client left without a word") }
        try message.checkLock()
        name = message["resource", "name"]
        return message
    }

    /// A shutdown, which may come instead of a lock request.
    ///
    /// - Returns: whether it is immediate.
    package func receiveShutdown() async throws -> Bool {
        guard let message = try await receive() else { throw Harm("the client left without a word") }
        return try message.checkShutdown()
    }

    /// The unlock, which must name the locked resource.
    package func receiveUnlock() async throws {
        guard let message = try await receive() else { throw Harm("the client left without an unlock") }
        try message.checkUnlock(of: name)
    }

    /// The client half-closes or closes, and says nothing before that.
    package func receiveEnd() async throws {
        if let message = try await receive() { throw Harm("after its last word the client said \(message)") }
    }

    /// Answers byte for byte as 1.7.2 does.
    package func answer(_ text: String) async throws { try await stream.write(Array(text.utf8)) }

    /// Half-closes: nothing more is sent, and messages of the client are still read.
    package func hangUp() { stream.halfClose() }

    /// Whether neither a message nor the client's end has come. The answer counts only after something else has shown that the client
    /// has gone on.
    package var hearsNothing: Bool {
        if case .nothingYet = stream.read(atMost: 1, peeking: true) { true } else { false }
    }

    private func receive() async throws -> LegacyMessage? {
        var reader = LegacyReader(longest: Self.longestRequest)
        while true {
            switch reader.next() {
            case .message(let bytes): return try LegacyMessage(bytes)
            case .overflow: throw Harm("a request is longer than \(Self.longestRequest) bytes")
            case .wants(let count):
                let read: [UInt8]? = try await found("the client speaks or leaves") {
                    switch stream.read(atMost: count) {
                    case .bytes(let bytes): .some(bytes)
                    case .ended: .some(nil)
                    case .nothingYet: nil
                    }
                }
                guard let read else {
                    guard reader.isEmpty else { throw Harm("bytes after </msg>, on which 1.7.2 would hang") }
                    return nil
                }
                reader.take(read)
            }
        }
    }
}
