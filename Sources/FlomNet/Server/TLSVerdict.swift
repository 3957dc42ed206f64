internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Stands behind the TLS library: nobody hears of a connection before its peer has proven who it is.
final class TLSVerdict: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// From the moment on at which the connection is opened for those behind.
    private(set) var peer: TLSPeer?
    private let handler: NIOSSLServerHandler
    private let opening: TLSOpening
    private let acceptor: TLSAcceptor
    private var isDecided = false

    init(_ handler: NIOSSLServerHandler, _ opening: TLSOpening, _ acceptor: TLSAcceptor) {
        self.handler = handler
        self.opening = opening
        self.acceptor = acceptor
    }

    /// It is not yet.
    func channelActive(context: ChannelHandlerContext) {}

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent, !isDecided {
            isDecided = true
            opening.finish()
            decide(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func decide(_ context: ChannelHandlerContext) {
        guard let certificate = handler.peerCertificate else { return refuse(context, "it has shown no certificate") }
        let peer = TLSPeer(certificate)
        if let objection = acceptor.credentials.objection(to: certificate) {
            return refuse(context, "its certificate (\(peer.subject)) \(objection)")
        }
        self.peer = peer
        acceptor.completed()
        context.fireChannelActive()
    }

    private func refuse(_ context: ChannelHandlerContext, _ reason: String) {
        acceptor.refused(PeerName.of(context.channel), reason)
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if peer != nil { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // 1.7.2's peers end the stream without a farewell, and so does whoever is killed: the end itself is told by the channel.
        if let error = error as? NIOSSLError, case .uncleanShutdown = error { return }
        guard !isDecided else { return context.fireErrorCaught(error) }
        isDecided = true
        opening.finish()
        // One that only came and went is not worth a word.
        if !opening.isSilent && !opening.isTurnedAway && !HandshakeFlaw.isEndOfStream(error) {
            let reason = HandshakeFlaw(error).sentence(certificate: handler.peerCertificate, acceptor.credentials)
            acceptor.refused(PeerName.of(context.channel), reason)
        }
        context.close(promise: nil)
    }
}
