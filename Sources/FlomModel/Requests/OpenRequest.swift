/// A request that has not ended, as a restarted daemon reads it from the journal, and as `--status` shows it.
package struct OpenRequest: Hashable, Sendable {
    package enum Phase: Hashable, Sendable {
        /// Waits until the resource is created (`-e no`).
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
    /// The element that the grant carries, for kinds that have elements.
    package var element: [UInt8]?
    /// The process of the command that runs under the lock, once the client has reported it.
    package var command: ProcessIdentity?
    package var commandLine: [[UInt8]] = []
    /// The view in which the pids of client and command are numbers.
    package var view = ProcessView.unknown
    /// The last moment on record of that view's boot: see `BootEvidence`.
    package var bootSeenUntil: Instant?
    /// Whether the client is gone and the command lives.
    package var isOrphan = false

    package init(id: RequestID, request: LockRequest, phase: Phase, askedAt: Instant) {
        self.id = id
        self.request = request
        self.phase = phase
        self.askedAt = askedAt
    }
}
