internal import NIOCore

/// What a server's connections may take of the machine all together, and how often that was too little. On the daemon's loop only.
package final class ServerBounds {
    /// So many messages may have begun and not ended. Each takes up to 64 KiB. When one more begins, the one that has taken longest
    /// goes: an honest one is over in milliseconds.
    package var halfMessages = 1000
    package internal(set) var longFrames = 0
    /// Connections that were ended for one more half message.
    package private(set) var refusedHalfMessages = 0
    /// How often the machine had no descriptor or no memory for one more connection.
    package internal(set) var pauses = 0
    /// TCP connections that ended before a byte had come on them: health checks, port scans.
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

/// Hears why nobody can be accepted. The owner has to pause the server, or the loop would spin.
final class AcceptTrouble: ChannelInboundHandler {
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
