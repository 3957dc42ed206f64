internal import FlomNetCore
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Stands behind the TLS library: the handlers behind it learn of a connection only when its peer has proven its identity.
final class TLSVerdict: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// The proven peer; nil until the connection is opened for the handlers behind.
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

    /// Not passed on: the peer has not proven its identity yet.
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
        // 1.7.2's peers end the stream without a close_notify, as does a killed process. The channel reports the end itself.
        if let error = error as? NIOSSLError, case .uncleanShutdown = error { return }
        guard !isDecided else { return context.fireErrorCaught(error) }
        isDecided = true
        opening.finish()
        // A connection that only came and went is not logged.
        if !opening.isSilent && !opening.isTurnedAway && !HandshakeFlaw.isEndOfStream(error) {
            let reason = HandshakeFlaw(error).sentence(certificate: handler.peerCertificate, acceptor.credentials)
            acceptor.refused(PeerName.of(context.channel), reason)
        }
        context.close(promise: nil)
    }
}
