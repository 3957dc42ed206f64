// A history of a lock manager in words of its own: the events of its journal, and the observations of its clients. A simulator writes it
// as it goes; a test of the real program can put it together from a journal and its clients' logs.

/// A fact, with a time on one clock that all parties share.
package struct Record: Hashable, Sendable {
    /// Nanoseconds. Never less than that of the record before.
    package var at: Int64
    package var fact: Fact

    package init(_ at: Int64, _ fact: Fact) {
        self.at = at
        self.fact = fact
    }
}

package enum Fact: Hashable, Sendable {
    // MARK: The daemon

    /// A daemon has read its journal. What it finds out about requests that were open before is recorded up to its first `committed`.
    /// `isShut`: the journal has lost its end, so nothing is granted until `opened`.
    case daemonStarted(incarnation: Int, afterReboot: Bool, isShut: Bool)
    case opened
    /// A person orders it to send all waiters away and to end.
    case shutDownOrdered
    /// A person takes a request away.
    case breakOrdered(Int64)
    /// The daemon is gone, killed or not; its connections are lost. After an orderly end the lives of its resources end with it.
    case daemonEnded(livesEnd: Bool)
    /// The facts since the last `committed` are durable now, and no request waits that could go on.
    case committed
    /// The host has stopped without a warning, and its device has not got this number of the last commits. All that ran on this host is
    /// gone: the facts about that stand before.
    case powerLost(commits: Int)

    // MARK: The journal's word on requests. They count only once they are committed, so only those belong into a history.

    case asked(Asked)
    case queued(Int64)
    case awaitingCreation(Int64)
    case granted(Int64, token: Int64, element: [UInt8]?)
    /// It was offered and not taken in time.
    case passedOver(Int64)
    /// The client has told which command runs.
    case started(Int64)
    case orphaned(Int64)
    /// Its client is heard again, over a new connection.
    case resumed(Int64)
    case ended(Int64, Ending)

    /// The time of decision of the facts that follow, up to the next one of these or `committed`: they were not written at once.
    case late(Int64)
    /// The journal itself says that it could not be written for a while.
    case gap

    // MARK: What the journal has nothing of

    /// A waiter has the lock if its client takes it: no other request gets it meanwhile. With the moment, and the element that is kept
    /// for it.
    case offered(Int64, at: Int64, element: [UInt8]?)

    // MARK: The clients' own view

    /// `isLocal`: its processes can be watched by the daemon. `canResume`: it speaks more than 1.7.2 did, and comes
    /// back. `killsOnLoss`: it ends its command before a lock that time takes away can be somebody else's.
    case clientBegan(Int64, isLocal: Bool, canResume: Bool, killsOnLoss: Bool)
    case clientGone(Int64)
    /// The daemon has sent an answer about a request to a client or a person.
    case told(Int64, Told)
    case connectionLost(Int64)
    /// A waiter without a daemon gives its place up before its own time is over.
    case gaveUp(Int64)
    /// The client says something that ends its request: an unlock, that its time is up, or another request in its place.
    case letGo(Int64)
    case commandStarted(Int64, request: Int64, token: Int64, element: [UInt8]?)
    case commandEnded(Int64, request: Int64)

    /// All clients have finished: no request may be left waiting or holding.
    case allDone
}

/// The answer about a request.
package enum Told: Hashable, Sendable {
    case waits
    case granted(token: Int64)
    case ended
}

/// A new request. The parts of a group follow each other with consecutive numbers.
package struct Asked: Hashable, Sendable {
    /// Its number in the journal, and its ticket.
    package var request: Int64
    package var resource: [UInt8]
    package var mode = Mode.exclusive
    package var quantity = 1
    package var mayWait = true
    package var mayCreate = true
    /// The idle life of a resource that it creates; 0 is the default.
    package var idleMilliseconds: Int64 = 0
    package var client: Int64
    /// The common properties of all parts of a request for several resources.
    package var group: Int64?
    /// The open request under whose command this one was made.
    package var parent: Int64?
    /// Whether it may be refused as a deadlock.
    package var mayBeRefusedAsDeadlock = false
    /// Whether time alone never ends its grant.
    package var isLeaseless = false

    package init(request: Int64, resource: [UInt8], client: Int64) {
        self.request = request
        self.resource = resource
        self.client = client
    }
}

/// How a request ended.
package enum Ending: Hashable, Sendable {
    /// The holder unlocked.
    case released(rollsBack: Bool)
    /// The connection of a holder that cannot resume was lost.
    case disconnected
    /// The client gave its place up, or let go before its command ran.
    case unlocked
    case timedOut
    /// A waiter's connection was lost.
    case hungUp
    /// A waiter without a connection was found gone.
    case gone(Evidence)
    /// A waiter that cannot come back after a restart of the daemon.
    case cannotResume
    case shutDown
    case refused(Refusal)
    /// A grant was ended without its holder's word.
    case reclaimed(Evidence)
    /// A person took it away.
    case broken

    package enum Evidence: String, CaseIterable, Hashable, Sendable {
        case processesEnded, hostRebooted, connectionLost, notResumed
        /// The liveness pipe of the grant is closed.
        case livenessPipeEnded
    }

    package enum Refusal: String, CaseIterable, Hashable, Sendable {
        case busy, unknownResource, impossible, alreadyAsking, deadlock
        /// Two of its own parts exclude each other.
        case overlapping
        /// Another part of the same request was refused.
        case together
        /// A reason that depends on clocks and stocks that the history does not show.
        case other
    }
}
