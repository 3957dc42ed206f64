/// One resource of a request, with the mode or quantity.
package struct LockPart: Hashable, Sendable {
    package var resource: ResourceName
    package var mode: LockMode
    /// The quantity of a numeric resource; other kinds ignore it.
    package var quantity: Int32

    package init(_ resource: ResourceName, _ mode: LockMode, quantity: Int32 = 1) {
        self.resource = resource
        self.mode = mode
        self.quantity = quantity
    }

    /// The canonical order, in which several resources are taken: by the bytes of their names.
    package func precedes(_ other: LockPart) -> Bool { resource.bytes.lexicographicallyPrecedes(other.resource.bytes) }
}

/// What a client asks for.
package struct LockRequest: Hashable, Sendable {
    package var resource: ResourceName
    package var mode: LockMode
    /// The quantity as in `LockPart`.
    package var quantity: Int32 = 1
    /// The other resources of the request, in the order given. All resources are granted at one moment, or none.
    package var others: [LockPart] = []
    /// In the journal, where each resource of a request has a row of its own: the number of the first row.
    package var group: RequestID?
    /// The open grant under whose command the client runs. Its request is *nested*: see `Engine.passes` and `Engine.deadlock`.
    package var parent: RequestID?
    /// Whether the request may be refused because it can never be granted. A client with a deadline of its own does not need that.
    package var mayBeRefusedAsDeadlock = false
    /// Whether the request may wait. If not, it is granted or refused at once.
    package var mayWait = true
    /// Whether the request may create the resource. If not, the resource must exist already.
    package var mayCreate = true
    /// How long a resource that this request creates outlives its last holder and waiter, in milliseconds; 0 is the default
    /// of about two seconds. See `ResourceLife`.
    package var idleLifespanMilliseconds: Int32 = 0
    /// Whether only a person may end the lock while its holder cannot be seen.
    package var isLeaseless = false
    /// Whether the command is ended when its flom is gone.
    package var endsOrphan = false
    /// Whether the client is a program that holds the lock itself: its end is the end of what was under the lock.
    package var runsNoCommand = false
    /// Whether the client runs nothing before it has confirmed a grant that comes later than its request. Not kept in the journal: a
    /// client that comes back says it again.
    package var confirmsOffers = false
    package var client = ClientIdentity()
    /// Whether the client has no right to the resource, as the shell knows: the request is recorded and refused. Not kept in the
    /// journal.
    package var isForbidden = false
    /// SHA-256 of the secret with which the client's session can be resumed; empty for peers that cannot.
    package var secretHash: [UInt8] = []

    package init(resource: ResourceName, mode: LockMode) {
        self.resource = resource
        self.mode = mode
    }

    package var parts: [LockPart] { [LockPart(resource, mode, quantity: quantity)] + others }

    /// The request as the journal's row of one part has it.
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
    /// Another request holds it, and this one does not wait.
    case busy
    /// The resource does not exist, and the request neither creates it nor waits.
    case unknownResource
    /// The session holds a lock already, and one connection carries one request.
    case alreadyAsking
    /// The journal's epoch has no fencing tokens left: only a daemon with a new epoch can grant again.
    case tokensUsedUp
    /// The daemon is being shut down at once; only waiters are told.
    case shutDown
    /// The quantity is more than the capacity, or not above 0: waiting does not help.
    case impossible(quantity: Int32, capacity: Int32)
    /// The clock is behind the last stamp by this much, and a stamp is never given twice.
    case clockBehind(milliseconds: Int64)
    /// Another resource of the request was refused, under this number.
    case together(with: RequestID)
    /// Two resources of the request are the same, or exclude each other.
    case overlapping(LockPart, LockPart)
    /// The request's own ancestors hold what it waits for: the links of the circle.
    case deadlock([DeadlockLink])
    /// The texts of a time stamp without larger units come round, and none is given twice in one life of the resource.
    case stampsUsedUp
    /// The client has no right to the resource. The shell decides that.
    case notAllowed
    /// The resource has as many waiters as it may have.
    case queueFull(limit: Int)
    /// As many resources exist as may.
    case tooManyResources(limit: Int)
}

/// A waiter, what it waits for, and the holder of that, whose command waits for something else.
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

/// How a lock was released.
package enum Completion: Hashable, Sendable {
    /// The command ended with this status. Only our own clients report that.
    case exited(status: UInt8)
    case signalled(Int32)
    /// The command could not be started at all.
    case notStarted
    /// A 1.7.2 client unlocked. It says only whether to roll back.
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
    /// After a restart the client's process was found gone.
    case gone(Proof)
    /// The daemon was restarted, and the client's protocol has no way back to its place.
    case cannotResume
    /// A person shut the daemon down at once.
    case shutDown
}

/// The evidence on which a grant was ended without a release by its holder.
package enum Proof: Hashable, Sendable {
    /// These processes have ended, as a pidfd or a different start time shows.
    case processesEnded([ProcessIdentity])
    /// No process is left that has inherited the descriptor which the client was given with the grant.
    case livenessPipeEnded
    /// The host was booted since.
    case hostRebooted(from: String, to: String)
    /// The connection to a client on another host was lost, and the client did not come back within this time.
    case connectionLost(milliseconds: Int64)
    /// The daemon was restarted, and the holder on another host did not come back within this time.
    case notResumed(milliseconds: Int64)

    /// Whether it proves that the processes have ended. Time proves that for none.
    package var isOfTheEnd: Bool {
        switch self {
        case .processesEnded, .livenessPipeEnded, .hostRebooted: true
        case .connectionLost, .notResumed: false
        }
    }
}
