internal import FlomModel

/// A resource that exists in a limited number: the capacity, and what is free of it.
package struct ResourcePool: Hashable {
    package let capacity: Int
    package let free: Int
    /// The free elements of a set, in the order of the name; nil for other kinds.
    package let freeElements: [[UInt8]]?

    /// Nil for kinds that are shared by modes.
    init?(_ resource: [UInt8], rows: some Sequence<HistoryRow>) {
        guard let name = try? ResourceName(resource) else { return nil }
        let held = rows.filter { $0.outcome == .held }
        switch name.kind {
        case .simple, .hierarchical: return nil
        case .numeric(let capacity):
            self.capacity = Int(capacity)
            free = max(0, Int(capacity) - held.reduce(0) { $0 + Int($1.quantity ?? 1) })
            freeElements = nil
        case .sequence(_, let capacity), .timestamp(_, let capacity):
            self.capacity = Int(capacity)
            free = max(0, Int(capacity) - held.count)
            freeElements = nil
        case .set(let elements):
            var left = elements
            for row in held {
                // Elements of the same text are counted separately.
                if let index = left.firstIndex(where: { $0 == row.element }) { left.remove(at: index) }
            }
            capacity = elements.count
            free = left.count
            freeElements = left
        }
    }

    /// `1 of 3`, and for a set which elements: `1 of 3: gpu2`.
    package var text: String {
        let count = "\(free) of \(capacity)"
        guard let freeElements, !freeElements.isEmpty else { return count }
        return count + ": " + freeElements.map { SafeText.shown($0) }.joined(separator: " ")
    }
}
