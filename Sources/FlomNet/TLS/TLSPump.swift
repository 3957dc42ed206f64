internal import FlomNetCore
internal import FlomWire
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// TLS for a blocking socket, nearly always a client's: bytes in, bytes out, and no socket of its own. The TLS library is made for an
/// event loop and gets one that runs nothing else.
final class TLSPump {
    private let credentials: TLSCredentials
    private let channel = PumpChannel()
    private let handler: NIOSSLHandler
    private let listener = Listener()

    /// The library's error, after which the connection is unusable.
    struct Broken: Error {
        let flaw: HandshakeFlaw
    }

    /// - Parameter isServer: whether the other side begins the handshake.
    init(_ credentials: TLSCredentials, isServer: Bool = false) throws {
        self.credentials = credentials
        // No name is sent: hosts are identified by their ids.
        handler =
            try isServer
            ? NIOSSLServerHandler(context: credentials.context)
            : NIOSSLClientHandler(context: credentials.context, serverHostname: nil)
        try channel.pipeline.syncOperations.addHandlers([handler, listener])
        // The handshake begins when the channel becomes active.
        try channel.begin()
    }

    // A close_notify is not sent.
    deinit { channel.end() }

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

    /// Whether the handshake is complete.
    var isOpen: Bool { listener.isOpen }
    /// Whether the peer has sent a close_notify.
    var isEnded: Bool { !channel.isActive }
    var checksPeerID: Bool { credentials.settings.checksPeerID }
    var peer: TLSPeer? { handler.peerCertificate.map { TLSPeer($0) } }
    /// Why a peer with a verified certificate is refused all the same; completes "the certificate of X …"; nil if it is not.
    var objection: String? {
        guard let certificate = handler.peerCertificate else { return "was not shown" }
        return credentials.objection(to: certificate)
    }

    func whyNotVerified() -> String { HandshakeFlaw.whyNotVerified(handler.peerCertificate, credentials) }

    /// Decrypts bytes from the socket.
    func receive(_ bytes: [UInt8]) throws(Broken) {
        do { try channel.receive(ByteBuffer(bytes: bytes)) } catch { throw Broken(flaw: HandshakeFlaw(error)) }
    }

    /// Encrypts one message in records of its own.
    func seal(_ message: [UInt8]) { channel.send(ByteBuffer(bytes: message)) }

    /// The bytes to send over the socket now.
    func outgoing() -> [UInt8] {
        var bytes: [UInt8] = []
        for buffer in channel.takeWritten() { bytes += buffer.readableBytesView }
        return bytes
    }

    /// The decrypted bytes, each returned once.
    func plainText() -> [UInt8] {
        defer { listener.plain.removeAll() }
        return listener.plain
    }
}
