internal import FlomModel

/// The waiters for whom the lanes of a kind are too coarse: who asks for several resources at once may be held up by another one,
/// and who asks from within a lock may pass where others may not. One lane for each exact sort of request, so that many commands
/// of one sort cost as much as one.
struct ExactLanes {
    /// What requests of one lane have in common: all that they ask for, and the lock that they are nested in.
    struct Sort: Hashable {
        /// In canonical order.
        let asks: [Ask]
        let parent: RequestID?
    }

    private var lanes: [Sort: Lane] = [:]

    var isEmpty: Bool { lanes.isEmpty }
    var heads: [RequestID] { lanes.values.compactMap(\.first) }
    func head(of sort: Sort) -> RequestID? { lanes[sort]?.first }

    func waiterCount(before ticket: RequestID) -> Int { lanes.values.reduce(0) { $0 + $1.count(before: ticket) } }

    mutating func join(_ ticket: RequestID, _ sort: Sort) { lanes[sort, default: Lane()].join(ticket) }

    mutating func leave(_ ticket: RequestID, _ sort: Sort) {
        lanes[sort]?.leave(ticket)
        if lanes[sort]?.isEmpty == true { lanes[sort] = nil }
    }
}
