/// A request that has not ended: what a restarted daemon reads from the journal, and what `--status` shows.
package struct OpenRequest: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Waits until somebody creates the resource (`-e no`).
        case awaitingCreation
        case waiting
        case held(FencingToken)
    }

    package let id: RequestID
    package var request: LockRequest
    package var phase: Phase
    package var askedAt: Instant
    /// When it joined the queue or the wait for creation; nil if it was granted at once. A waiter's age counts from here.
    package var queuedAt: Instant?
    package var grantedAt: Instant?
    /// What the grant carries, for kinds of resources whose grants carry something.
    package var element: [UInt8]?
    /// The command that runs under the lock, once its client has told.
    package var command: ProcessIdentity?
    package var commandLine: [[UInt8]] = []
    /// The view in which its client and its command are numbers.
    package var view = ProcessView.unknown
    /// The last moment that is on record of that view's boot: see `BootEvidence`.
    package var bootSeenUntil: Instant?
    /// The client is gone, its command lives.
    package var isOrphan = false

    package init(id: RequestID, request: LockRequest, phase: Phase, askedAt: Instant) {
        self.id = id
        self.request = request
        self.phase = phase
        self.askedAt = askedAt
    }
}
