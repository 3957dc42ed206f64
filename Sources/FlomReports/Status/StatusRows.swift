package import FlomModel

/// One row of what is open.
package struct StatusRow {
    package let row: HistoryRow
    /// Of a waiter in the queue, from 1; nil where not all rows are known.
    package let place: Int?
    /// What is left of its resource, if that can be counted; nil where not all rows are known.
    package let pool: ResourcePool?
}

/// What is open at one moment, in the order in which it is shown: by resource, holders first, waiters in the order of the queue.
package struct StatusRows {
    package let entries: [StatusRow]

    /// - Parameter isComplete: whether these are all rows of their resources. Otherwise nobody can count places and what is free.
    package init(_ rows: [HistoryRow], isComplete: Bool) {
        let sorted = rows.sorted(by: Self.precedes)
        var entries: [StatusRow] = []
        var start = 0
        while start < sorted.count {
            let end = sorted[start...].firstIndex { $0.resource != sorted[start].resource } ?? sorted.count
            let pool = isComplete ? ResourcePool(sorted[start].resource, rows: sorted[start..<end]) : nil
            var place = 0
            for row in sorted[start..<end] {
                if row.outcome == .waiting { place += 1 }
                entries.append(StatusRow(row: row, place: isComplete && row.outcome == .waiting ? place : nil, pool: pool))
            }
            start = end
        }
        self.entries = entries
    }

    package var rows: [HistoryRow] { entries.map(\.row) }

    private static func precedes(_ one: HistoryRow, _ other: HistoryRow) -> Bool {
        if one.resource != other.resource { return one.resource.lexicographicallyPrecedes(other.resource) }
        let (oneHolds, otherHolds) = (one.outcome == .held, other.outcome == .held)
        return oneHolds != otherHolds ? oneHolds : one.request < other.request
    }
}
