internal import FlomWire
internal import NIOCore
internal import NIOEmbedded
internal import NIOSSL
internal import NIOTLS

/// TLS for a blocking socket, nearly always a client's: bytes in, bytes out, and no socket of its own. The TLS library is made for an event loop; it
/// gets one that does nothing but to run it.
final class TLSPump {
    private let credentials: TLSCredentials
    private let channel: EmbeddedChannel
    private let handler: NIOSSLHandler
    private let listener = Listener()

    /// What the library says of it, after which the connection is of no use.
    struct Broken: Error {
        let flaw: HandshakeFlaw
    }

    /// - Parameter isServer: waits for the other side to begin.
    init(_ credentials: TLSCredentials, isServer: Bool = false) throws {
        self.credentials = credentials
        channel = EmbeddedChannel()
        // No name is sent: hosts are told apart by their ids.
        handler =
            try isServer
            ? NIOSSLServerHandler(context: credentials.context)
            : NIOSSLClientHandler(context: credentials.context, serverHostname: nil)
        try channel.pipeline.syncOperations.addHandlers([handler, listener])
        // The address means nothing; becoming active begins the handshake.
        channel.connect(to: try SocketAddress(unixDomainSocketPath: "peer"), promise: nil)
    }

    deinit {
        channel.pipeline.close(promise: nil)
        // Past the time for a farewell, which nobody is there to send.
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var isOpen = false
        var plain: [UInt8] = []

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSUserEvent { isOpen = true }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            plain += unwrapInboundIn(data).readableBytesView
        }
    }

    /// The handshake is over.
    var isOpen: Bool { listener.isOpen }
    /// The peer has said farewell.
    var isEnded: Bool { !channel.isActive }
    var checksPeerID: Bool { credentials.settings.checksPeerID }
    var peer: TLSPeer? { handler.peerCertificate.map { TLSPeer($0) } }
    /// Why a peer whose certificate has been verified is refused all the same; completes "the certificate of X …".
    var objection: String? {
        guard let certificate = handler.peerCertificate else { return "was not shown" }
        return credentials.objection(to: certificate)
    }

    func whyNotVerified() -> String { HandshakeFlaw.whyNotVerified(handler.peerCertificate, credentials) }

    /// Takes what came from the socket.
    func take(_ bytes: [UInt8]) throws(Broken) {
        do { try channel.writeInbound(ByteBuffer(bytes: bytes)) } catch { throw Broken(flaw: HandshakeFlaw(error)) }
    }

    /// Encrypts one message, in records of its own.
    func seal(_ message: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: message), promise: nil) }

    /// What is to be sent over the socket now.
    func outgoing() -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { bytes += buffer.readableBytesView }
        return bytes
    }

    /// What the peer has said, once.
    func plainText() -> [UInt8] {
        defer { listener.plain.removeAll() }
        return listener.plain
    }
}
