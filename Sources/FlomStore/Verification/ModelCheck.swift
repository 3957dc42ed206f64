internal import FlomModel

/// Checks that the rows of `request`, which every report reads, follow from the events. The events are replayed into rows by the
/// writer's own rules, and each row is compared when its request has ended. Only requests that are open at the current event are
/// in memory.
struct ModelCheck {
    private struct ReplayedRequest {
        var row: RequestRow
        /// The number of daemons that had started when the request was made. The host may have been booted between two of them.
        let starts: Int
    }

    private var open: [Int64: ReplayedRequest] = [:]
    /// Ended requests whose rows have a command that no event has reported yet: see `RequestChange.fitsEnded`.
    private var unfinished: [Int64: ReplayedRequest] = [:]
    /// The greatest number of such requests. An unaltered journal has as many as commands were refused at one moment.
    private static let unfinishedLimit = 10_000
    private var starts = 0
    /// The view of the daemon that started last; nil if it is not known.
    private var view: Int64?
    /// The numbers of the first and the last request that were asked for. Requests are asked for in the order of their numbers.
    private var firstAsked: Int64?
    private var lastAsked: Int64 = 0
    private var prunings = Prunings()

    /// The greatest event that a recorded prune was to remove.
    var prunedUpTo: Int64 { prunings.upTo }

    // MARK: - Event by event

    /// Returns the first fault that the event shows, if any. Must be called inside a read transaction in which no later event
    /// matters, or rows may be newer than the events.
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
        // The request's first events have been cut off and its row is gone; otherwise the row would have been found before the
        // first request.
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

    /// Compares what is open now, and finds rows without events. Must be called inside a read transaction that shows no later
    /// event.
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
    /// Whether the differing columns describe a command that no event has reported yet.
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
    /// Rows of requests that ended before this time may be gone.
    private var before = Int64.min
    private(set) var upTo: Int64 = 0
    /// Prunes up to this event are known.
    private var lookedUpTo: Int64 = 0

    mutating func note(_ number: Int64, _ detail: JSONObject) {
        before = max(before, detail.number("before") ?? .min)
        upTo = max(upTo, detail.number("up_to") ?? 0)
        lookedUpTo = max(lookedUpTo, number)
    }

    /// Whether a prune has removed this row. The prune is recorded after the events of the request.
    mutating func explain(_ row: RequestRow, after number: Int64, _ rows: RowCheck) throws(JournalError) -> Bool {
        guard let ended = row.ended?.wallMicroseconds else { return false }
        if ended < before { return true }
        for (number, detail) in try rows.prunings(after: max(number, lookedUpTo)) { note(number, detail) }
        return ended < before
    }
}
