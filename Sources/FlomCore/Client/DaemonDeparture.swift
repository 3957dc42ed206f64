package import FlomModel

/// How a daemon has left its clients.
package enum DaemonDeparture: Hashable, Sendable, CaseIterable {
    /// Without a word: it crashed, or the way to it broke.
    case unexplained
    /// A signal ended it. Its sender may start the next one, as a service manager does.
    case stopped
    /// Its successor is being started.
    case restarting
    /// A person has shut it down.
    case shutDown
    /// Nothing was left for it to do.
    case idle
    /// It is there, and has no room for this client.
    case noRoom
}

/// Whether a client may start the next daemon.
package struct StartingRight: Hashable, Sendable {
    /// How long a service manager that has stopped its daemon has to start the next one before a client does.
    package static let managersMilliseconds: Int64 = 2000

    /// Whether the client may start a daemon where none is.
    package let mayStart: Bool
    /// Whether daemons are found by a group: a lost one may only be out of sight there.
    package let isFoundByGroup: Bool

    package init(mayStart: Bool, isFoundByGroup: Bool) {
        self.mayStart = mayStart
        self.isFoundByGroup = isFoundByGroup
    }

    /// Whether a client whose daemon has left so may start the next one at all: after a crash or a signal, not after an end that a
    /// person has asked for.
    package func mayReplace(_ departure: DaemonDeparture) -> Bool {
        guard mayStart, !isFoundByGroup else { return false }
        return switch departure {
        case .unexplained, .stopped, .idle: true
        case .restarting, .shutDown, .noRoom: false
        }
    }

    /// Whether it may do so now.
    ///
    /// - Parameter since: when the departure was noticed.
    package func mayReplace(_ departure: DaemonDeparture, since: Instant, now: Instant) -> Bool {
        precondition(since <= now, "a daemon has left in the future")
        return mayReplace(departure)
            && (departure != .stopped || now.milliseconds(since: since) >= Self.managersMilliseconds)
    }

    /// How long a waiter waits for a daemon that has left so. One that may start it has as long as for any daemon; the place of one
    /// that may not is kept no longer than the grace.
    package func patienceMilliseconds(after departure: DaemonDeparture, graceMilliseconds: Int64) -> Int64 {
        precondition(graceMilliseconds >= 0, "a place is kept for \(graceMilliseconds) ms")
        return mayReplace(departure) ? RequestDeadlines.startMilliseconds : graceMilliseconds
    }
}
