internal import FlomModel

/// One existing resource: its kind, which knows who holds and who waits, and its lifespan.
///
/// Invariants: holders fit beside each other. A waiter either does not fit, or an older waiter blocks it, or its time has not come.
struct Resource {
    /// The identity: for paths the root level.
    let name: ResourceName
    let idleLifespanMilliseconds: Int32
    var kind: any Kind
    /// Whether `kind.state` changes with what is granted and given back.
    let hasState: Bool
    /// Waiters that `kind` does not know of.
    var compoundWaiters = CompoundWaiters()

    /// Parts that are held or offered.
    private(set) var holderCount = 0
    /// Requests that wait here, those that were set aside included.
    private(set) var waiterCount = 0

    /// Since when the resource has had neither holder nor waiter.
    var idleSince: Instant?
    /// When a waiter may go on that waits for time and not for a holder.
    var wakesAt: Instant?
    /// The earliest alarm that the engine has for it.
    var alarmAt: Instant?
    /// Whether the journal has to be told.
    var isChanged = false

    init(name: ResourceName, idleLifespanMilliseconds: Int32, kind: any Kind) {
        self.name = name
        self.idleLifespanMilliseconds = idleLifespanMilliseconds
        self.kind = kind
        hasState = kind.state != nil
    }

    // MARK: - Holders and waiters

    var isIdle: Bool { holderCount == 0 && waiterCount == 0 }

    mutating func addHolder() {
        holderCount += 1
        idleSince = nil
    }

    mutating func removeHolder() {
        precondition(holderCount > 0, "\(name) has no holder to remove, and \(waiterCount) waiters")
        holderCount -= 1
    }

    mutating func addWaiter() {
        waiterCount += 1
        idleSince = nil
    }

    mutating func removeWaiter() {
        precondition(waiterCount > 0, "\(name) has no waiter to remove, and \(holderCount) holders")
        waiterCount -= 1
    }

    /// The number of waiters in its lanes with lower tickets.
    func waiterCount(before ticket: RequestID) -> Int {
        kind.waiterCount(before: ticket) + compoundWaiters.waiterCount(before: ticket)
    }

    // MARK: - Lifespan

    /// When the resource ceases to exist; nil while it has holders or waiters.
    var expiresAt: Instant? {
        idleSince?.advanced(byMilliseconds: ResourceLife.milliseconds(idleLifespan: idleLifespanMilliseconds))
    }

    /// When the engine has to look at the resource next.
    var nextAlarm: Instant? { expiresAt ?? wakesAt }

    /// The resource as the journal stores it.
    var stored: StoredResource {
        StoredResource(
            name: name, idleLifespanMilliseconds: idleLifespanMilliseconds, idleSince: idleSince, state: kind.state)
    }

    /// The kind that a name says, as it is at birth or was when it was saved.
    static func kind(of name: ResourceName, state: KindState?, lastStamp: TimestampValue?, renderer: StampRenderer) -> any Kind {
        switch name.kind {
        case .simple: return SimpleKind()
        case .numeric(let capacity): return NumericKind(capacity: capacity)
        case .hierarchical: return HierarchicalKind()
        case .set(let elements):
            guard case .set(let rested) = state else { return SetKind(elements: elements) }
            return SetKind(elements: elements, rested: rested)
        case .sequence(let isTransactional, let capacity):
            guard case .sequence(let next, let rolledBack) = state else {
                return SequenceKind(isTransactional: isTransactional, capacity: capacity)
            }
            return SequenceKind(isTransactional: isTransactional, capacity: capacity, next: next, rolledBack: rolledBack)
        case .timestamp(let format, let capacity):
            var firstShown: Int64?
            var last = lastStamp
            if case .timestamp(let first, let saved) = state {
                firstShown = first
                last = saved ?? last
            }
            return TimestampKind(format, capacity: capacity, renderer: renderer, firstShown: firstShown, last: last)
        }
    }
}
