package import FlomNetCore
internal import FlomSystem
internal import NIOCore
internal import NIOSSL

/// What the TLS connections of a daemon have in common: the files, the bound on handshakes, and their results. Used on the daemon's loop
/// only.
///
/// A handshake consists of steps of the loop like everything else, so it delays neither other handshakes nor other connections.
package final class TLSAcceptor {
    package enum News: Sendable {
        /// A connection was closed because the peer did not prove its identity; with its address and the reason.
        case refused(peer: String, reason: String)
        /// The files have changed, and the new ones are in use.
        case renewed
        /// The files have changed, and the new ones cannot be used.
        case broken(NetworkError)
    }

    /// The time within which a handshake must be complete, as for a message.
    static let handshakeLimit = TimeAmount.seconds(10)
    private static let lookInterval = TimeAmount.seconds(1)

    /// The most handshakes that may be under way, which bounds their memory and descriptors. One more evicts the oldest: an honest
    /// handshake is over in milliseconds.
    package var mostHandshakes = 512
    package let credentials: TLSCredentials
    /// The number of completed handshakes since the daemon started.
    package private(set) var completedCount = 0
    package private(set) var refusedCount = 0
    /// The refused handshakes that were evicted to make room for another.
    package private(set) var droppedCount = 0
    /// The number of TCP connections that ended before a byte had come on them.
    package private(set) var silentCount = 0
    package var handshakeCount: Int { handshakes.count }
    private let report: (News) -> Void
    private var handshakes = EvictionQueue<TLSOpening>()
    private var lastLook = NIODeadline.distantPast

    package init(_ credentials: TLSCredentials, report: @escaping (News) -> Void) {
        self.credentials = credentials
        self.report = report
    }

    /// Checks whether the files have changed: on a signal, and when a connection comes, at most once a second.
    package func refresh() {
        lastLook = .now()
        switch credentials.refresh() {
        case .unchanged: break
        case .renewed: report(.renewed)
        case .broken(let error): report(.broken(error))
        }
    }

    /// Puts the handshake before the handlers that read messages.
    func guardChannel(_ channel: any Channel) throws -> TLSVerdict {
        if NIODeadline.now() - lastLook >= Self.lookInterval { refresh() }
        let handler = NIOSSLServerHandler(context: credentials.context)
        let opening = TLSOpening(self)
        let verdict = TLSVerdict(handler, opening, self)
        try channel.pipeline.syncOperations.addHandlers([opening, handler, verdict])
        return verdict
    }

    func began(_ opening: TLSOpening) -> UInt64 {
        while let oldest = handshakes.evict(toFitInto: mostHandshakes) {
            droppedCount += 1
            oldest.giveUp(
                "\(mostHandshakes) handshakes were under way, and it was the oldest of them (--limit-handshakes)")
        }
        return handshakes.enter(opening)
    }

    func ended(_ number: UInt64) { handshakes.leave(number) }

    func completed() { completedCount += 1 }

    func cameAndWent() { silentCount += 1 }

    package func refused(_ peer: String, _ reason: String) {
        refusedCount += 1
        report(.refused(peer: peer, reason: reason))
    }
}
