internal import CFlomSystem
package import FlomModel
internal import FlomSystem
package import FlomWire
internal import Glibc
internal import NIOCore

/// What the kernel says of the process at the other end of a UNIX socket.
package struct PeerCredentials: Hashable, Sendable {
    /// 0 if it lives in a PID namespace that this daemon cannot see.
    package let pid: Int32
    package let uid: UInt32
    package let gid: UInt32

    /// For traces and the log.
    package var name: String { "\(process), uid \(uid)" }

    /// As above, without its user.
    package var process: String { pid > 0 ? "process \(pid)" : "a process of another PID namespace" }
}

/// One client's connection, on the daemon's loop only.
package final class Connection {
    package let session: SessionID
    /// Nil over TCP, where `/proc/net` has to say who is at the other end.
    package let credentials: PeerCredentials?
    /// This end and the other end of a TCP connection; nil on UNIX sockets.
    package let localAddress: InternetAddress?
    package let peerAddress: InternetAddress?
    /// Over TLS: who the other end has proven to be.
    package let tlsPeer: TLSPeer?
    private let channel: any Channel
    /// Over TLS on a UNIX socket.
    private let passing: DescriptorPassing?
    /// The longest message accepted; raised when both sides have shown the marker.
    package var frameLimit: Int = FrameLimit.towardsOldDaemon
    /// So many bytes may wait for a peer that does not read; then nothing more is sent, and `whenUnread` is called, once.
    package var unreadLimit = Int.max
    package var whenUnread: () -> Void = {}
    private var isUnread = false

    init(
        session: SessionID, credentials: PeerCredentials?, localAddress: InternetAddress?, peerAddress: InternetAddress?,
        tlsPeer: TLSPeer?, channel: any Channel, passing: DescriptorPassing?
    ) {
        self.session = session
        self.credentials = credentials
        self.localAddress = localAddress
        self.peerAddress = peerAddress
        self.tlsPeer = tlsPeer
        self.channel = channel
        self.passing = passing
    }

    /// For traces and the log.
    package var peerName: String {
        if let credentials { return credentials.name }
        return peerAddress.map { "\($0)" } ?? "somebody"
    }

    /// For one message. Nothing is kept: ten thousand connections that wait would each hold on to it.
    private static var room: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        return bytes
    }

    /// One message is one write.
    package func send(_ message: ServerMessage) {
        guard !isUnread else { return }
        var bytes = Self.room
        message.encode(into: &bytes)
        Trace.message("session \(session.number) gets", bytes)
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        if !channel.isWritable { lookAtBacklog() }
    }

    private func lookAtBacklog() {
        guard let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > unreadLimit else { return }
        isUnread = true
        // Not from within whoever is just answering.
        channel.eventLoop.assumeIsolated().execute { [self] in whenUnread() }
    }

    /// The groups of the process at the other end of a UNIX socket, beside its primary one.
    package func supplementaryGroups() -> [UInt32] {
        guard credentials != nil else { return [] }
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            var groups: [UInt32] = []
            // As many as the kernel allows; it says how many bytes it needs when there are more than we ask for.
            for capacity in [64, 65_536] {
                groups = [UInt32](repeating: 0, count: capacity)
                var length = socklen_t(capacity * MemoryLayout<UInt32>.size)
                if getsockopt(socket, SOL_SOCKET, Self.peerGroups, &groups, &length) == 0 {
                    return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size))
                }
                guard errno == ERANGE else { return [] }
            }
            return []
        }
        return found ?? []
    }

    /// `SO_PEERGROUPS`, which Swift's Glibc module lacks.
    private static let peerGroups: Int32 = 59

    /// As above, with a descriptor that the peer gets too. On a UNIX socket only.
    ///
    /// - Returns: false if the descriptor could not go along; then nothing has been sent.
    package func send(_ message: ServerMessage, passing descriptor: Int32) -> Bool {
        var bytes = Self.room
        message.encode(into: &bytes)
        Trace.message("session \(session.number) gets, with a descriptor", bytes)
        if let passing {
            passing.descriptor = descriptor
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            return true
        }
        // What NIO may still have to write would be overtaken; a client that waits for its grant has been told everything else.
        let sent = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            bytes.withUnsafeBytes { flom_send_descriptor(socket, $0.baseAddress, $0.count, descriptor) }
        }
        guard let sent, sent >= 0 else { return false }
        if sent < bytes.count { channel.writeAndFlush(ByteBuffer(bytes: bytes[sent...]), promise: nil) }
        return true
    }

    /// As above, for answers of which a peer may provoke many.
    ///
    /// An answer that fits into no frame ends the connection: whoever waits for it should know.
    ///
    /// - Parameter whenTaken: called on the loop when the kernel has taken all of it, or never will.
    package func send(_ message: ServerMessage, whenTaken: @escaping () -> Void) {
        var bytes = Self.room
        guard message.encode(into: &bytes) else { return close() }
        Trace.message("session \(session.number) gets", bytes)
        channel.writeAndFlush(ByteBuffer(bytes: bytes)).assumeIsolated().whenComplete { _ in whenTaken() }
    }

    /// Of a TCP connection: see `LossNotice`.
    package func noticeLoss(withinMilliseconds limit: Int64) {
        guard peerAddress != nil, let provider = channel as? any SocketOptionProvider else { return }
        for (name, value) in LossNotice.options(withinMilliseconds: limit) {
            _ = provider.unsafeSetSocketOption(level: .tcp, name: .init(rawValue: name), value: value)
        }
    }

    /// For how long the other end's kernel has acknowledged nothing; nil on a UNIX socket.
    package func millisecondsSinceAcknowledged() -> Int64? {
        guard peerAddress != nil else { return nil }
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            flom_milliseconds_since_acknowledged(socket)
        }
        return found.flatMap { $0 >= 0 ? Int64($0) : nil }
    }

    /// Closes after what was sent.
    package func close() { channel.close(promise: nil) }
}

/// What the daemon does with its connections. All calls come on its loop, in the order of events.
package protocol ConnectionOwner: AnyObject {
    func opened(_ connection: Connection)
    func received(_ message: ClientMessage, on connection: Connection)
    func closed(_ connection: Connection)
    /// The connection is about to be ended for what it sent; `closed` follows.
    func rejected(_ connection: Connection, because reason: String)
    /// As `rejected`, for a message of another protocol level than ours.
    func rejectedLevel(_ connection: Connection, _ reason: String)
    /// Nobody can be let in: the machine lacks something. It is tried again at once unless the server is paused.
    func pausedAccepting(because reason: String)
}

extension ConnectionOwner {
    package func rejected(_ connection: Connection, because reason: String) {}
    package func rejectedLevel(_ connection: Connection, _ reason: String) { rejected(connection, because: reason) }
    package func pausedAccepting(because reason: String) {}
}
