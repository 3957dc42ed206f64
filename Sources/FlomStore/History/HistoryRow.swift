internal import FlomModel

/// A request as its row in the journal describes it.
extension HistoryRow {
    static func columns(_ database: Database) throws(JournalError) -> String {
        try columns + ", " + JournalFormat.tlsSubjectColumn(database)
    }

    private static let columns = """
        request.number, name, mode, outcome, is_orphan,
        asked_at, queued_at, granted_at, ended_at, asked_boottime, granted_boottime, ended_boottime,
        user, host, uid, coalesce(pid, claimed_pid), command_pid, command, exit_status, signal, detail, token,
        quantity, element, in_group, parent
        """

    init(_ row: Statement, path: String) throws(JournalError) {
        guard
            let mode = UInt8(exactly: row.integer(2)).flatMap(LockMode.init(rawValue:)),
            let outcome = RequestOutcome(rawValue: row.text(3))
        else {
            throw JournalError(.corrupt, path: path, message: "request \(row.integer(0)) has no mode or outcome")
        }
        self.init(
            request: RequestID(row.integer(0)), resource: row.bytes(1), mode: mode, outcome: outcome, askedAt: row.integer(5))
        isOrphan = row.truth(4)
        // A grant that never reached its client is not shown: the request ended before the client was told.
        let isReached = outcome != .withdrawn && outcome != .timedOut
        queuedAt = row.optionalInteger(6)
        grantedAt = isReached ? row.optionalInteger(7) : nil
        endedAt = row.optionalInteger(8)
        if grantedAt != nil || endedAt != nil {
            waitedNanoseconds = Self.nanoseconds(row, from: Self.asked, to: grantedAt != nil ? Self.granted : Self.ended)
        }
        if grantedAt != nil && endedAt != nil { heldNanoseconds = Self.nanoseconds(row, from: Self.granted, to: Self.ended) }

        user = row.text(12)
        host = row.text(13)
        uid = row.optionalInteger(14).map { UInt32(truncatingIfNeeded: $0) }
        clientPID = row.optionalInteger(15).map { Int32(truncatingIfNeeded: $0) }
        // 0 stands for a command whose process id means nothing on this host.
        commandPID = row.optionalInteger(16).flatMap { $0 > 0 ? Int32(truncatingIfNeeded: $0) : nil }
        command = CommandWords.split(row.bytes(17))
        exitStatus = row.optionalInteger(18).map { Int32(truncatingIfNeeded: $0) }
        signal = row.optionalInteger(19).map { Int32(truncatingIfNeeded: $0) }
        detail = row.optionalText(20)
        token = isReached ? row.optionalInteger(21).map { FencingToken($0) } : nil
        quantity = row.optionalInteger(22).map { Int32(truncatingIfNeeded: $0) }
        element = isReached ? row.optionalBytes(23) : nil
        group = row.optionalInteger(24).map { RequestID($0) }
        parent = row.optionalInteger(25).map { RequestID($0) }
        tlsSubject = row.optionalText(26)
    }

    /// The columns of one time: microseconds on the wall clock, and nanoseconds on the boot clock, NULL if the host was booted
    /// since.
    private typealias TimeColumns = (wall: Int32, boottime: Int32)

    private static let asked: TimeColumns = (5, 9)
    private static let granted: TimeColumns = (7, 10)
    private static let ended: TimeColumns = (8, 11)

    /// Nanoseconds between two times, by the boot clock if the row has it for both. Otherwise by the wall clock, and 0 if that
    /// was set back.
    private static func nanoseconds(_ row: Statement, from start: TimeColumns, to end: TimeColumns) -> Int64 {
        if let earlier = row.optionalInteger(start.boottime), let later = row.optionalInteger(end.boottime) {
            return later - earlier
        }
        return max(0, row.integer(end.wall) - row.integer(start.wall)) * 1000
    }
}
