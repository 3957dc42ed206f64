package import FlomNetCore
internal import FlomWire

/// Why there is no lock.
package enum LockError: Error {
    /// Others hold it, and the terms do not wait. With the daemon's own words, if it has any.
    case busy(reason: String?)
    /// The resource does not exist, and the terms neither create it nor wait for it.
    case cannotWait
    /// The resource can never satisfy the request.
    case impossible(reason: String?)
    /// The daemon does not know such a name.
    case invalidName(reason: String?)
    /// The daemon refuses the lock for another reason.
    case refused(reason: String?, number: Int32?)
    /// The time limit has passed while others held the lock.
    case expired
    /// The time limit has passed, and no daemon has answered.
    case unanswered
    /// The daemon has no descriptor for one more client, until the time limit or without a wait.
    case noRoom(isHeld: Bool)
    /// The daemon has taken the place in the queue away.
    case revoked(reason: String)
    /// A person has ended the daemon during the wait.
    case shutDown
    /// The connection was lost during the wait, and the daemon is one to which no client can come back.
    case lost
    /// The daemon has not come back for so long. With why the next one could not be started, if that was tried.
    case staysAway(milliseconds: Int64, whyNotStarted: String?)
    /// The daemon closes every connection without an answer.
    case turnedAway
    /// The daemon's answer does not belong here.
    case misplacedAnswer
    /// The request does not fit into a message.
    case tooLong(NetworkError)
    /// What answers does not speak the protocol, or the connection was broken off for a reason that is known.
    case conversation(NetworkError)
    /// No daemon could be reached.
    case connecting(ConnectError)
}

/// Why no daemon was reached.
package enum ConnectError: Error {
    /// The way there: a name, an address, a socket.
    case unreachable(NetworkError)
    /// Nobody listens, and this client may start none.
    case nobodyListens(NetworkError)
    /// No daemon could be started.
    case notStarted(StartError)
    /// Another process has the daemon's place and does not answer: a daemon that is starting or ending.
    case inOtherHands
}

/// What a client tells of its way to the daemon while it goes on.
package enum ConnectionNotice: Sendable {
    /// A daemon was started, and has said what its user should know.
    case daemonStarted(warning: String)
    /// The daemon's name has several addresses, and nobody answers at those that come before the one in use.
    case severalAddresses(passed: [InternetAddress], reached: InternetAddress)
    /// Several daemons serve the group. The first is used.
    case severalDaemons([InternetAddress])
    /// A step of the search in a group.
    case searching(SearchStep)
}

/// What a client tells of its lock while it goes on.
package enum LockNotice: Sendable {
    /// The daemon has no descriptor for this client, which goes on asking.
    case noRoom
    /// The daemon that was come back to has another journal, and knows of no place in its queue: the lock is asked for anew there.
    case anotherJournal
    /// The daemon is gone, and others have to start the next one.
    case awaitsDaemon
    /// The daemon of the held lock is gone, and cannot be told that it is still held.
    case cannotReclaim
    /// The lock is lost while it is held.
    case lost(LossReason)
    /// A lock that was taken for lost is still held.
    case heldAfterAll
    /// The lock was lost before it was let go of. With the daemon's words.
    case lostBeforeUnlock(reason: String)
    /// No daemon could be told that the lock is free.
    case unlockUntold
    /// The daemon was told, and has not confirmed it.
    case unlockUnconfirmed
}

/// Why a held lock is lost.
package enum LossReason: Sendable {
    /// The daemon cannot be reached, and may give the lock to another client from now on.
    case outOfReach
    /// The daemon has said so.
    case told(String)
}
