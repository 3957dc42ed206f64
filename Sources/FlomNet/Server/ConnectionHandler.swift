internal import CFlomSystem
internal import FlomEngine
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// Turns a channel's bytes into messages for the owner. A bad message costs its sender the connection and nothing else.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// A message that has begun must be whole after this long: 1.7.2's daemon waits for ever and serves nobody meanwhile.
    static let halfMessageLimit = TimeAmount.seconds(10)

    private let session: SessionID
    private unowned let owner: any ConnectionOwner
    /// Of a daemon that speaks TLS.
    private let verdict: TLSVerdict?
    private let passing: DescriptorPassing?
    private var connection: Connection?
    private var reader = FrameReader(limit: FrameLimit.towardsOldDaemon)
    private var halfMessage: Scheduled<Void>?
    private var hasHeardNothing = true

    init(session: SessionID, owner: any ConnectionOwner, verdict: TLSVerdict? = nil, passing: DescriptorPassing? = nil) {
        self.session = session
        self.owner = owner
        self.verdict = verdict
        self.passing = passing
    }

    func channelActive(context: ChannelHandlerContext) {
        let local = Self.internetAddress(context.channel.localAddress)
        let peer = Self.internetAddress(context.channel.remoteAddress)
        // A TCP peer that has gone again before anybody looked; without its address it must not pass for a local one.
        guard local == nil || peer != nil else {
            context.close(promise: nil)
            return
        }
        let connection = Connection(
            session: session, credentials: local == nil ? Self.credentials(of: context.channel) : nil, localAddress: local,
            peerAddress: peer, tlsPeer: verdict?.peer, channel: context.channel, passing: passing)
        self.connection = connection
        Trace.step(.connections, "session \(session.number) opened by \(connection.peerName)")
        if let peer { Trace.step(.tcp, "session \(session.number): connection from \(peer)") }
        owner.opened(connection)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection else { return }
        let buffer = unwrapInboundIn(data)
        if verdict == nil, hasHeardNothing {
            hasHeardNothing = false
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
            Trace.step(.parser, "session \(session.number): \(error)")
            if case .levelMismatch(let reason) = error {
                owner.rejectedLevel(connection, reason)
            } else {
                owner.rejected(connection, because: "\(error)")
            }
            // Nothing is answered: 1.7.2's clients expect the end.
            context.close(promise: nil)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if reader.isEmpty {
            halfMessage?.cancel()
            halfMessage = nil
        } else if halfMessage == nil {
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            let channel = context.channel
            halfMessage = context.eventLoop.scheduleTask(in: Self.halfMessageLimit) {
                if let connection = bound.value.connection {
                    bound.value.owner.rejected(connection, because: "its message did not come to its end")
                }
                channel.close(promise: nil)
            }
        }
        context.fireChannelReadComplete()
    }

    func channelInactive(context: ChannelHandlerContext) {
        halfMessage?.cancel()
        if let connection {
            self.connection = nil
            Trace.step(.connections, "session \(session.number) closed")
            owner.closed(connection)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is a hang-up like any other; the channel's end tells the owner.
        context.close(promise: nil)
    }

    /// Nil for UNIX sockets.
    private static func internetAddress(_ address: SocketAddress?) -> InternetAddress? {
        address.flatMap { $0.withSockAddr { address, _ in InternetAddress(address) } }
    }

    static func credentials(of channel: any Channel) -> PeerCredentials? {
        guard let provider = channel as? any SocketOptionProvider else { return nil }
        let option: EventLoopFuture<flom_peer> = provider.unsafeGetSocketOption(
            level: .socket, name: .init(rawValue: SO_PEERCRED))
        var found: PeerCredentials?
        // On the loop the future is fulfilled by the time it is returned, and runs its callback at once.
        option.assumeIsolated().whenSuccess { found = PeerCredentials(pid: $0.pid, uid: $0.uid) }
        return found
    }
}
