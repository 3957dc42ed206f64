package import FlomModel
internal import FlomSystem

/// Removes what ended long ago from a journal, a little at a time, so that its owner can serve clients in between.
///
/// Requests that ended before a given time are removed. The record of events is cut at one point, so that its chain holds: before
/// the first event of the oldest request that stays, and not later than the given time. What will be removed is counted first,
/// and the result is recorded together with the first removal.
package final class Pruning {
    package enum Progress: Hashable, Sendable {
        case goesOn
        /// Nil if there was nothing to remove, and nothing was recorded.
        case done(PruneRecord?)
    }

    private enum Phase {
        case counting
        case cutting
        case removingRequests
        case removingEvents
        case notingNames
        case sweepingNames
        case done
    }

    private struct State {
        var phase = Phase.counting
        /// The request or event that was looked at last.
        var last: Int64 = 0
        var newestRemoved: Int64 = 0
        /// The oldest request that stays.
        var firstKept = Int64.max
        /// Whether requests that are removed begin before the cut, or were removed by a prune that was interrupted.
        var cutsRequests = false
        var record: PruneRecord
        var isRecorded = false
        var names: NameSweep
    }

    private let journal: Journal
    private let database: Database
    private var state: State

    /// - Parameter before: microseconds since 1970-01-01 UTC.
    package init(_ journal: Journal, by person: String, before: Int64) {
        self.journal = journal
        database = journal.database
        state = State(
            record: .init(by: person, before: before, upTo: 0, requests: 0, events: 0),
            names: NameSweep(journal.database) { journal.writer.forget($0) })
    }

    /// Rows that are looked at or removed between two looks at the clock.
    private static let rowsLookedAt: Int64 = 128
    private static let rowsRemoved: Int64 = 16

    /// Works for about this long, in one transaction if it removes something.
    ///
    /// - Throws: then nothing of this step was done, and it may be tried again.
    package func step(at moment: Moment, nanoseconds: Int64) throws(JournalError) -> Progress {
        let end = Clock.boottimeNanoseconds() + nanoseconds
        let hasLooked = isLooking
        while isLooking {
            switch state.phase {
            case .counting: try countRequests()
            case .cutting: try findCut()
            default: if try state.names.note() { state.phase = .sweepingNames }
            }
            if Clock.boottimeNanoseconds() >= end { break }
        }
        // A step makes progress however little time it has.
        if !isLooking && state.phase != .done && (!hasLooked || Clock.boottimeNanoseconds() < end) {
            let before = state
            do throws(JournalError) {
                if state.phase == .sweepingNames {
                    try sweepNames(until: end)
                } else {
                    try journal.remove { () throws(JournalError) in
                        try putOnRecord(moment)
                        repeat {
                            if state.phase == .removingRequests { try removeRequests() } else { try removeEvents() }
                        } while state.phase != .notingNames && Clock.boottimeNanoseconds() < end
                    }
                }
            } catch {
                state = before
                throw error
            }
        }
        guard state.phase == .done else { return .goesOn }
        return .done(state.isRecorded ? state.record : nil)
    }

    private var isLooking: Bool { [.counting, .cutting, .notingNames].contains(state.phase) }

    private func enter(_ phase: Phase, after last: Int64) { (state.phase, state.last) = (phase, last) }

    // MARK: - Looking

    private func countRequests() throws(JournalError) {
        let rows = try database.statement(
            "SELECT number, asked_at, ended_at FROM request WHERE number > ?1 ORDER BY number LIMIT \(Self.rowsLookedAt)")
        rows.bind(1, state.last)
        defer { rows.reset() }
        var count: Int64 = 0
        while try rows.step() {
            let number = rows.integer(0)
            // A later request cannot have ended before, unless the clock was set back. Such requests go with another prune.
            guard rows.integer(1) < state.record.before else {
                state.firstKept = min(state.firstKept, number)
                return try endCounting()
            }
            if let ended = rows.optionalInteger(2), ended < state.record.before {
                state.record.requests += 1
                state.newestRemoved = number
            } else {
                state.firstKept = min(state.firstKept, number)
            }
            state.last = number
            count += 1
        }
        if count < Self.rowsLookedAt { try endCounting() }
    }

    private func endCounting() throws(JournalError) {
        let anchor = try database.integer("SELECT anchor_number FROM journal") ?? 0
        state.record.upTo = anchor
        enter(.cutting, after: anchor)
    }

    private func findCut() throws(JournalError) {
        let rows = try database.statement(
            "SELECT number, at, kind = 'requested', request FROM event WHERE number > ?1 ORDER BY number LIMIT \(Self.rowsLookedAt)"
        )
        rows.bind(1, state.last)
        defer { rows.reset() }
        var count: Int64 = 0
        while try rows.step() {
            let isRequest = rows.truth(2)
            guard rows.integer(1) < state.record.before, !isRequest || rows.integer(3) < state.firstKept else { return cut() }
            if isRequest { state.cutsRequests = true }
            state.record.events += 1
            state.record.upTo = rows.integer(0)
            state.last = state.record.upTo
            count += 1
        }
        if count < Self.rowsLookedAt { cut() }
    }

    private func cut() {
        // The few events of a daemon's start and end do not justify a prune on record, which would be one more of them.
        let isWorthIt = state.record.requests > 0 || state.cutsRequests
        enter(isWorthIt ? .removingRequests : .done, after: 0)
    }

    // MARK: - Removing

    private func putOnRecord(_ moment: Moment) throws(JournalError) {
        guard !state.isRecorded else { return }
        try journal.writer.write([.pruned(state.record)], at: moment)
        // The numbers of removed requests must not be given again.
        let remember = try database.statement("UPDATE journal SET newest_pruned = max(newest_pruned, ?1)")
        remember.bind(1, state.newestRemoved)
        try remember.run()
        state.isRecorded = true
    }

    private func removeRequests() throws(JournalError) {
        let remove = try database.statement(
            """
            DELETE FROM request WHERE number IN (
                SELECT number FROM request WHERE number > ?1 AND number <= ?2 AND ended_at < ?3
                ORDER BY number LIMIT \(Self.rowsRemoved)
            ) RETURNING number
            """
        )
        remove.bind(1, state.last)
        remove.bind(2, state.newestRemoved)
        remove.bind(3, state.record.before)
        var blocks: Set<Int64> = []
        var count: Int64 = 0
        while try remove.step() {
            state.last = max(state.last, remove.integer(0))
            blocks.insert(RequestBlock.first(of: remove.integer(0)))
            count += 1
        }
        for block in blocks { try removeBlock(block) }
        guard count < Self.rowsRemoved else { return }
        enter(.removingEvents, after: try database.integer("SELECT anchor_number FROM journal") ?? 0)
    }

    /// Removes a summary none of whose requests is left.
    private func removeBlock(_ first: Int64) throws(JournalError) {
        let remove = try database.statement(
            "DELETE FROM block WHERE first = ?1 AND NOT EXISTS (SELECT 1 FROM request WHERE number BETWEEN ?1 AND ?2)")
        remove.bind(1, first)
        remove.bind(2, first + RequestBlock.size - 1)
        try remove.run()
    }

    private func removeEvents() throws(JournalError) {
        let last = min(state.last + Self.rowsRemoved, state.record.upTo)
        if last > state.last {
            let anchor = try database.statement(
                "UPDATE journal SET anchor_number = ?1, anchor_hash = (SELECT hash FROM event WHERE number = ?1)")
            anchor.bind(1, last)
            try anchor.run()
            let remove = try database.statement("DELETE FROM event WHERE number <= ?1")
            remove.bind(1, last)
            try remove.run()
            state.last = last
        }
        guard last == state.record.upTo else { return }
        try state.names.begin()
        enter(.notingNames, after: 0)
    }

    private func sweepNames(until end: Int64) throws(JournalError) {
        try database.execute("PRAGMA foreign_keys = OFF")
        defer { try? database.execute("PRAGMA foreign_keys = ON") }
        try journal.remove { () throws(JournalError) in
            repeat {
                if try state.names.sweep(most: Int(Self.rowsRemoved)) { state.phase = .done }
            } while state.phase != .done && Clock.boottimeNanoseconds() < end
        }
    }
}

extension Journal {
    fileprivate func remove(_ body: () throws(JournalError) -> Void) throws(JournalError) {
        try transaction(body)
        writer.committed()
    }

    /// Gives the space of removed rows back to the file system. It rewrites the whole file and takes as long, so it must be
    /// called only while no client is served.
    package func vacuum() throws(JournalError) {
        // The copy goes to disk, however large it is.
        try database.execute(
            """
            PRAGMA temp_store = FILE;
            VACUUM;
            PRAGMA wal_checkpoint(TRUNCATE);
            PRAGMA temp_store = MEMORY
            """
        )
    }
}
