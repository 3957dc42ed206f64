internal import FlomModel

/// One existing resource: its kind, which knows who holds and who waits, and its life.
///
/// Invariants: holders fit beside each other; a waiter either does not fit, or an older waiter bars it, or its time has not come.
struct Resource {
    /// The identity: for paths the root level.
    let name: ResourceName
    let idleLifespanMilliseconds: Int32
    var kind: any Kind
    /// Whether `kind.state` changes with what is granted and given back.
    let hasState: Bool
    /// Waiters that `kind` does not know of.
    var compoundWaiters = CompoundWaiters()

    var holderCount = 0
    var waiterCount = 0

    /// Since when nobody holds or awaits it.
    var idleSince: Instant?
    /// When somebody who waits for time and not for a holder may go on.
    var wakesAt: Instant?
    /// The earliest entry that the engine's list of alarms has for it.
    var alarmAt: Instant?
    /// Whether the journal has to be told.
    var isChanged = false

    init(name: ResourceName, idleLifespanMilliseconds: Int32, kind: any Kind) {
        self.name = name
        self.idleLifespanMilliseconds = idleLifespanMilliseconds
        self.kind = kind
        hasState = kind.state != nil
    }

    var isIdle: Bool { holderCount == 0 && waiterCount == 0 }

    /// When it ceases to exist, while nobody holds or awaits it.
    var expiresAt: Instant? {
        idleSince?.advanced(byMilliseconds: ResourceLife.milliseconds(idleLifespan: idleLifespanMilliseconds))
    }

    /// What the engine has to look at next, and when.
    var nextAlarm: Instant? { expiresAt ?? wakesAt }

    var living: StoredResource {
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
