internal import FlomModel

/// The waiters for whom the lanes of a kind are too coarse: who asks for several resources at once may be held up by another one,
/// and who asks from within a lock may pass where others may not. One lane for each exact sort of request, so that many commands
/// of one sort cost as much as one.
struct CompoundWaiters {
    /// What requests of one lane have in common: all that they ask for, and the lock that they are nested in.
    struct Key: Hashable {
        /// In canonical order.
        let asks: [Ask]
        let parent: RequestID?
    }

    private var lanes: [Key: Lane] = [:]

    var isEmpty: Bool { lanes.isEmpty }
    var heads: [RequestID] { lanes.values.compactMap(\.first) }
    func head(of key: Key) -> RequestID? { lanes[key]?.first }

    func waiterCount(before ticket: RequestID) -> Int { lanes.values.reduce(0) { $0 + $1.count(before: ticket) } }

    mutating func join(_ ticket: RequestID, _ key: Key) { lanes[key, default: Lane()].join(ticket) }

    mutating func leave(_ ticket: RequestID, _ key: Key) {
        lanes[key]?.leave(ticket)
        if lanes[key]?.isEmpty == true { lanes[key] = nil }
    }
}
