internal import CFlomSystem
package import FlomModel
package import FlomNetCore
internal import FlomSystem
package import FlomWire
internal import Glibc
internal import NIOCore

/// The process at the other end of a UNIX socket, as the kernel reports it.
package struct PeerCredentials: Hashable, Sendable {
    /// The pid; 0 if the process is in a PID namespace that this daemon cannot see.
    package let pid: Int32
    package let uid: UInt32
    package let gid: UInt32

    /// The process and its user, for traces and the log.
    package var name: String { "\(process), uid \(uid)" }

    /// The process without its user.
    package var process: String { pid > 0 ? "process \(pid)" : "a process of another PID namespace" }
}

/// One client's connection. Used on the daemon's loop only.
package final class Connection {
    package let session: SessionID
    /// The process at the other end; nil over TCP, where `/proc/net` has to tell.
    package let credentials: PeerCredentials?
    /// This end and the other end of a TCP connection; nil on UNIX sockets.
    package let localAddress: InternetAddress?
    package let peerAddress: InternetAddress?
    /// Over TLS: the proven identity of the other end.
    package let tlsPeer: TLSPeer?
    private let channel: any Channel
    /// Sends descriptors over TLS on a UNIX socket; nil otherwise.
    private let passing: DescriptorPassing?
    /// The longest message accepted; raised when both sides have shown the marker.
    package var frameLimit: Int = FrameLimit.towardsOldDaemon
    /// The most bytes that may wait for a peer that does not read. Beyond, nothing more is sent, and the owner is told once.
    package var unreadLimit = Int.max
    private unowned let owner: any ConnectionOwner
    private var isUnread = false
    /// The socket, if messages are written to it as they are; nil over TLS.
    private let socket: NIOBSDSocket.Handle?
    /// Writes that SwiftNIO has not made yet. Nothing may overtake them.
    private var writesUnderWay = 0

    init(
        session: SessionID, owner: any ConnectionOwner, credentials: PeerCredentials?, localAddress: InternetAddress?,
        peerAddress: InternetAddress?,
        speaksTLS: Bool, tlsPeer: TLSPeer?, channel: any Channel, passing: DescriptorPassing?
    ) {
        self.session = session
        self.owner = owner
        self.credentials = credentials
        self.localAddress = localAddress
        self.peerAddress = peerAddress
        self.tlsPeer = tlsPeer
        self.channel = channel
        self.passing = passing
        let socket = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
        self.socket = speaksTLS ? nil : socket
    }

    /// The other end, for traces and the log.
    package var peerName: String {
        if let credentials { return credentials.name }
        return peerAddress.map { "\($0)" } ?? "an unknown peer"
    }

    /// A buffer for one message. It is not kept: ten thousand waiting connections would keep one each.
    private static var room: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        return bytes
    }

    /// Sends a message in one write.
    package func send(_ message: ServerMessage) {
        guard !isUnread else { return }
        var bytes = Self.room
        message.encode(into: &bytes)
        Trace.message("session \(session.number) gets", bytes)
        let sent = sendAtOnce(bytes)
        guard sent < bytes.count else { return }
        write(bytes[sent...])
        if !channel.isWritable { lookAtBacklog() }
    }

    /// Hands bytes to the kernel without SwiftNIO's queue, which takes as long again as the call itself.
    ///
    /// - Returns: how many bytes the kernel has taken. The rest is SwiftNIO's, which also finds out what is wrong with the socket.
    private func sendAtOnce(_ bytes: [UInt8]) -> Int {
        guard let socket, writesUnderWay == 0, channel.isActive else { return 0 }
        return max(
            0,
            bytes.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
            })
    }

    /// - Parameter whenTaken: called on the loop when the kernel has taken everything, or never will.
    private func write(_ bytes: ArraySlice<UInt8>, whenTaken: @escaping () -> Void = {}) {
        writesUnderWay += 1
        channel.writeAndFlush(ByteBuffer(bytes: bytes)).assumeIsolated().whenComplete { [self] _ in
            writesUnderWay -= 1
            whenTaken()
        }
    }

    private func lookAtBacklog() {
        guard let waiting = try? channel.syncOptions?.getOption(.bufferedWritableBytes), waiting > unreadLimit else { return }
        isUnread = true
        // Not from within the code that is sending.
        channel.eventLoop.assumeIsolated().execute { [self] in owner.leftUnread(self) }
    }

    /// The supplementary groups of the process at the other end of a UNIX socket.
    package func supplementaryGroups() -> [UInt32] {
        guard credentials != nil else { return [] }
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            var groups: [UInt32] = []
            // The second size is the most that the kernel allows; the call fails when there are more groups than fit.
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

    /// The socket option `SO_PEERGROUPS`, which Swift's Glibc module lacks.
    private static let peerGroups: Int32 = 59

    /// Sends a message with a descriptor, over a UNIX socket.
    ///
    /// - Returns: false if the descriptor could not be sent. Then nothing has been sent.
    package func send(_ message: ServerMessage, passing descriptor: Int32) -> Bool {
        var bytes = Self.room
        message.encode(into: &bytes)
        Trace.message("session \(session.number) gets, with a descriptor", bytes)
        if let passing {
            passing.descriptor = descriptor
            write(bytes[...])
            return true
        }
        // This write would overtake what NIO has not written yet. A client that waits for its grant has been sent everything else.
        let sent = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            bytes.withUnsafeBytes { flom_send_descriptor(socket, $0.baseAddress, $0.count, descriptor) }
        }
        guard let sent, sent >= 0 else { return false }
        if sent < bytes.count { write(bytes[sent...]) }
        return true
    }

    /// Sends a message of which a peer may provoke many.
    ///
    /// An answer that fits into no frame ends the connection, so that the client does not wait for it.
    ///
    /// - Parameter whenTaken: called on the loop when the kernel has taken the whole message, or never will.
    package func send(_ message: ServerMessage, whenTaken: @escaping () -> Void) {
        var bytes = Self.room
        guard message.encode(into: &bytes) else { return close() }
        Trace.message("session \(session.number) gets", bytes)
        write(bytes[...], whenTaken: whenTaken)
    }

    /// Limits the time after which a loss of a TCP connection is noticed: see `LossNotice`.
    package func noticeLoss(withinMilliseconds limit: Int64) {
        guard peerAddress != nil, let provider = channel as? any SocketOptionProvider else { return }
        for (name, value) in LossNotice.options(withinMilliseconds: limit) {
            _ = provider.unsafeSetSocketOption(level: .tcp, name: .init(rawValue: name), value: value)
        }
    }

    /// The time since the other end's kernel acknowledged anything; nil on a UNIX socket.
    package func millisecondsSinceAcknowledged() -> Int64? {
        guard peerAddress != nil else { return nil }
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { socket in
            flom_milliseconds_since_acknowledged(socket)
        }
        return found.flatMap { $0 >= 0 ? Int64($0) : nil }
    }

    /// Closes the connection when everything was sent.
    package func close() { channel.close(promise: nil) }
}

/// The owner of connections, which is the daemon. It is called on its loop, in the order of events.
package protocol ConnectionOwner: AnyObject {
    func opened(_ connection: Connection)
    func received(_ message: ClientMessage, on connection: Connection)
    func closed(_ connection: Connection)
    /// The connection is about to be closed for what the peer sent; `closed` follows.
    func rejected(_ connection: Connection, because reason: String)
    /// The connection is about to be closed for a message of another protocol level; `closed` follows.
    func rejectedLevel(_ connection: Connection, _ reason: String)
    /// The peer does not read what it has asked for: more than `Connection.unreadLimit` bytes wait. Nothing more is sent to it.
    func leftUnread(_ connection: Connection)
    /// No connection can be accepted, because the machine lacks something. The server tries again at once unless it is paused.
    func pausedAccepting(because reason: String)
}

extension ConnectionOwner {
    package func rejected(_ connection: Connection, because reason: String) {}
    package func rejectedLevel(_ connection: Connection, _ reason: String) { rejected(connection, because: reason) }
    package func leftUnread(_ connection: Connection) {}
    package func pausedAccepting(because reason: String) {}
}
