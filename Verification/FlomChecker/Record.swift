// A history of a lock manager in words of its own: what its journal recorded, and what its clients saw. A simulator writes it
// as it goes; a test of the real program can put it together from a journal and its clients' logs.

/// Something that happened, at a time on one clock that all parties share.
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

    /// It has read its journal. What it learns of those who were open before is recorded up to its first `committed`.
    /// `isShut`: the journal has lost its end, so nobody is granted anything until `opened`.
    case daemonStarted(incarnation: Int, afterReboot: Bool, isShut: Bool)
    case opened
    /// A person orders it to send all waiters away and to end.
    case shutDownOrdered
    /// A person takes a request away.
    case breakOrdered(Int64)
    /// It is gone, killed or not; its connections are lost. In the right order the lives of its resources end with it.
    case daemonEnded(livesEnd: Bool)
    /// The facts since the last one of these are durable now, and nobody waits who could go on.
    case committed
    /// The host has stopped without a warning, and its device has not got the last so many commits. All that ran on this host is
    /// gone: what is known of that stands before.
    case powerLost(commits: Int)

    // MARK: The journal's word on requests. They count only once they are committed, so only those belong into a history.

    case asked(Asked)
    case queued(Int64)
    case awaitingCreation(Int64)
    case granted(Int64, token: Int64, element: [UInt8]?)
    /// The client has told which command runs.
    case started(Int64)
    case orphaned(Int64)
    /// Its client is heard again, over a new connection.
    case resumed(Int64)
    case ended(Int64, Ending)

    /// What follows, up to the next one of these or `committed`, was decided then: it could not be written sooner.
    case late(Int64)
    /// The journal itself says that it could not be written for a while.
    case gap

    // MARK: The clients' own view

    /// `isLocal`: its processes can be watched by the daemon. `canResume`: it speaks more than 1.7.2 did, and comes
    /// back. `killsOnLoss`: it ends its command before a lock that time takes away can be somebody else's.
    case clientBegan(Int64, isLocal: Bool, canResume: Bool, killsOnLoss: Bool)
    case clientGone(Int64)
    /// The daemon has let out what a client, or a person, is to hear of a request.
    case told(Int64, Told)
    case connectionLost(Int64)
    /// The client says something that ends its request: an unlock, that its time is up, or another request in its place.
    case letGo(Int64)
    case commandStarted(Int64, request: Int64, token: Int64, element: [UInt8]?)
    case commandEnded(Int64, request: Int64)

    /// All clients have done what they wanted: nobody may be left waiting or holding.
    case allDone
}

/// What was said of a request.
package enum Told: Hashable, Sendable {
    case waits
    case granted(token: Int64)
    case ended
}

/// What a request asks for. The parts of a group follow each other with consecutive numbers.
package struct Asked: Hashable, Sendable {
    /// Its number in the journal, and its ticket.
    package var request: Int64
    package var resource: [UInt8]
    package var mode = Mode.exclusive
    package var quantity = 1
    package var mayWait = true
    package var mayCreate = true
    /// Of the life of a resource that it creates; 0 is the default.
    package var idleMilliseconds: Int64 = 0
    package var client: Int64
    /// What all parts of one request for several resources have in common.
    package var group: Int64?
    /// The open request under whose command this one was asked.
    package var parent: Int64?
    /// It wants to hear if it can never be granted.
    package var mayBeRefusedAsDeadlock = false
    /// Time alone never ends its grant.
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
        /// Nobody has any more what a client was given with its grant.
        case witnessEnded
    }

    package enum Refusal: String, CaseIterable, Hashable, Sendable {
        case busy, unknownResource, impossible, alreadyAsking, deadlock
        /// Two of what it asks for exclude each other.
        case overlapping
        /// Another part of the same request was refused.
        case together
        /// What depends on clocks and stocks that the history does not show.
        case other
    }
}
