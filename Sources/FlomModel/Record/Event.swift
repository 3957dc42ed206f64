/// What happened, in the words of the journal. Every event is appended, and committed before any answer that follows from it.
package struct Event: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case requested(LockRequest)
        case queued(position: Int)
        case awaitingCreation
        /// With the element that the grant carries: of a set, a sequence or a time stamp.
        case granted(FencingToken, element: [UInt8]? = nil)
        /// It was offered its lock and did not take it in time, so the next one is: it waits on, at its place.
        case passedOver
        case described(command: [[UInt8]])
        case started(ProcessIdentity)
        case released(Completion)
        case withdrawn(Withdrawal)
        /// At once, or later if it turned out that waiting does not help.
        case refused(Refusal)
        case orphaned
        /// Its client has come back over a new connection.
        case resumed
        /// A daemon that sees other processes than those before, or by other numbers, has found out whose connection it came over;
        /// nil if it sees nobody. What is known of the command's process means nothing any more.
        case identified(ProcessIdentity?)
        case reclaimed(Proof)
        /// A person has decided; who, and why.
        case broken(by: String, reason: String)
    }

    package let request: RequestID
    package let kind: Kind

    package init(_ request: RequestID, _ kind: Kind) {
        self.request = request
        self.kind = kind
    }
}
