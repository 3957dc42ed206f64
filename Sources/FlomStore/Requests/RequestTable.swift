internal import FlomModel

/// Writes table `request`.
final class RequestTable {
    private let database: Database
    private let insertStatement: Statement
    private let waitStatement: Statement
    private let grantStatement: Statement
    private let describeStatement: Statement
    private let startStatement: Statement
    private let orphanStatement: Statement
    private let resumeStatement: Statement
    private let identifyStatement: Statement
    private let endStatement: Statement

    init(_ database: Database) throws(JournalError) {
        self.database = database
        insertStatement = try database.statement(
            """
            INSERT INTO request (
                number, resource, mode, may_wait, may_create, idle_life_ms,
                is_local, can_resume, uid, pid, pid_start, user, host, machine_id, boot_id, claimed_pid, secret_hash,
                asked_at, asked_boottime, queued_at, queued_boottime, granted_at, granted_boottime, ended_at, ended_boottime,
                outcome, is_orphan, token, command, command_pid, command_start, exit_status, signal, detail,
                quantity, element, in_group, parent,
                lease, on_orphan, address, tls_subject, process_view
            ) VALUES (
                ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41,
                ?42, ?43
            )
            """
        )
        waitStatement = try database.statement(
            "UPDATE request SET outcome = ?2, queued_at = ?3, queued_boottime = ?4 WHERE number = ?1 AND ended_at IS NULL"
        )
        grantStatement = try database.statement(
            """
            UPDATE request SET outcome = 'held', token = ?2, granted_at = ?3, granted_boottime = ?4, element = ?5
            WHERE number = ?1 AND ended_at IS NULL
            """
        )
        describeStatement = try database.statement("UPDATE request SET command = ?2 WHERE number = ?1")
        startStatement = try database.statement("UPDATE request SET command_pid = ?2, command_start = ?3 WHERE number = ?1")
        orphanStatement = try database.statement("UPDATE request SET is_orphan = 1 WHERE number = ?1 AND ended_at IS NULL")
        resumeStatement = try database.statement(
            "UPDATE request SET is_orphan = 0, awaited_since = NULL WHERE number = ?1 AND ended_at IS NULL")
        identifyStatement = try database.statement(
            """
            UPDATE request SET pid = ?2, pid_start = ?3, process_view = ?4, command_pid = NULL, command_start = NULL
            WHERE number = ?1 AND ended_at IS NULL
            """
        )
        endStatement = try database.statement(
            """
            UPDATE request SET outcome = ?2, exit_status = ?3, signal = ?4, detail = ?5, ended_at = ?6, ended_boottime = ?7
            WHERE number = ?1 AND ended_at IS NULL
            """
        )
    }

    /// Changes the row of a request that an earlier batch has written.
    ///
    /// - Parameter view: the view of the daemon that records the change.
    /// - Throws: `unknownRequest` when no row fits the change.
    func update(_ number: Int64, _ change: RequestChange, view: Int64?, at moment: Moment) throws(JournalError) {
        let statement: Statement
        switch change {
        case .asked: throw JournalError(.unknownRequest(number), path: database.path)
        case .waits(let outcome):
            statement = waitStatement
            statement.bind(2, outcome.rawValue)
            Self.bind(statement, 3, moment)
        case .granted(let token, let element):
            statement = grantStatement
            statement.bind(2, token.value)
            Self.bind(statement, 3, moment)
            Self.bind(statement, 5, blob: element)
        case .described(let command):
            statement = describeStatement
            statement.bind(2, blob: CommandWords.join(command))
        case .started(let process):
            statement = startStatement
            statement.bind(2, Int64(process.pid))
            statement.bind(3, Int64(bitPattern: process.startTime))
        case .orphaned: statement = orphanStatement
        case .resumed: statement = resumeStatement
        case .identified(let process):
            statement = identifyStatement
            Self.bind(statement, 2, process)
            statement.bind(4, view)
        case .ended(let end):
            statement = endStatement
            statement.bind(2, end.outcome.rawValue)
            statement.bind(3, end.exitStatus.map(Int64.init))
            statement.bind(4, end.signal.map(Int64.init))
            Self.bind(statement, 5, end.detail)
            Self.bind(statement, 6, moment)
        }
        statement.bind(1, number)
        try statement.run()
        if database.changes == 1 { return }
        if change.fitsEnded, try isPruned(number) { return }
        throw JournalError(.unknownRequest(number), path: database.path)
    }

    /// Whether a request has been pruned. A client may stay connected after its refusal for longer than the refusal is kept, and
    /// report its command then.
    private func isPruned(_ number: Int64) throws(JournalError) -> Bool {
        try database.integer("SELECT newest_pruned FROM journal").map { number <= $0 } ?? false
    }

    func insert(_ row: RequestRow, resource: Int64) throws(JournalError) {
        Self.bind(row, resource: resource, to: insertStatement)
        try insertStatement.run()
    }

    /// Binds the columns of a row in the order of the INSERT above. The comparison of rows in `RowCheck` uses it too.
    static func bind(_ row: RequestRow, resource: Int64?, to statement: Statement) {
        let request = row.request
        let client = request.client
        statement.bind(1, row.number)
        statement.bind(2, resource)
        statement.bind(3, Int64(request.mode.rawValue))
        statement.bind(4, request.mayWait ? 1 : 0)
        statement.bind(5, request.mayCreate ? 1 : 0)
        statement.bind(6, Int64(request.idleLifespanMilliseconds))
        statement.bind(7, client.isLocal ? 1 : 0)
        statement.bind(8, client.canResume ? 1 : 0)
        statement.bind(9, client.uid.map(Int64.init))
        bind(statement, 10, client.process)
        bind(statement, 12, client.user.isEmpty ? nil : client.user)
        bind(statement, 13, client.host.isEmpty ? nil : client.host)
        bind(statement, 14, client.machineID.isEmpty ? nil : client.machineID)
        bind(statement, 15, client.bootID.isEmpty ? nil : client.bootID)
        statement.bind(16, client.claimedPID.map(Int64.init))
        if request.secretHash.isEmpty { statement.bindNull(17) } else { statement.bind(17, blob: request.secretHash) }
        bind(statement, 18, row.asked)
        bind(statement, 20, row.queued)
        bind(statement, 22, row.granted)
        bind(statement, 24, row.ended)
        statement.bind(26, row.outcome.rawValue)
        statement.bind(27, row.isOrphan ? 1 : 0)
        statement.bind(28, row.token?.value)
        if let command = row.command { statement.bind(29, blob: CommandWords.join(command)) } else { statement.bindNull(29) }
        bind(statement, 30, row.process)
        statement.bind(32, row.end?.exitStatus.map(Int64.init))
        statement.bind(33, row.end?.signal.map(Int64.init))
        bind(statement, 34, row.end?.detail)
        statement.bind(35, request.resource.kind.hasQuantity ? Int64(request.quantity) : nil)
        bind(statement, 36, blob: row.element)
        statement.bind(37, request.group?.number)
        statement.bind(38, request.parent?.number)
        bind(statement, 39, request.isLeaseless ? "none" : nil)
        bind(statement, 40, request.wordForOrphans)
        bind(statement, 41, client.address.isEmpty ? nil : client.address)
        bind(statement, 42, client.tlsSubject)
        statement.bind(43, row.view)
    }

    private static func bind(_ statement: Statement, _ index: Int32, _ moment: Moment?) {
        statement.bind(index, moment?.wallMicroseconds)
        statement.bind(index + 1, moment?.boottime.nanoseconds)
    }

    private static func bind(_ statement: Statement, _ index: Int32, _ process: ProcessIdentity?) {
        statement.bind(index, process.map { Int64($0.pid) })
        statement.bind(index + 1, process.map { Int64(bitPattern: $0.startTime) })
    }

    private static func bind(_ statement: Statement, _ index: Int32, blob: [UInt8]?) {
        if let blob { statement.bind(index, blob: blob) } else { statement.bindNull(index) }
    }

    private static func bind(_ statement: Statement, _ index: Int32, _ text: String?) {
        if let text { statement.bind(index, text) } else { statement.bindNull(index) }
    }
}
