internal import FlomModel

/// Whether the rows of `request`, which every report reads, are what the events amount to: the events make each row once more,
/// by the writer's own rules, and it is compared when its request has ended. In memory is only what is open at that point of
/// the record.
struct ModelCheck {
    private struct ReplayedRequest {
        var row: RequestRow
        /// How many daemons had started by then: the host may have been booted in between.
        let starts: Int
    }

    private var open: [Int64: ReplayedRequest] = [:]
    /// Ended, but their rows tell a command that is still to come: see `RequestChange.fitsEnded`.
    private var unfinished: [Int64: ReplayedRequest] = [:]
    /// In an honest journal there are as many as commands were refused in one moment.
    private static let unfinishedLimit = 10_000
    private var starts = 0
    /// Of the daemon that has started last; nil if it is not known.
    private var view: Int64?
    /// Requests are asked for in the order of their numbers.
    private var firstAsked: Int64?
    private var lastAsked: Int64 = 0
    private var prunings = Prunings()

    /// The greatest event that a prune on record was to remove.
    var prunedUpTo: Int64 { prunings.upTo }

    // MARK: - Event by event

    /// Returns what is wrong, if anything is. Inside a read transaction in which the event is the newest one that matters, or
    /// later ones may be seen too.
    mutating func check(_ record: EventRecord, _ database: Database) throws(JournalError) -> Verification.BadRecord? {
        guard let kind = EventKind(rawValue: String(decoding: record.kind, as: UTF8.self)),
            let detail = record.detail.map({ JSONObject($0) }) ?? .empty
        else { return unreadable(record) }
        guard let number = record.request else {
            if kind == .daemonStarted {
                starts += 1
                view = detail.number("view")
            }
            if kind == .pruned { prunings.note(record.number, detail) }
            return nil
        }
        guard let change = RequestChange(recorded: kind, detail) else { return unreadable(record) }
        let moment = Moment(boottime: Instant(nanoseconds: record.boottime), wallMicroseconds: record.at)
        let rows = try RowCheck(database)

        if case .asked(let request) = change {
            guard number > lastAsked else { return unreadable(record) }
            if number > lastAsked + 1, let inserted = try rows.first(after: lastAsked, before: number) {
                return Verification.BadRecord(record, .rowInserted, request: inserted)
            }
            firstAsked = firstAsked ?? number
            lastAsked = number
            open[number] = ReplayedRequest(
                row: RequestRow(number: number, request: request, view: view, asked: moment), starts: starts)
            return nil
        }
        if open[number] != nil {
            guard open[number]!.row.apply(change, view: view, at: moment) else { return unreadable(record) }
            guard case .ended = change, let replayed = open.removeValue(forKey: number) else { return nil }
            return try compareEnded(replayed, record, rows)
        }
        return try checkLate(number, change, record, moment, rows)
    }

    private mutating func compareEnded(
        _ replayed: ReplayedRequest, _ record: EventRecord, _ rows: RowCheck
    ) throws(JournalError) -> Verification.BadRecord? {
        switch try rows.compare(replayed.row, mayHaveLostBoottimes: starts != replayed.starts) {
        case .same: return nil
        case .missing:
            if try prunings.explain(replayed.row, after: record.number, rows) { return nil }
            return Verification.BadRecord(record, .rowMissing, request: replayed.row.number)
        case .differs(let columns):
            guard replayed.row.mayBeContinued(in: columns), unfinished.count < Self.unfinishedLimit else {
                return Verification.BadRecord(record, .rowAltered(column: columns[0]), request: replayed.row.number)
            }
            unfinished[replayed.row.number] = replayed
            return nil
        }
    }

    private mutating func checkLate(
        _ number: Int64, _ change: RequestChange, _ record: EventRecord, _ moment: Moment, _ rows: RowCheck
    ) throws(JournalError) -> Verification.BadRecord? {
        // The beginning of its story has been cut off, and its row is gone, or it would have been found before the first request.
        guard let firstAsked, number >= firstAsked else { return nil }
        guard change.fitsEnded else { return unreadable(record) }
        if var replayed = unfinished.removeValue(forKey: number) {
            _ = replayed.row.apply(change, view: view, at: moment)
            return try compareEnded(replayed, record, rows)
        }
        guard case .differs(let columns) = try rows.compare(number, change) else { return nil }
        return Verification.BadRecord(record, .rowAltered(column: columns[0]), request: number)
    }

    private func unreadable(_ record: EventRecord) -> Verification.BadRecord {
        Verification.BadRecord(record, .unreadable, request: record.request)
    }

    // MARK: - The end

    /// What is open now, and rows that no event speaks of. Inside a read transaction in which no later event is seen.
    func finish(after last: Int64, _ database: Database) throws(JournalError) -> Verification.BadRecord? {
        let rows = try RowCheck(database)
        for (number, replayed) in (open.merging(unfinished) { $1 }).sorted(by: { $0.key < $1.key }) {
            let asked = replayed.row.asked.wallMicroseconds
            switch try rows.compare(replayed.row, mayHaveLostBoottimes: true) {
            case .same: continue
            case .missing: return Verification.BadRecord(number: last, .rowMissing, at: asked, request: number)
            case .differs(let columns):
                return Verification.BadRecord(number: last, .rowAltered(column: columns[0]), at: asked, request: number)
            }
        }
        guard let inserted = try rows.first(after: lastAsked, before: .max) else { return nil }
        return Verification.BadRecord(number: last, .rowInserted, at: nil, request: inserted)
    }
}

extension RequestRow {
    /// Whether what differs may still be told: a command that no event has told yet.
    fileprivate func mayBeContinued(in columns: [String]) -> Bool {
        columns.allSatisfy { column in
            switch column {
            case "command": command == nil
            case "command_pid", "command_start": process == nil
            default: false
            }
        }
    }
}

/// What the record says of its own prunes.
private struct Prunings {
    /// Rows of what ended before may be gone.
    private var before = Int64.min
    private(set) var upTo: Int64 = 0
    /// Prunes up to this event are known.
    private var lookedUpTo: Int64 = 0

    mutating func note(_ number: Int64, _ detail: JSONObject) {
        before = max(before, detail.number("before") ?? .min)
        upTo = max(upTo, detail.number("up_to") ?? 0)
        lookedUpTo = max(lookedUpTo, number)
    }

    /// Whether a prune has removed this row: it is on record later than what it removes.
    mutating func explain(_ row: RequestRow, after number: Int64, _ rows: RowCheck) throws(JournalError) -> Bool {
        guard let ended = row.ended?.wallMicroseconds else { return false }
        if ended < before { return true }
        for (number, detail) in try rows.prunings(after: max(number, lookedUpTo)) { note(number, detail) }
        return ended < before
    }
}
