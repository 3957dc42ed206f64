package import FlomModel
internal import FlomSystem

/// A short description of a journal: its version, and whether its last events form an unbroken chain. `verify` checks all of it.
package struct JournalSummary: Hashable, Sendable {
    /// The version of the schema.
    package let version: Int32
    /// The number of the last event; 0 before the first.
    package let lastEvent: Int64
    /// The number of events, counted from the last, whose hashes were recomputed.
    package let checkedEvents: Int
    /// The first of these events that is missing or differs from what was hashed; nil if there is none.
    package let firstBad: Int64?

    package init(version: Int32, lastEvent: Int64, checkedEvents: Int, firstBad: Int64?) {
        self.version = version
        self.lastEvent = lastEvent
        self.checkedEvents = checkedEvents
        self.firstBad = firstBad
    }
}

extension JournalReader {
    /// - Parameter count: how many of the last events are checked, if there are as many.
    package func summary(ofLast count: Int) throws(JournalError) -> JournalSummary {
        let database = try current()
        // One transaction, so that everything is read as of one moment.
        try database.execute("BEGIN")
        defer { database.rollBack() }
        let version = Int32(try database.integer("PRAGMA user_version") ?? 0)
        let rows = try database.statement(
            """
            SELECT \(EventRecord.columns), hash FROM (SELECT * FROM event ORDER BY number DESC LIMIT \(count + 1))
            ORDER BY number
            """)
        defer { rows.reset() }
        // The first row is the start of the chain. Its own predecessor is not read, so its hash is not checked.
        guard try rows.step(), let start = Digest(rows.bytes(7)) else {
            return JournalSummary(version: version, lastEvent: try head().number, checkedEvents: 0, firstBad: nil)
        }
        var chain = HashChain(after: HashChain.Link(number: rows.integer(0), hash: start))
        var checked = 0
        var firstBad: Int64?
        while try rows.step() {
            let record = EventRecord(rows)
            let expected = chain.last.number + 1
            if firstBad == nil, record.number != expected || Digest(rows.bytes(7)) != chain.append(record) { firstBad = expected }
            checked += 1
        }
        return JournalSummary(version: version, lastEvent: try head().number, checkedEvents: checked, firstBad: firstBad)
    }

    /// The last start of a daemon; nil if it is not among the newest events.
    package func lastStart() throws(JournalError) -> DaemonStart? {
        let row = try current().statement(
            """
            SELECT detail FROM event WHERE kind = '\(EventKind.daemonStarted.rawValue)'
                AND number > (SELECT max(number) FROM event) - \(Self.startSearch)
            ORDER BY number DESC LIMIT 1
            """)
        defer { row.reset() }
        guard try row.step(), let detail = JSONObject(row.bytes(0)), let endpoint = detail.text("endpoint") else { return nil }
        return DaemonStart(
            pid: detail.number("pid", as: Int32.self) ?? 0, bootID: detail.text("boot_id") ?? "",
            version: detail.text("version") ?? "", endpoint: endpoint)
    }

    /// The number of newest events that are searched: there is no index by kind.
    private static let startSearch = 500_000
}
