/// A client that sends any bytes, and reads answers as FLoM 1.7.2's client does. The connection ends with the object.
package final class RawClient: Sendable {
    private let stream: SocketStream
    /// A 1.7.2 client's buffer takes 1023 bytes.
    private static let longestAnswer = 1023

    init(_ stream: SocketStream) { self.stream = stream }

    package init(_ socket: String) async throws { stream = try await SocketStream.connect(to: socket) }

    package func send(_ text: String) async throws { try await stream.write(Array(text.utf8)) }
    package func send(_ bytes: [UInt8]) async throws { try await stream.write(bytes) }
    package func halfClose() { stream.halfClose() }
    /// Ends a TCP connection at once, and so that the other end notices, unlike a crash of the host.
    package func reset() { stream.reset() }

    /// The next message; nil if the daemon has closed.
    package func receive() async throws -> String? {
        var reader = LegacyReader(longest: Self.longestAnswer)
        while true {
            switch reader.next() {
            case .message(let bytes): return String(decoding: bytes, as: UTF8.self)
            case .overflow: throw NeverHappened(description: "an answer is longer than \(Self.longestAnswer) bytes")
            case .wants(let count):
                let read: [UInt8]? = try await found("the daemon answers or closes") {
                    switch stream.read(atMost: count) {
                    case .bytes(let bytes): .some(bytes)
                    case .ended: .some(nil)
                    case .nothingYet: nil
                    }
                }
                guard let read else {
                    guard reader.isEmpty else { throw NeverHappened(description: "the daemon closed within an answer") }
                    return nil
                }
                reader.take(read)
            }
        }
    }

    /// All bytes until the daemon closes.
    package func bytesUntilEnd() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await eventually("the daemon closes") {
            switch stream.read(atMost: 100) {
            case .bytes(let more):
                bytes += more
                return false
            case .nothingYet: return false
            case .ended: return true
            }
        }
        return bytes
    }

    /// Whether neither an answer nor the connection's end has come. The answer counts only after the daemon has served a client
    /// that came later.
    package var hearsNothing: Bool {
        if case .nothingYet = stream.read(atMost: 1, peeking: true) { true } else { false }
    }
}
