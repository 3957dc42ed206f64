/// One existing resource: who holds it, as counts by mode, and who waits for it, in one lane per mode.
///
/// Invariants: holders are pairwise compatible; a waiter either conflicts with a holder or is barred by an older waiter.
struct Resource {
    let name: ResourceName
    let idleLifespanMilliseconds: Int32

    private(set) var holderCount = 0
    private(set) var waiterCount = 0
    private var holders = InlineArray<6, Int32>(repeating: 0)
    private var lanes: [Lane] = []

    /// When it ceases to exist, while nobody holds or awaits it.
    var expiresAt: Instant?
    /// Whether the engine's list of expiries has an entry for it; it may name an earlier time.
    var hasExpiryEntry = false

    init(name: ResourceName, idleLifespanMilliseconds: Int32) {
        self.name = name
        self.idleLifespanMilliseconds = idleLifespanMilliseconds
    }

    var isIdle: Bool { holderCount == 0 && waiterCount == 0 }

    /// Whether `mode` is compatible with everyone who holds.
    func fits(_ mode: LockMode) -> Bool {
        for held in LockMode.allCases where holders[Int(held.rawValue)] > 0 && !held.isCompatible(with: mode) { return false }
        return true
    }

    mutating func take(_ mode: LockMode) {
        holders[Int(mode.rawValue)] += 1
        holderCount += 1
        expiresAt = nil
    }

    mutating func give(_ mode: LockMode) {
        precondition(holders[Int(mode.rawValue)] > 0, "nobody holds \(name) in \(mode)")
        holders[Int(mode.rawValue)] -= 1
        holderCount -= 1
    }

    mutating func join(_ ticket: RequestID, _ mode: LockMode) {
        if lanes.isEmpty { lanes = LockMode.allCases.map { _ in Lane() } }
        lanes[Int(mode.rawValue)].join(ticket)
        waiterCount += 1
        expiresAt = nil
    }

    mutating func leave(_ ticket: RequestID, _ mode: LockMode) {
        lanes[Int(mode.rawValue)].leave(ticket)
        waiterCount -= 1
        if waiterCount == 0 { lanes = [] }
    }

    /// The oldest waiter of each mode: only they can be next, and only they can bar.
    var heads: [(mode: LockMode, ticket: RequestID)] {
        if waiterCount == 0 { return [] }
        return LockMode.allCases.compactMap { mode in lanes[Int(mode.rawValue)].first.map { (mode, $0) } }
    }

    /// Whether two holders exclude each other: never, unless the journal that this was read from is wrong.
    var isOvergranted: Bool {
        for one in LockMode.allCases where holders[Int(one.rawValue)] > 0 {
            for other in LockMode.allCases where holders[Int(other.rawValue)] > 0 && !one.isCompatible(with: other) {
                if one != other || holders[Int(one.rawValue)] > 1 { return true }
            }
        }
        return false
    }
}
