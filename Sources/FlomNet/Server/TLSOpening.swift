internal import NIOCore

/// Stands before the TLS library: turns plain text away with a sign that its sender understands, and ends handshakes that do not end.
final class TLSOpening: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let acceptor: TLSAcceptor
    private var number: UInt64?
    private var channel: (any Channel)?
    private var limit: Scheduled<Void>?
    private var speaksTLS = false
    /// It has been told, and the log, that TLS is spoken here.
    private(set) var isTurnedAway = false
    /// Whether no byte has come yet: nothing can be said against such a peer.
    private(set) var isSilent = true

    init(_ acceptor: TLSAcceptor) { self.acceptor = acceptor }

    func channelActive(context: ChannelHandlerContext) {
        channel = context.channel
        number = acceptor.began(self)
        limit = context.eventLoop.assumeIsolated().scheduleTask(in: TLSAcceptor.handshakeLimit) { [weak self] in
            self?.waitedLongEnough()
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isSilent = false
        if speaksTLS { return context.fireChannelRead(data) }
        guard !isTurnedAway else { return }
        let buffer = unwrapInboundIn(data)
        if buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == PlainAlert.handshakeRecord {
            speaksTLS = true
            return context.fireChannelRead(data)
        }
        isTurnedAway = true
        acceptor.refused(PeerName.of(context.channel), "it does not speak TLS")
        finish()
        PlainAlert.say(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        if isSilent, ConnectionHandler.internetAddress(context.channel.localAddress) != nil { acceptor.cameAndWent() }
        channel = nil
        context.fireChannelInactive()
    }

    private func waitedLongEnough() {
        guard isSilent, let channel else { return giveUp("the handshake was not over within 10 s") }
        end(channel)
    }

    /// Too late, or in the way of others.
    func giveUp(_ reason: String) {
        guard let channel else { return }
        // That it was in the way of others is worth a word also if it has said nothing.
        isSilent = false
        acceptor.refused(PeerName.of(channel), reason)
        end(channel)
    }

    private func end(_ channel: any Channel) {
        finish()
        // Not through the TLS library, which would say farewell and wait.
        self.channel = nil
        channel.pipeline.syncOperations.context(of: self)?.close(promise: nil)
    }

    /// The handshake is over, one way or the other.
    func finish() {
        limit?.cancel()
        limit = nil
        if let number { acceptor.ended(number) }
        number = nil
    }
}

extension ChannelPipeline.SynchronousOperations {
    fileprivate func context(of handler: any ChannelHandler) -> ChannelHandlerContext? { try? context(handler: handler) }
}
