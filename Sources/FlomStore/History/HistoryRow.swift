internal import FlomModel

/// A request as its row in the journal says it.
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
        let asked = Moment(at: row.integer(5), boottime: row.optionalInteger(9))
        self.init(
            request: RequestID(row.integer(0)), resource: row.bytes(1), mode: mode, outcome: outcome, askedAt: asked.at)
        isOrphan = row.truth(4)
        // A grant that never reached its client is none: the request was over before it was told.
        let isReached = outcome != .withdrawn && outcome != .timedOut
        let granted = isReached ? row.optionalInteger(7).map { Moment(at: $0, boottime: row.optionalInteger(10)) } : nil
        let ended = row.optionalInteger(8).map { Moment(at: $0, boottime: row.optionalInteger(11)) }
        queuedAt = row.optionalInteger(6)
        grantedAt = granted?.at
        endedAt = ended?.at
        waitedNanoseconds = (granted ?? ended).map { $0.nanoseconds(since: asked) }
        if let granted, let ended { heldNanoseconds = ended.nanoseconds(since: granted) }

        user = row.text(12)
        host = row.text(13)
        uid = row.optionalInteger(14).map { UInt32(truncatingIfNeeded: $0) }
        clientPID = row.optionalInteger(15).map { Int32(truncatingIfNeeded: $0) }
        // 0 is kept of a command whose number means nothing here.
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

    private struct Moment {
        var at: Int64
        var boottime: Int64?

        func nanoseconds(since earlier: Moment) -> Int64 {
            if let boottime, let before = earlier.boottime { return boottime - before }
            return max(0, at - earlier.at) * 1000
        }
    }
}
