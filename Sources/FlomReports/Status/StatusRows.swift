package import FlomModel

/// An open request with its place in the queue.
package struct StatusRow {
    package let row: HistoryRow
    /// The place of a waiter in the queue, from 1; nil for others, and where not all rows of the resource are known.
    package let place: Int?
    /// What is free of the resource, if that can be counted; nil where not all rows are known.
    package let pool: ResourcePool?
}

/// The open requests at one moment in the order of reports: by resource, holders first, waiters in the order of the queue.
package struct StatusRows {
    package let entries: [StatusRow]

    /// - Parameter isComplete: whether these are all rows of their resources. Places and free numbers can be counted only then.
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
