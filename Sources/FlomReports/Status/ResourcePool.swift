internal import FlomModel

/// A resource of which there is a number: how many of it nobody holds.
package struct ResourcePool: Hashable {
    package let capacity: Int
    package let free: Int
    /// Of a set: what nobody holds, in the order of the name.
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
                // Two elements of the same text are two elements.
                if let index = left.firstIndex(where: { $0 == row.element }) { left.remove(at: index) }
            }
            capacity = elements.count
            free = left.count
            freeElements = left
        }
    }

    /// `1 of 3`, and of a set which: `1 of 3: gpu2`.
    package var text: String {
        let count = "\(free) of \(capacity)"
        guard let freeElements, !freeElements.isEmpty else { return count }
        return count + ": " + freeElements.map { SafeText.shown($0) }.joined(separator: " ")
    }
}
