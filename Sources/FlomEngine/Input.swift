/// What happened. The engine is a function of its inputs and the times at which they came.
package enum Input: Sendable {
    /// A session asks for a lock. It carries one request at a time: while it waits, another replaces it.
    case lock(SessionID, LockRequest)
    /// A session lets go of what it holds, or stops waiting.
    case unlock(SessionID, ResourceName, Completion)
    /// A session says which command line it runs under its lock.
    case described(SessionID, command: [[UInt8]])
    /// A session's command has started.
    case started(SessionID, ProcessIdentity)
    /// A session's own deadline passed while it waited.
    case expired(SessionID)
    /// A session's connection ended.
    case hungUp(SessionID)

    /// The journal has been read: whoever can be granted under today's policy is.
    case recovered
    /// The holder's client is proven gone, something of its command lives.
    case clientGone(RequestID)
    /// The command of a holder that never told was found.
    case commandFound(RequestID, ProcessIdentity)
    /// Nothing of a request that has no session is left.
    case gone(RequestID, Proof)
    /// A waiter that has no session can never come back for its place.
    case cannotResume(RequestID)
    /// A person shuts the daemon down at once: nobody waits any more, holders keep their locks.
    case shutDown
    /// `nextDeadline` has come.
    case deadlinePassed
}
