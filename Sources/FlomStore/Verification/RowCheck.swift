internal import FlomModel

/// Compares rows of `request` with the expected ones, column by column, in the database and with the bindings of the INSERT.
struct RowCheck {
    enum Comparison: Hashable {
        case same
        case missing
        /// The columns that differ.
        case differs([String])
    }

    private let database: Database
    private let query: String

    init(_ database: Database) throws(JournalError) {
        self.database = database
        query = Self.query(try JournalFormat.tlsSubjectColumn(database), try JournalFormat.viewColumn(database))
    }

    /// Column and parameter of everything that events determine. `secret_hash` is not among them: no event has it.
    private static let columns: [(name: String, parameter: Int)] = [
        ("mode", 3), ("may_wait", 4), ("may_create", 5), ("idle_life_ms", 6), ("is_local", 7), ("can_resume", 8), ("uid", 9),
        ("pid", 10), ("pid_start", 11), ("user", 12), ("host", 13), ("machine_id", 14), ("boot_id", 15), ("claimed_pid", 16),
        ("asked_at", 18), ("queued_at", 20), ("granted_at", 22), ("ended_at", 24), ("outcome", 26), ("is_orphan", 27),
        ("token", 28), ("command", 29), ("command_pid", 30), ("command_start", 31), ("exit_status", 32), ("signal", 33),
        ("detail", 34), ("quantity", 35), ("element", 36), ("in_group", 37), ("parent", 38), ("lease", 39), ("on_orphan", 40),
        ("address", 41), ("tls_subject", 42),
    ]

    /// Conditions on the boot times, which are removed from the rows of open requests when the host is booted: ?45 says that this
    /// may have happened. The end's time stays, and a waiter's age begins anew.
    private static let boottimes: [(name: String, condition: String)] = [
        ("asked_boottime", "asked_boottime IS ?19 OR (?45 AND asked_boottime IS NULL)"),
        ("queued_boottime", "queued_boottime IS ?21 OR ?45"),
        ("granted_boottime", "granted_boottime IS ?23 OR (?45 AND granted_boottime IS NULL)"),
        ("ended_boottime", "ended_boottime IS ?25"),
    ]

    private static let names = ["resource"] + columns.map(\.name) + boottimes.map(\.name) + ["process_view"]

    /// - Parameters:
    ///   - tlsSubject: the column or its substitute: see `JournalFormat`.
    ///   - view: likewise. It is compared only if the start of the view's daemon is still on record: that start alone says what
    ///     the view is.
    private static func query(_ tlsSubject: String, _ view: String) -> String {
        let known = columns.map { "\($0.name == "tls_subject" ? tlsSubject : $0.name) IS ?\($0.parameter)" }
        return "SELECT (SELECT name FROM resource WHERE id = request.resource) IS ?44, "
            + (known + boottimes.map(\.condition) + ["?43 IS NULL OR \(view) IS ?43"]).joined(separator: ", ")
            + " FROM request WHERE number = ?1"
    }

    func compare(_ row: RequestRow, mayHaveLostBoottimes: Bool) throws(JournalError) -> Comparison {
        let statement = try database.statement(query)
        RequestTable.bind(row, resource: nil, to: statement)
        statement.bind(45, mayHaveLostBoottimes ? 1 : 0)
        statement.bind(44, blob: row.request.resource.bytes)
        defer { statement.reset() }
        guard try statement.step() else { return .missing }
        var different: [String] = []
        for (index, name) in Self.names.enumerated() where !statement.truth(Int32(index)) { different.append(name) }
        return different.isEmpty ? .same : .differs(different)
    }

    /// Compares what a client has reported about its command after the request's end.
    func compare(_ number: Int64, _ change: RequestChange) throws(JournalError) -> Comparison {
        let statement: Statement
        switch change {
        case .described(let words):
            statement = try database.statement("SELECT command IS ?2, 1 FROM request WHERE number = ?1")
            statement.bind(2, blob: CommandWords.join(words))
        case .started(let process):
            statement = try database.statement("SELECT command_pid IS ?2, command_start IS ?3 FROM request WHERE number = ?1")
            statement.bind(2, Int64(process.pid))
            statement.bind(3, Int64(bitPattern: process.startTime))
        case .asked, .waits, .granted, .orphaned, .resumed, .identified, .ended: return .same
        }
        statement.bind(1, number)
        defer { statement.reset() }
        guard try statement.step() else { return .missing }
        if statement.truth(0) && statement.truth(1) { return .same }
        if case .described = change { return .differs(["command"]) }
        return .differs([statement.truth(0) ? "command_start" : "command_pid"])
    }

    /// The details of the prunes that are recorded after an event. It reads all later events, so it is used only when a row is
    /// missing.
    func prunings(after number: Int64) throws(JournalError) -> [(number: Int64, detail: JSONObject)] {
        let statement = try database.statement("SELECT number, detail FROM event WHERE number > ?1 AND kind = 'pruned'")
        statement.bind(1, number)
        defer { statement.reset() }
        var found: [(number: Int64, detail: JSONObject)] = []
        while try statement.step() {
            if let detail = JSONObject(statement.bytes(1)) { found.append((statement.integer(0), detail)) }
        }
        return found
    }

    /// The first row between two numbers, both exclusive; nil if there is none.
    func first(after lower: Int64, before upper: Int64) throws(JournalError) -> Int64? {
        let statement = try database.statement("SELECT min(number) FROM request WHERE number > ?1 AND number < ?2")
        statement.bind(1, lower)
        statement.bind(2, upper)
        defer { statement.reset() }
        return try statement.step() ? statement.optionalInteger(0) : nil
    }
}
