internal import FlomModel

/// The waiters that cannot stand in the lanes of their resource's kind, in which all ask for the same and are granted under the same
/// condition: a request for several resources may have to wait for any of them, and a nested request may overtake others. There is one
/// lane for each pair of resources and enclosing request, so that many equal commands are looked at once.
struct CompoundWaiters {
    /// What the requests of one lane have in common: all that they ask for, and the lock that they are nested in.
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

    /// What is wrong with the lanes; nil if nothing is.
    var inconsistency: String? {
        if lanes.values.contains(where: \.isEmpty) { return "a lane is empty" }
        return lanes.values.lazy.compactMap(\.inconsistency).first
    }

    mutating func join(_ ticket: RequestID, _ key: Key) { lanes[key, default: Lane()].join(ticket) }

    /// The ticket must be in the lane.
    mutating func leave(_ ticket: RequestID, _ key: Key) {
        guard let index = lanes.index(forKey: key) else {
            preconditionFailure("request \(ticket.number) leaves a lane that is empty")
        }
        lanes.values[index].leave(ticket)
        if lanes.values[index].isEmpty { lanes.remove(at: index) }
    }
}
