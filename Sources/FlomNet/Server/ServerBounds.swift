internal import NIOCore

/// What a server's connections together may use of the machine, and how often a bound was reached. Used on the daemon's loop only.
package final class ServerBounds {
    /// The most messages that may have begun and not ended. Each takes up to 64 KiB. One more evicts the oldest: an honest message is over
    /// in milliseconds.
    package var halfMessages = 1000
    package internal(set) var longFrames = 0
    /// The number of connections that were closed to make room for a half message.
    package private(set) var refusedHalfMessages = 0
    /// How often the machine had no descriptor or no memory for another connection.
    package internal(set) var pauses = 0
    /// The number of TCP connections that ended before a byte had come on them: health checks, port scans.
    package internal(set) var silentConnections = 0

    private var waiting = EvictionQueue<ConnectionHandler>()

    package var halfMessageCount: Int { waiting.count }

    func began(_ handler: ConnectionHandler) -> UInt64 {
        while let oldest = waiting.evict(toFitInto: halfMessages) {
            refusedHalfMessages += 1
            oldest.giveUp(
                "\(halfMessages) messages had begun and not ended, and its was the oldest of them (--limit-half-messages)")
        }
        return waiting.enter(handler)
    }

    func ended(_ place: UInt64) { waiting.leave(place) }
}

/// Tells the owner why no connection can be accepted. The owner has to pause the server, or the loop would spin.
final class AcceptErrors: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private let bounds: ServerBounds
    private unowned let owner: any ConnectionOwner

    init(_ bounds: ServerBounds, _ owner: any ConnectionOwner) {
        self.bounds = bounds
        self.owner = owner
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        bounds.pauses += 1
        owner.pausedAccepting(because: "\(error)")
    }
}
