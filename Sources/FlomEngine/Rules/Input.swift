package import FlomModel

/// What happened. The engine is a function of its inputs and the times at which they came.
package enum Input: Equatable, Sendable {
    /// A session asks for a lock. It carries one request at a time: while it waits, another replaces it.
    case lock(SessionID, LockRequest)
    /// A session releases what it holds, or stops waiting.
    case unlock(SessionID, ResourceName, Completion)
    /// A session tells the command line that it runs under its lock.
    case described(SessionID, command: [[UInt8]])
    /// A client says which command line it would have run under a request that was refused, the first of so many parts.
    case describedRefused(RequestID, parts: Int, command: [[UInt8]])
    /// A session's command has started.
    case started(SessionID, ProcessIdentity)
    /// A session's own deadline passed while it waited.
    case expired(SessionID)
    /// A session's connection ended, and its client cannot come back.
    case hungUp(SessionID)
    /// A session's connection ended before it was told anything of its request: a client that never heard of a grant held no lock.
    case hungUpUntold(SessionID)
    /// A session's connection ended, but its client may come back.
    case disconnected(SessionID)
    /// A session takes what it is offered, or says that it is still there.
    case confirmed(SessionID)
    /// A waiter of an earlier daemon says that it confirms offers: see `LockRequest.confirmsOffers`.
    case promisesToConfirm(RequestID)
    /// A client has come back for its request, over this session; its earlier session counts no more.
    case resumed(SessionID, RequestID)
    /// The process of a client that has come back, for a daemon that sees other processes than the one that noted it before.
    case identified(RequestID, ProcessIdentity?)
    /// A client holds a lock of which the journal knows nothing, because it was restored from a copy; with the element that its grant
    /// carried.
    case reinstated(SessionID, LockRequest, element: [UInt8]?)
    /// The clients that held locks have had time to come back: new locks are given again.
    case opened
    /// A person takes a lock away, or a place in the queue.
    case broken(RequestID, by: String, reason: String)

    /// The journal has been read, and the clients of its open requests were looked for: waiters are granted from now on.
    case recovered
    /// A holder's client is proven gone, and something of its command lives.
    case clientGone(RequestID)
    /// The command of a holder was found whose client never told of it.
    case commandFound(RequestID, ProcessIdentity)
    /// Nothing is left of a request that has no session.
    case gone(RequestID, Proof)
    /// A waiter that has no session can never come back for its place.
    case cannotResume(RequestID)
    /// A person shuts the daemon down at once: no request waits any more, holders keep their locks.
    case shutDown
    /// The daemon ends in order, and the lives of resources end with it.
    case livesEnd
    /// `nextDeadline` has come.
    case deadlinePassed
}
