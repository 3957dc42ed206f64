package import FlomModel

/// What is open at one moment, in the order in which it is shown: by resource, holders first, waiters in the order of the queue.
package struct StatusRows {
    package struct Entry {
        package let row: HistoryRow
        /// Of a waiter in the queue, from 1; nil where not all rows are known.
        package let place: Int?
        /// What is left of its resource, if that can be counted; nil where not all rows are known.
        package let pool: Pool?
    }

    package let entries: [Entry]

    /// - Parameter isComplete: whether these are all rows of their resources. Otherwise nobody can count places and what is free.
    package init(_ rows: [HistoryRow], isComplete: Bool) {
        let sorted = rows.sorted(by: Self.precedes)
        var entries: [Entry] = []
        var start = 0
        while start < sorted.count {
            let end = sorted[start...].firstIndex { $0.resource != sorted[start].resource } ?? sorted.count
            let pool = isComplete ? Pool(sorted[start].resource, rows: sorted[start..<end]) : nil
            var place = 0
            for row in sorted[start..<end] {
                if row.outcome == .waiting { place += 1 }
                entries.append(Entry(row: row, place: isComplete && row.outcome == .waiting ? place : nil, pool: pool))
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

/// A resource of which there is a number: how many of it nobody holds.
package struct Pool: Hashable {
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

extension HistoryRow {
    /// What the request was at a moment, in microseconds since 1970-01-01 UTC; nil if it was not open then.
    ///
    /// Whether it was an orphan is not said: the row knows that it became one, and not when.
    package func asOf(_ moment: Int64) -> HistoryRow? {
        guard askedAt <= moment, (endedAt ?? .max) > moment else { return nil }
        var then = self
        then.isOrphan = endedAt == nil && isOrphan
        (then.endedAt, then.heldNanoseconds, then.exitStatus, then.signal, then.detail) = (nil, nil, nil, nil, nil)
        if let grantedAt, grantedAt <= moment {
            then.outcome = .held
        } else {
            then.outcome = outcome == .awaitingCreation ? outcome : .waiting
            (then.grantedAt, then.waitedNanoseconds, then.token, then.element, then.commandPID) = (nil, nil, nil, nil, nil)
        }
        return then
    }

    /// How long it has held or waited, in microseconds; never below 0, whatever has been done to the clock.
    package func age(at now: Int64) -> Int64 { max(0, now - (grantedAt ?? queuedAt ?? askedAt)) }
}

/// How a request stands, in few words.
package enum StateText {
    /// - Parameter now: microseconds since 1970-01-01 UTC.
    package static func of(_ row: HistoryRow, place: Int?, now: Int64) -> String {
        var text: String
        if row.outcome == .waiting {
            text = place.map { "waits, place \($0)" } ?? "waits"
        } else {
            text = OutcomeText.of(row)
        }
        if row.isAway { text += row.keptUntil.map { ", away, kept until \(TimeText.recent($0, now: now))" } ?? ", away" }
        return text
    }
}
