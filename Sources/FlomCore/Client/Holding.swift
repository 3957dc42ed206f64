package import FlomModel

/// A lock while its command runs, as its client sees it: whether the connection stands, when to come back, and when the lock has to be
/// taken for lost.
package struct Holding: Hashable, Sendable {
    /// How long before the daemon can give the lock to another client the holder takes it for lost.
    package static let marginMilliseconds: Int64 = 500
    /// How long a daemon that was reached may take to answer a client that comes back.
    package static let answerLimitMilliseconds: Int64 = 5000

    /// What is to be done now.
    package enum Directive: Hashable, Sendable {
        case comeBack
        /// The daemon may give the lock to another client from now on.
        case takeForLost
    }

    /// Whether only a person ends the lock while its holder is out of sight.
    package let isLeaseless: Bool
    /// For how long a lost connection leaves the lock alone, in milliseconds; nil if time does not end it.
    package var keptMilliseconds: Int64?

    /// When the connection was lost; nil while it stands.
    package private(set) var lostSince: Instant?
    /// When to try again to come back; nil for never.
    package private(set) var nextAttempt: Instant?
    /// Whether the lock is lost, or has to be taken for lost.
    package private(set) var isFinal = false
    /// Whether a person has taken it away.
    package private(set) var isRevoked = false

    package init(isLeaseless: Bool) { self.isLeaseless = isLeaseless }

    /// When the lock has to be taken for lost: strictly before the daemon can have given it to another client. Both ends notice a cut
    /// within half of the delay, and the daemon waits for all of it from then on.
    package var takenForLostAt: Instant? {
        guard !isLeaseless, !isFinal, let lostSince, let keptMilliseconds else { return nil }
        precondition(keptMilliseconds >= 0, "a lock is kept for \(keptMilliseconds) ms")
        return lostSince.advanced(byMilliseconds: max(0, keptMilliseconds / 2 - Self.marginMilliseconds))
    }

    /// When `due` has something to say next, whatever comes before; nil for never.
    package var nextDeadline: Instant? { [nextAttempt, takenForLostAt].compactMap(\.self).min() }

    /// What is due now, the most urgent last.
    package func due(at now: Instant) -> [Directive] {
        var directives: [Directive] = []
        if let nextAttempt, now >= nextAttempt { directives.append(.comeBack) }
        if let takenForLostAt, now >= takenForLostAt { directives.append(.takeForLost) }
        return directives
    }

    /// By when the daemon must have answered a client that comes back now. While the client waits for that it looks at no clock.
    package func answerLimit(at now: Instant) -> Instant {
        let limit = now.advanced(byMilliseconds: Self.answerLimitMilliseconds)
        return takenForLostAt.map { min($0, limit) } ?? limit
    }

    /// Whether the daemon is told when the command has ended: a lock that is lost has been spoken of, one that may be lost is given back
    /// all the same.
    package func isGivenBack(isConnected: Bool) -> Bool { !isFinal || (isConnected && !isRevoked) }

    // MARK: - What happens

    /// - Parameter pauseMilliseconds: until the first attempt to come back; nil for a client that cannot come back.
    package mutating func lostConnection(at now: Instant, pauseMilliseconds: Int64?) {
        precondition(lostSince == nil, "a connection is lost that does not stand")
        lostSince = now
        nextAttempt = pauseMilliseconds.map { now.advanced(byMilliseconds: $0) }
    }

    /// An attempt has reached nobody.
    package mutating func failedToComeBack(at now: Instant, pauseMilliseconds: Int64) {
        precondition(lostSince != nil, "a client comes back that is there")
        nextAttempt = now.advanced(byMilliseconds: pauseMilliseconds)
    }

    /// - Returns: whether the lock had been taken for lost.
    package mutating func cameBack() -> Bool {
        defer { (lostSince, nextAttempt, isFinal) = (nil, nil, false) }
        return isFinal
    }

    /// The daemon has said that there is no lock any more: there is nothing to come back to.
    package mutating func heardOfLoss() { nextAttempt = nil }

    /// The daemon has said that a person has taken it away.
    package mutating func revoked() { isRevoked = true }

    /// - Returns: false if that was known.
    package mutating func takeForLost() -> Bool {
        defer { isFinal = true }
        return !isFinal
    }
}
