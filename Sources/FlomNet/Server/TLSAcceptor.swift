internal import FlomSystem
internal import NIOCore
internal import NIOSSL

/// What all TLS connections of a daemon have in common: the files, how many may be shaking hands, and what came of it. On the
/// daemon's loop only.
///
/// A handshake is steps of the loop like everything else, so none of them holds up another or those who work.
package final class TLSAcceptor {
    package enum News: Sendable {
        /// A connection was closed because the peer did not prove who it is; with its address, and why.
        case refused(peer: String, reason: String)
        /// The files have changed, and the new ones are used from now on.
        case renewed
        /// The files have changed, and cannot be used.
        case broken(NetworkError)
    }

    /// As for half a message.
    static let handshakeLimit = TimeAmount.seconds(10)
    private static let lookInterval = TimeAmount.seconds(1)

    /// So many handshakes may be under way, which bounds their memory and descriptors. When one more comes, the one that takes longest
    /// goes: an honest one is over in milliseconds.
    package var mostHandshakes = 512
    package let credentials: TLSCredentials
    /// Of connections, since the daemon has started.
    package private(set) var completedCount = 0
    package private(set) var refusedCount = 0
    /// Those of the refused that were in the way of another handshake.
    package private(set) var droppedCount = 0
    /// TCP connections that ended before a byte had come on them.
    package private(set) var silentCount = 0
    package var handshakeCount: Int { handshakes.count }
    private let report: (News) -> Void
    private var handshakes = EvictionQueue<TLSOpening>()
    private var lastLook = NIODeadline.distantPast

    package init(_ credentials: TLSCredentials, report: @escaping (News) -> Void) {
        self.credentials = credentials
        self.report = report
    }

    /// Looks whether the files have changed: on a signal, and when a connection comes, at most once a second.
    package func refresh() {
        lastLook = .now()
        switch credentials.refresh() {
        case .unchanged: break
        case .renewed: report(.renewed)
        case .broken(let error): report(.broken(error))
        }
    }

    /// Puts the handshake before what reads messages.
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
