/// What happened, in the words of the journal. Every event is appended and committed before any answer that follows from it is sent.
package struct Event: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case requested(LockRequest)
        case queued(position: Int)
        case awaitingCreation
        /// `element` is that of a set, a sequence or a time stamp.
        case granted(FencingToken, element: [UInt8]? = nil)
        /// The waiter was offered its lock and did not take it in time. It waits on at its place, and the next one is offered the lock.
        case passedOver
        case described(command: [[UInt8]])
        case started(ProcessIdentity)
        case released(Completion)
        case withdrawn(Withdrawal)
        /// At once, or later if waiting turned out not to help.
        case refused(Refusal)
        case orphaned
        /// The client has come back over a new connection.
        case resumed
        /// A daemon that sees other processes than its predecessors, or under other numbers, has identified the client that came back;
        /// nil if it cannot see the client. What was recorded of the command's process means nothing any more.
        case identified(ProcessIdentity?)
        case reclaimed(Proof)
        /// A person has ended it.
        case broken(by: String, reason: String)
    }

    package let request: RequestID
    package let kind: Kind

    package init(_ request: RequestID, _ kind: Kind) {
        self.request = request
        self.kind = kind
    }
}
