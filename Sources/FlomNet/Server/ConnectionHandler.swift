internal import CFlomSystem
internal import FlomModel
internal import FlomNetCore
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// Turns a channel's bytes into messages for the owner. A bad message costs its sender the connection, and affects no other.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The time within which a message that has begun must be complete. 1.7.2's daemon waits for ever, and serves no other client.
    static let halfMessageLimit = TimeAmount.seconds(10)

    private let session: SessionID
    private unowned let owner: any ConnectionOwner
    /// The verdict on the peer, if the daemon speaks TLS.
    private let verdict: TLSVerdict?
    private let passing: DescriptorPassing?
    private var connection: Connection?
    private var reader = FrameReader(limit: FrameLimit.towardsOldDaemon)
    private var halfMessage: Scheduled<Void>?
    private var hasHeardNothing = true
    /// Whether the owner was told why the connection is closed: whatever still comes on it is ignored.
    private var isRejected = false
    private let bounds: ServerBounds
    /// The place among the connections whose message has begun and not ended.
    private var place: UInt64?
    private var channel: (any Channel)?

    init(
        session: SessionID, owner: any ConnectionOwner, bounds: ServerBounds, verdict: TLSVerdict? = nil,
        passing: DescriptorPassing? = nil
    ) {
        self.session = session
        self.owner = owner
        self.bounds = bounds
        self.verdict = verdict
        self.passing = passing
    }

    func channelActive(context: ChannelHandlerContext) {
        let local = Self.internetAddress(context.channel.localAddress)
        let peer = Self.internetAddress(context.channel.remoteAddress)
        // The TCP peer is gone again. Without its address it must not pass for a local one.
        guard local == nil || peer != nil else {
            bounds.silentConnections += 1
            context.close(promise: nil)
            return
        }
        let connection = Connection(
            session: session, owner: owner, credentials: local == nil ? Self.credentials(of: context.channel) : nil,
            localAddress: local, peerAddress: peer, speaksTLS: verdict != nil, tlsPeer: verdict?.peer, channel: context.channel,
            passing: passing)
        self.connection = connection
        Trace.step(.connections, "session \(session.number) opened by \(connection.peerName)")
        if let peer { Trace.step(.tcp, "session \(session.number): connection from \(peer)") }
        owner.opened(connection)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection, !isRejected else { return }
        let buffer = unwrapInboundIn(data)
        let isFirst = hasHeardNothing
        hasHeardNothing = false
        if verdict == nil, isFirst {
            if buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == PlainAlert.handshakeRecord {
                self.connection = nil
                owner.rejected(connection, because: "it speaks TLS, and this daemon is started without")
                owner.closed(connection)
                return PlainAlert.say(context)
            }
        }
        buffer.withUnsafeReadableBytes { reader.append($0) }
        do {
            reader.limit = connection.frameLimit
            while self.connection != nil, let frame = try reader.next() {
                Trace.message("session \(session.number) sent", frame)
                let message = try ClientMessage(decoding: frame)
                Trace.step(.parser, "session \(session.number) sent \(message.word)")
                owner.received(message, on: connection)
                reader.limit = connection.frameLimit
            }
        } catch {
            isRejected = true
            Trace.step(.parser, "session \(session.number): \(error)")
            if case .tooLong = error { bounds.longFrames += 1 }
            if case .levelMismatch(let reason) = error {
                owner.rejectedLevel(connection, reason)
            } else {
                owner.rejected(connection, because: "\(error)")
            }
            // There is no answer: 1.7.2's clients expect the end of the connection.
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if reader.isEmpty {
            forgetHalfMessage()
        } else if halfMessage == nil, connection != nil {
            channel = context.channel
            place = bounds.began(self)
            halfMessage = context.eventLoop.assumeIsolated().scheduleTask(in: Self.halfMessageLimit) { [self] in
                giveUp("its message did not come to its end")
            }
        }
        context.fireChannelReadComplete()
    }

    /// Closes the connection, because its message does not end or has to make room for others.
    func giveUp(_ reason: String) {
        let channel = channel
        forgetHalfMessage()
        if let connection, !isRejected { owner.rejected(connection, because: reason) }
        isRejected = true
        channel?.close(promise: nil)
    }

    private func forgetHalfMessage() {
        halfMessage?.cancel()
        halfMessage = nil
        if let place { bounds.ended(place) }
        place = nil
        channel = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        forgetHalfMessage()
        if let connection {
            self.connection = nil
            // Over TLS the peer has proven its identity.
            if hasHeardNothing, verdict == nil, connection.peerAddress != nil { bounds.silentConnections += 1 }
            Trace.step(.connections, "session \(session.number) closed")
            owner.closed(connection)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is a hang-up like any other: the owner learns of it when the channel closes.
        context.close(promise: nil)
    }

    /// The address; nil for UNIX sockets.
    static func internetAddress(_ address: SocketAddress?) -> InternetAddress? {
        address.flatMap { $0.withSockAddr { address, _ in InternetAddress(address) } }
    }

    static func credentials(of channel: any Channel) -> PeerCredentials? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let option: EventLoopFuture<flom_peer> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        var found: PeerCredentials?
        // On the loop the future is fulfilled when it is returned, and runs its callback at once.
        option.assumeIsolated().whenSuccess { found = PeerCredentials(pid: $0.pid, uid: $0.uid, gid: $0.gid) }
        return found
    }
}
