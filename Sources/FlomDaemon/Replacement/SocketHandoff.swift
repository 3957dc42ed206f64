internal import CFlomSystem
internal import FlomNet
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// The channel on which a daemon hands its listening sockets to its successor, so that no client is refused in between: a client
/// that connects after the daemon has stopped accepting waits in the socket's backlog.
///
/// The successor asks first. Then the daemon ends, and sends the sockets and `go` as its last words. Neither side depends on the
/// other's version. A program that never asks gets no sockets, which it would keep open without serving. A successor without a
/// channel listens anew. A successor that sees the end before `go` gives up: its daemon was killed, or ended by an order to end.
enum SocketHandoff {
    /// The environment variable of the successor's end, beside `DaemonOrder.variable`: a `PassedDescriptor`.
    static let variable = "FLOM_HAND_OVER"

    private static let question = Array("sockets?".utf8)
    private static let go = Array("go".utf8)
    private static let longestWord = 64

    /// Both ends, close-on-exec. It carries packets, so that words and descriptors stay together.
    static func makeChannel() throws(SystemError) -> (daemon: Int32, successor: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw SystemError("socketpair") }
        return (ends[0], ends[1])
    }

    // MARK: - The daemon's end

    /// Whether the successor has asked for the sockets. Call it when the channel is readable.
    static func isAsked(on channel: Int32) -> Bool {
        var word = [UInt8](repeating: 0, count: longestWord)
        let count = recv(channel, &word, word.count, Int32(MSG_DONTWAIT))
        return count > 0 && word[..<count].elementsEqual(question)
    }

    /// Sends the daemon's last words. A socket that cannot be sent is left out; the successor listens anew.
    static func send(_ listeners: [InheritedListeners.Listener], on channel: Int32) {
        for listener in listeners {
            let word = Array("\(listener.inode)".utf8)
            _ = word.withUnsafeBytes { flom_send_descriptor(channel, $0.baseAddress, $0.count, listener.descriptor) }
        }
        _ = go.withUnsafeBytes { Glibc.send(channel, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    // MARK: - The successor's end

    /// The channel that this process was started with, and the daemon at its other end; nil if it got none. The variable is
    /// removed.
    static func channelFromEnvironment() -> (daemon: Int32, channel: Int32)? {
        PassedDescriptor.fromEnvironment(variable, kind: S_IFSOCK).map { ($0.sender, $0.descriptor) }
    }

    /// Asks for the sockets, waits for the daemon's last words, and closes the channel.
    ///
    /// - Throws: `DaemonError` if the daemon has ended without handing over.
    static func requestListeners(on channel: Int32) throws(DaemonError) -> InheritedListeners {
        defer { close(channel) }
        _ = question.withUnsafeBytes { Glibc.send(channel, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        var listeners = InheritedListeners()
        var word = [UInt8](repeating: 0, count: longestWord)
        while true {
            var descriptor: Int32 = -1
            let count = flom_receive_descriptor(channel, &word, word.count, &descriptor)
            if count < 0 && errno == EINTR { continue }
            if count > 0, descriptor >= 0 {
                listeners.add(descriptor, inode: UInt64(String(decoding: word[..<count], as: UTF8.self)) ?? 0)
            } else if count > 0 && word[..<count].elementsEqual(go) {
                return listeners
            } else {
                listeners.closeAll()
                throw DaemonError("the daemon that was to be replaced has ended in another way")
            }
        }
    }
}
