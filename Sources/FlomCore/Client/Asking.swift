package import FlomModel

/// A request until its grant, as its client sees it: what each word of the daemon means, and what is left of the request when the
/// connection is lost.
package struct Asking: Hashable, Sendable {
    /// A client that is told of its grant so soon after it has confirmed cannot have been away in between.
    package static let freshMilliseconds: Int64 = 1000

    /// What the daemon says of the request.
    package enum Word: Hashable, Sendable, CaseIterable {
        /// It waits, also for its resource to be created.
        case queued
        case offered, granted, refused, revoked
        /// The answers to a client that asks whether its grant still counts.
        case stands, standsNoMore
    }

    /// What the client does about a word.
    package enum Step: Hashable, Sendable {
        case wait
        /// It says that it is there.
        case confirm
        /// It has the lock: the command may run.
        case hold
        /// It leaves the connection, on which nothing counts any more.
        case leave
        /// There will be no lock.
        case end
        /// The word cannot come here.
        case reject
    }

    /// What follows when a connection is lost.
    package enum Loss: Hashable, Sendable, CaseIterable {
        /// No daemon knows of the request: the client connects like a new one.
        case askAnew
        /// The request has its place: the client comes back for it.
        case comeBack
        /// The daemon was there and had no room: it is asked again, and the request has no place.
        case awaitRoom
        /// The daemon is one to which no client comes back.
        case end
    }

    private enum Talk: Hashable {
        case asked, waits
        case accepted(at: Instant)
        /// The lock is the client's unless the daemon says otherwise.
        case asksWhetherItStands
    }

    private var talk = Talk.asked
    /// Whether a daemon to which the client can come back has answered.
    package private(set) var hasBeenHeard = false
    private var absence = DaemonAbsence()

    package init() {}

    /// Whether the next answer on this connection is the first one.
    package var awaitsFirstAnswer: Bool { talk == .asked }
    /// Whether the lock is the client's unless the daemon says otherwise.
    package var asksWhetherItStands: Bool { talk == .asksWhetherItStands }
    /// When the client gives up; nil while it has a daemon.
    package var givesUpAt: Instant? { absence.givesUpAt }

    // MARK: - A connection

    /// The request is said on a new connection.
    package mutating func asks() { talk = .asked }

    /// - Parameter isTimed: whether time ends the lock after a lost connection. A grant that came later than the request may then have
    ///   been waiting in a buffer while the connection was cut, and be lost by now.
    package mutating func hear(_ word: Word, isTimed: Bool, at now: Instant) -> Step {
        switch (talk, word) {
        case (_, .revoked): return .end
        case (.asksWhetherItStands, .stands): return .hold
        case (.asksWhetherItStands, _): return .leave
        case (_, .stands), (_, .standsNoMore), (.asked, .offered): return .reject
        case (_, .refused): return .end
        case (_, .queued):
            talk = .waits
            return .wait
        case (_, .offered):
            talk = .accepted(at: now)
            return .confirm
        case (.asked, .granted): return .hold
        case (.accepted(let moment), .granted) where now.milliseconds(since: moment) < Self.freshMilliseconds: return .hold
        case (_, .granted):
            guard isTimed else { return .hold }
            talk = .asksWhetherItStands
            return .confirm
        }
    }

    /// The first answer comes from another journal. Nothing of what it gives is used.
    package mutating func heardOfAnotherJournal() {
        precondition(talk == .asked, "an answer after the first one shows the journal: \(talk)")
        talk = .waits
    }

    // MARK: - Without a daemon

    /// - Parameter canComeBack: whether the daemon was one to which clients come back.
    package mutating func lostConnection(_ departure: DaemonDeparture, canComeBack: Bool) -> Loss {
        let wasHeard = talk != .asked
        talk = .asked
        absence.end()
        if departure == .noRoom {
            hasBeenHeard = false
            return .awaitRoom
        }
        if wasHeard && !canComeBack { return .end }
        hasBeenHeard = hasBeenHeard || wasHeard
        return hasBeenHeard ? .comeBack : .askAnew
    }

    /// Call after each loss, and each attempt to come back that failed: see `DaemonAbsence.judge`.
    package mutating func goesOn(
        without departure: DaemonDeparture, right: StartingRight, graceMilliseconds: Int64, limit: Instant?, now: Instant
    ) -> DaemonAbsence.Verdict {
        precondition(hasBeenHeard, "a request that has no place waits for its daemon")
        return absence.judge(departure, right: right, graceMilliseconds: graceMilliseconds, limit: limit, now: now)
    }
}
