internal import FlomModel

/// Reads the open rows of `request`, for recovery and for status.
enum OpenRequestRow {
    /// In the order of their numbers.
    static func query(_ database: Database) throws(JournalError) -> String {
        """
        SELECT
            request.number, name, mode, may_wait, may_create, idle_life_ms,
            is_local, can_resume, uid, pid, pid_start, user, host, machine_id, request.boot_id, claimed_pid, secret_hash,
            asked_boottime, queued_boottime, granted_boottime, queued_at, granted_at,
            outcome, is_orphan, token, command, command_pid, command_start, quantity, element,
            in_group, parent, lease, on_orphan, address, \(try JournalFormat.tlsSubjectColumn(database)),
            \(try ViewTable.columns(database))
        FROM request CROSS JOIN resource ON resource.id = request.resource \(try ViewTable.join(database))
        WHERE request.number IN (\(try OpenRequestIndex.query(database))) AND ended_at IS NULL
        ORDER BY request.number
        """
    }

    /// - Parameter earlierBoot: stands for times of an earlier boot, whose boot clock means nothing any more.
    static func decode(
        _ row: Statement,
        path: String,
        ignoringBoottimes: Bool,
        earlierBoot: Instant
    ) throws(JournalError) -> OpenRequest {
        let number = row.integer(0)
        func corrupt(_ what: String) -> JournalError {
            JournalError(.corrupt, path: path, message: "request \(number) has \(what)")
        }
        func moment(_ column: Int32) -> Instant {
            let boottime = ignoringBoottimes ? nil : row.optionalInteger(column)
            return boottime.map { Instant(nanoseconds: $0) } ?? earlierBoot
        }
        let resource: ResourceName
        do { resource = try ResourceName(row.bytes(1)) } catch { throw corrupt("a resource name that is none: \(error.reason)") }
        guard let mode = UInt8(exactly: row.integer(2)).flatMap(LockMode.init(rawValue:)) else { throw corrupt("no lock mode") }

        var request = LockRequest(resource: resource, mode: mode)
        request.mayWait = row.truth(3)
        request.mayCreate = row.truth(4)
        request.idleLifespanMilliseconds = Int32(truncatingIfNeeded: row.integer(5))
        request.client = client(row)
        request.secretHash = row.bytes(16)
        request.group = row.optionalInteger(30).map { RequestID($0) }
        request.parent = row.optionalInteger(31).map { RequestID($0) }
        request.isLeaseless = row.optionalText(32) == "none"
        request.wordForOrphans = row.optionalText(33)
        if let quantity = row.optionalInteger(28) { request.quantity = Int32(truncatingIfNeeded: quantity) }

        let phase: OpenRequest.Phase
        switch RequestOutcome(rawValue: row.text(22)) {
        case .waiting: phase = .waiting
        case .awaitingCreation: phase = .awaitingCreation
        case .held:
            guard let token = row.optionalInteger(24) else { throw corrupt("a grant without a token") }
            phase = .held(FencingToken(token))
        default: throw corrupt("the outcome \"\(row.text(22))\" without an end")
        }

        var open = OpenRequest(id: RequestID(number), request: request, phase: phase, askedAt: moment(17))
        if !row.isNull(20) { open.queuedAt = moment(18) }
        if !row.isNull(21) { open.grantedAt = moment(19) }
        open.isOrphan = row.truth(23)
        open.commandLine = CommandWords.split(row.bytes(25))
        open.command = process(row, 26)
        open.element = row.optionalBytes(29)
        (open.view, open.bootSeenUntil) = ViewTable.decode(row, 36)
        return open
    }

    private static func client(_ row: Statement) -> ClientIdentity {
        var client = ClientIdentity()
        client.isLocal = row.truth(6)
        client.canResume = row.truth(7)
        client.uid = row.optionalInteger(8).map { UInt32(truncatingIfNeeded: $0) }
        client.process = process(row, 9)
        client.user = row.text(11)
        client.host = row.text(12)
        client.machineID = row.text(13)
        client.bootID = row.text(14)
        client.address = row.text(34)
        client.tlsSubject = row.optionalText(35)
        client.claimedPID = row.optionalInteger(15).map { Int32(truncatingIfNeeded: $0) }
        return client
    }

    private static func process(_ row: Statement, _ column: Int32) -> ProcessIdentity? {
        guard let pid = row.optionalInteger(column) else { return nil }
        return ProcessIdentity(pid: Int32(truncatingIfNeeded: pid), startTime: UInt64(bitPattern: row.integer(column + 1)))
    }
}

extension Database {
    /// All open requests, in the order of their numbers.
    func openRequests(ignoringBoottimes: Bool, earlierBoot: Instant) throws(JournalError) -> [OpenRequest] {
        let rows = try statement(try OpenRequestRow.query(self))
        defer { rows.reset() }
        var requests: [OpenRequest] = []
        while try rows.step() {
            requests.append(
                try OpenRequestRow.decode(rows, path: path, ignoringBoottimes: ignoringBoottimes, earlierBoot: earlierBoot)
            )
        }
        return requests
    }
}
