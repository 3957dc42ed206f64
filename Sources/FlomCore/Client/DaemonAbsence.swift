package import FlomModel

/// A waiter without its daemon: whether it goes on trying.
package struct DaemonAbsence: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case tryAgain
        /// The request's own time is over.
        case expired
        /// A person has ended the daemon, and the wait with it.
        case shutDown
        /// The daemon has not come back for so long.
        case staysAway(milliseconds: Int64)
    }

    /// When the waiter gives up; nil while it has a daemon.
    package private(set) var givesUpAt: Instant?

    package init() {}

    /// A daemon was reached, or the place is lost: the next absence counts from its own beginning.
    package mutating func end() { givesUpAt = nil }

    /// Call after each attempt that failed.
    ///
    /// - Parameters:
    ///   - right: whether this client may start the next daemon.
    ///   - graceMilliseconds: how long a place is kept for a client that may not.
    ///   - limit: when the request's own time is over; nil for never.
    package mutating func judge(
        _ departure: DaemonDeparture, right: StartingRight, graceMilliseconds: Int64, limit: Instant?, now: Instant
    ) -> Verdict {
        if departure == .shutDown { return .shutDown }
        let patience = right.patienceMilliseconds(after: departure, graceMilliseconds: graceMilliseconds)
        let end = givesUpAt ?? now.advanced(byMilliseconds: patience)
        givesUpAt = end
        precondition(patience >= 0, "a waiter waits for \(patience) ms for a daemon")
        if let limit, now >= limit { return .expired }
        return now >= end ? .staysAway(milliseconds: patience) : .tryAgain
    }
}
