package import FlomModel

/// What happened. The engine is a function of its inputs and the times at which they came.
package enum Input: Equatable, Sendable {
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
    /// A session's connection ended, and nobody comes back to it.
    case hungUp(SessionID)
    /// A session's connection ended before anything was said on it about its request: whoever was never told of a grant did not hold.
    case hungUpUntold(SessionID)
    /// A session's connection ended, but its client may come back.
    case disconnected(SessionID)
    /// A session takes what it is offered, or says that it is still there.
    case confirmed(SessionID)
    /// A waiter that is known from before says that it confirms offers: `LockRequest.confirmsOffers`.
    case promisesToConfirm(RequestID)
    /// A client has come back for its request, over this session; what it said over an earlier one counts no more.
    case resumed(SessionID, RequestID)
    /// Who a client that has come back is, for a daemon that cannot tell by what an earlier one has noted.
    case identified(RequestID, ProcessIdentity?)
    /// A client holds a lock of which this journal knows nothing, because it was restored from a copy: what its grant carried.
    case reinstated(SessionID, LockRequest, element: [UInt8]?)
    /// Who held locks has had time to come back: everything is open again.
    case opened
    /// A person takes a lock away, or a place in the queue.
    case broken(RequestID, by: String, reason: String)

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
