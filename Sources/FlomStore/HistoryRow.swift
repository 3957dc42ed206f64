package import FlomEngine

/// Which requests a history shows.
package struct HistoryQuery: Hashable, Sendable {
    /// The exact name of one resource; nil for all.
    package var resource: [UInt8]?
    /// Only what has not ended.
    package var onlyOpen = false
    /// The newest so many of what matches; nil for all. At least 0.
    package var limit: Int?

    package init(resource: [UInt8]? = nil, onlyOpen: Bool = false, limit: Int? = nil) {
        self.resource = resource
        self.onlyOpen = onlyOpen
        self.limit = limit
    }
}

/// One request as the journal knows it. Wall times are microseconds since 1970-01-01 UTC.
package struct HistoryRow: Hashable, Sendable {
    package var request: RequestID
    package var resource: [UInt8]
    package var mode: LockMode
    package var outcome: RequestOutcome
    package var isOrphan: Bool

    package var askedAt: Int64
    /// When it joined the queue or the wait for creation; nil if it never did.
    package var queuedAt: Int64?
    package var grantedAt: Int64?
    package var endedAt: Int64?
    /// From asking to the grant, or to the end without one; nil while it waits. Measured on `CLOCK_BOOTTIME` if both moments lie
    /// in one boot, else by the wall clock, and then never below 0.
    package var waitedNanoseconds: Int64?
    /// From the grant to the end; nil without a grant and while it is held. Measured likewise.
    package var heldNanoseconds: Int64?

    /// Empty when unknown. As the client claimed.
    package var user: String
    package var host: String
    /// The kernel's word; nil for clients on other hosts.
    package var uid: UInt32?
    /// The kernel's word on this host, else what the client claimed.
    package var clientPID: Int32?
    package var commandPID: Int32?
    /// Empty until the client has told it.
    package var command: [[UInt8]]
    package var exitStatus: Int32?
    package var signal: Int32?
    /// The reason for the outcome in machine-readable words: see docs/journal.md.
    package var detail: String?
    package var token: FencingToken?
}

extension HistoryRow {
    static let columns = """
        request.number, name, mode, outcome, is_orphan,
        asked_at, queued_at, granted_at, ended_at, asked_boottime, granted_boottime, ended_boottime,
        user, host, uid, coalesce(pid, claimed_pid), command_pid, command, exit_status, signal, detail, token
        """

    init(_ row: Statement, path: String) throws(JournalError) {
        request = RequestID(row.integer(0))
        resource = row.bytes(1)
        guard
            let mode = UInt8(exactly: row.integer(2)).flatMap(LockMode.init(rawValue:)),
            let outcome = RequestOutcome(rawValue: row.text(3))
        else {
            throw JournalError(.corrupt, path: path, message: "request \(row.integer(0)) has no mode or outcome")
        }
        self.mode = mode
        self.outcome = outcome
        isOrphan = row.truth(4)

        let asked = Moment(at: row.integer(5), boottime: row.optionalInteger(9))
        let granted = row.optionalInteger(7).map { Moment(at: $0, boottime: row.optionalInteger(10)) }
        let ended = row.optionalInteger(8).map { Moment(at: $0, boottime: row.optionalInteger(11)) }
        askedAt = asked.at
        queuedAt = row.optionalInteger(6)
        grantedAt = granted?.at
        endedAt = ended?.at
        waitedNanoseconds = (granted ?? ended).map { $0.nanoseconds(since: asked) }
        if let granted, let ended { heldNanoseconds = ended.nanoseconds(since: granted) }

        user = row.text(12)
        host = row.text(13)
        uid = row.optionalInteger(14).map { UInt32(truncatingIfNeeded: $0) }
        clientPID = row.optionalInteger(15).map { Int32(truncatingIfNeeded: $0) }
        commandPID = row.optionalInteger(16).map { Int32(truncatingIfNeeded: $0) }
        command = CommandWords.split(row.bytes(17))
        exitStatus = row.optionalInteger(18).map { Int32(truncatingIfNeeded: $0) }
        signal = row.optionalInteger(19).map { Int32(truncatingIfNeeded: $0) }
        detail = row.optionalText(20)
        token = row.optionalInteger(21).map { FencingToken($0) }
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
