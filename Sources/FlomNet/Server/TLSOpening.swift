internal import NIOCore

/// Stands before the TLS library. It refuses plain text in a way that the sender understands, and ends handshakes that take too long.
final class TLSOpening: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let acceptor: TLSAcceptor
    private var number: UInt64?
    private var channel: (any Channel)?
    private var limit: Scheduled<Void>?
    private var speaksTLS = false
    /// Whether the peer was refused because it speaks plain text.
    private(set) var isTurnedAway = false
    /// Whether no byte has come yet. The end of such a connection is not logged.
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

    /// Ends the handshake, because it takes too long or has to make room for another.
    func giveUp(_ reason: String) {
        guard let channel else { return }
        // An eviction is logged also if no byte has come.
        isSilent = false
        acceptor.refused(PeerName.of(channel), reason)
        end(channel)
    }

    private func end(_ channel: any Channel) {
        finish()
        // Not through the TLS library, which would send a close_notify and wait.
        self.channel = nil
        channel.pipeline.syncOperations.context(of: self)?.close(promise: nil)
    }

    /// Notes that the handshake is over, whatever its result.
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
