/// What a client asks for.
package struct LockRequest: Hashable, Sendable {
    package var resource: ResourceName
    package var mode: LockMode
    /// How much of a numeric resource it takes; the others do not look at it.
    package var quantity: Int32 = 1
    /// False: answer at once, granted or not.
    package var mayWait = true
    /// False: the resource must exist already.
    package var mayCreate = true
    /// How long a resource that this request creates outlives its last holder and waiter, in milliseconds; 0 is the default
    /// life of about two seconds. See `ResourceLife`.
    package var idleLifespanMilliseconds: Int32 = 0
    package var client = ClientIdentity()
    /// SHA-256 of the secret with which the client's session can be resumed; empty for peers that cannot.
    package var secretHash: [UInt8] = []

    package init(resource: ResourceName, mode: LockMode) {
        self.resource = resource
        self.mode = mode
    }
}

/// Why a request ended without a grant.
package enum Refusal: Hashable, Sendable {
    /// Held by somebody else, and the request does not wait.
    case busy
    /// The resource does not exist, and the request neither creates it nor waits.
    case unknownResource
    /// This session holds a lock already, and one connection carries one request.
    case alreadyAsking
    /// This journal's epoch has no fencing tokens left: only a daemon with a new epoch can grant again.
    case tokensUsedUp
    /// The daemon is being shut down at once; only waiters are told.
    case shutDown
    /// More than there ever is, or nothing at all: no waiting helps.
    case impossible(quantity: Int32, capacity: Int32)
    /// The clock shows so much less than at the last stamp, and a stamp is never given twice.
    case clockBehind(milliseconds: Int64)
    /// The texts of a time stamp without larger units come round, and none is given twice in one life of the resource.
    case stampsUsedUp
}

/// How a holder let go.
package enum Completion: Hashable, Sendable {
    /// Our own clients report how the command ended.
    case exited(status: UInt8)
    case signalled(Int32)
    /// The command could not be started at all.
    case notStarted
    /// A 1.7.2 client says only whether to roll back.
    case unlocked(rollback: Bool)
    /// A 1.7.2 client's connection ended without an unlock.
    case disconnected

    /// Whether a transactional element goes back for reuse.
    package var rollsBack: Bool {
        switch self {
        case .exited(let status): status != 0
        case .signalled, .notStarted, .disconnected: true
        case .unlocked(let rollback): rollback
        }
    }
}

/// Why a request ended before its command ran.
package enum Withdrawal: Hashable, Sendable {
    /// The connection ended.
    case hungUp
    /// The client's own deadline passed, perhaps while the grant was on its way.
    case timedOut
    /// The client unlocked while it was still waiting.
    case unlocked
    /// At a restart its process was found gone.
    case gone(Proof)
    /// The daemon was restarted, and this client's protocol knows no way back to its place.
    case cannotResume
    /// A person shut the daemon down at once.
    case shutDown
}

/// The evidence on which a grant was ended without its holder's word.
package enum Proof: Hashable, Sendable {
    /// The named processes have ended, seen by pidfd or by a start time that differs.
    case processesEnded([ProcessIdentity])
    /// The host has been booted since.
    case hostRebooted(from: String, to: String)
    /// The connection to another host was lost, and nobody came back on it for so long.
    case connectionLost(milliseconds: Int64)
    /// The daemon was restarted, and the holder on another host did not come back for so long.
    case notResumed(milliseconds: Int64)
}
