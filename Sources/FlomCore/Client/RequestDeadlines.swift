package import FlomModel

/// The one time limit of a lock request, from its beginning to the lock, and the limits of the steps that have one whatever it is.
package struct RequestDeadlines: Hashable, Sendable {
    /// A request that does not queue may still take so long to connect, to start a daemon and to get its first answer.
    package static let handshakeMilliseconds: Int64 = 5000
    /// To reach a daemon, starting one if need be, when the request has no limit.
    package static let startMilliseconds: Int64 = 30_000
    /// A name is looked up for so long by a client that does not want to wait for a lock, and so not for a dead name server either.
    package static let namingMilliseconds: Int64 = 2000

    /// By when a daemon must be reached.
    package let connect: Instant
    /// By when the lock must be granted; nil for never.
    package let lock: Instant?

    /// - Parameters:
    ///   - timeoutMilliseconds: negative waits for ever, 0 does not wait.
    ///   - now: when the request begins.
    package init(timeoutMilliseconds: Int32, from now: Instant) {
        switch timeoutMilliseconds {
        case 0:
            connect = now.advanced(byMilliseconds: Self.handshakeMilliseconds)
            lock = connect
        case ..<0:
            connect = now.advanced(byMilliseconds: Self.startMilliseconds)
            lock = nil
        default:
            connect = now.advanced(byMilliseconds: Int64(timeoutMilliseconds))
            lock = connect
        }
    }

    /// By when a first answer must be there, and for a client that comes back also a connection. A waiter that comes back, or was sent
    /// away for lack of room, finds a daemon that is busy with many others who do: it has as long as it would wait anyway.
    ///
    /// - Parameter hasBeenHeard: whether a daemon has answered this request before.
    package func firstAnswer(hasBeenHeard: Bool, at now: Instant) -> Instant {
        precondition(lock.map { $0 >= connect } ?? true, "a lock may be there before its daemon")
        guard hasBeenHeard else { return connect }
        let limit = now.advanced(byMilliseconds: Self.startMilliseconds)
        return lock.map { min($0, limit) } ?? limit
    }
}
