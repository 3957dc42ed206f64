package import FlomModel

/// How long a client tries to tell its daemon that the lock is free.
package struct Unlocking: Hashable, Sendable {
    /// A daemon that is stuck must not hold up the end of the command.
    package static let limitMilliseconds: Int64 = 5000
    /// Over a network: many round trips, and a few times what the kernel takes to send again what was lost.
    package static let firstConnectionMilliseconds: Int64 = 2000

    /// When it is given up.
    package let end: Instant
    /// How long the present connection is given.
    package private(set) var patience: Instant

    /// - Parameter mayChangeConnection: on a way over a network that has become bad the unlock waits behind all that was sent before it.
    ///   On a new connection it does not.
    package init(mayChangeConnection: Bool, from now: Instant) {
        end = now.advanced(byMilliseconds: Self.limitMilliseconds)
        patience = mayChangeConnection ? now.advanced(byMilliseconds: Self.firstConnectionMilliseconds) : end
    }

    /// The first connection has not done it: the next one has all the time that is left.
    package mutating func useNextConnection() {
        precondition(patience <= end, "a connection is given more time than the unlock")
        patience = end
    }

    /// Whether another attempt is worth while.
    package func goesOn(after departure: DaemonDeparture, canResume: Bool, now: Instant) -> Bool {
        canResume && departure != .shutDown && now < end
    }
}
