/// One resource and how much of it.
package struct LockPart: Hashable, Sendable {
    package var resource: ResourceName
    package var mode: LockMode
    /// How much of a numeric resource it takes; the others do not look at it.
    package var quantity: Int32

    package init(_ resource: ResourceName, _ mode: LockMode, quantity: Int32 = 1) {
        self.resource = resource
        self.mode = mode
        self.quantity = quantity
    }

    /// The canonical order, in which whoever takes several resources takes them: by the bytes of their names.
    package func precedes(_ other: LockPart) -> Bool { resource.bytes.lexicographicallyPrecedes(other.resource.bytes) }
}

/// What a client asks for.
package struct LockRequest: Hashable, Sendable {
    package var resource: ResourceName
    package var mode: LockMode
    /// As in `LockPart`.
    package var quantity: Int32 = 1
    /// What is asked for together with it, in the order given: all of them are granted at one moment, or none.
    package var others: [LockPart] = []
    /// In the journal, where each resource of such a request has a row of its own: the request of the first.
    package var group: RequestID?
    /// The open grant under whose command the client runs. Its request is *nested*: see `Engine.passes` and `Engine.deadlock`.
    package var parent: RequestID?
    /// Whether it may be refused because it can never be granted. Nobody who sets a deadline of their own needs that.
    package var mayBeRefusedAsDeadlock = false
    /// False: answer at once, granted or not.
    package var mayWait = true
    /// False: the resource must exist already.
    package var mayCreate = true
    /// How long a resource that this request creates outlives its last holder and waiter, in milliseconds; 0 is the default
    /// life of about two seconds. See `ResourceLife`.
    package var idleLifespanMilliseconds: Int32 = 0
    /// Nobody but a person may end the lock while its holder cannot be seen.
    package var isLeaseless = false
    /// The command is ended when its flom is gone.
    package var endsOrphan = false
    /// The client runs nothing before it has confirmed a grant that comes later than its request. Not kept in the journal: who comes back
    /// says it again.
    package var confirmsOffers = false
    package var client = ClientIdentity()
    /// The shell knows that whoever asks has no right to it: it is recorded and refused. Not kept in the journal.
    package var isForbidden = false
    /// SHA-256 of the secret with which the client's session can be resumed; empty for peers that cannot.
    package var secretHash: [UInt8] = []

    package init(resource: ResourceName, mode: LockMode) {
        self.resource = resource
        self.mode = mode
    }

    package var parts: [LockPart] { [LockPart(resource, mode, quantity: quantity)] + others }

    /// The request as its journal row of one part has it.
    package func row(of index: Int, group: RequestID) -> LockRequest {
        guard !others.isEmpty else { return self }
        var row = self
        row.group = group
        row.others = []
        guard index > 0 else { return row }
        row.resource = others[index - 1].resource
        row.mode = others[index - 1].mode
        row.quantity = others[index - 1].quantity
        return row
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
    /// Another resource that was asked for at once was refused, under this number.
    case together(with: RequestID)
    /// Two of the resources that were asked for at once are the same, or exclude each other.
    case overlapping(LockPart, LockPart)
    /// Its own ancestors hold what it waits for: link by link, until they meet.
    case deadlock([DeadlockLink])
    /// The texts of a time stamp without larger units come round, and none is given twice in one life of the resource.
    case stampsUsedUp
    /// Whoever asks has no right to the resource. The shell decides that.
    case notAllowed
    /// As many as may wait for the resource do.
    case queueFull(limit: Int)
    /// As many resources as may exist do.
    case tooManyResources(limit: Int)
}

/// A waiter, what it waits for, and who holds that while its command waits for something else.
package struct DeadlockLink: Hashable, Sendable {
    package let waiter: RequestID
    package let resource: ResourceName
    package let holder: RequestID

    package init(waiter: RequestID, resource: ResourceName, holder: RequestID) {
        self.waiter = waiter
        self.resource = resource
        self.holder = holder
    }
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
    /// Nobody lives who inherited what its client was given with the grant.
    case witnessEnded
    /// The host has been booted since.
    case hostRebooted(from: String, to: String)
    /// The connection to another host was lost, and nobody came back on it for so long.
    case connectionLost(milliseconds: Int64)
    /// The daemon was restarted, and the holder on another host did not come back for so long.
    case notResumed(milliseconds: Int64)
}
