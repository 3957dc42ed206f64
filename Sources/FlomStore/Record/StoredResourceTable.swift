internal import FlomModel

/// Writes and reads the tables `life` and `stamp`: which resources exist, and the state of their kinds.
final class StoredResourceTable {
    private let saveStatement: Statement
    private let endStatement: Statement
    private let stampStatement: Statement
    private let database: Database

    init(_ database: Database) throws(JournalError) {
        self.database = database
        saveStatement = try database.statement(
            """
            INSERT INTO life (resource, idle_life_ms, idle_at, idle_boottime, state) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (resource) DO UPDATE SET
                idle_life_ms = excluded.idle_life_ms, idle_at = excluded.idle_at, idle_boottime = excluded.idle_boottime,
                state = excluded.state
            """
        )
        endStatement = try database.statement("DELETE FROM life WHERE resource = ?1")
        stampStatement = try database.statement(
            """
            INSERT INTO stamp (resource, shown, text) VALUES (?1, ?2, ?3)
            ON CONFLICT (resource) DO UPDATE SET shown = excluded.shown, text = excluded.text
            """
        )
    }

    func write(_ change: ResourceChange, resource: Int64, at moment: Moment) throws(JournalError) {
        guard case .lives(let resourceState) = change else {
            endStatement.bind(1, resource)
            return try endStatement.run()
        }
        saveStatement.bind(1, resource)
        saveStatement.bind(2, Int64(resourceState.idleLifespanMilliseconds))
        let idleFor = resourceState.idleSince.map { max(0, moment.boottime.nanoseconds - $0.nanoseconds) / 1000 }
        saveStatement.bind(3, idleFor.map { moment.wallMicroseconds - $0 })
        saveStatement.bind(4, resourceState.idleSince?.nanoseconds)
        if let text = resourceState.state.map(Self.text), !text.isEmpty {
            saveStatement.bind(5, text)
        } else {
            saveStatement.bindNull(5)
        }
        try saveStatement.run()
        guard case .timestamp(_, let last?) = resourceState.state else { return }
        stampStatement.bind(1, resource)
        stampStatement.bind(2, last.shown)
        stampStatement.bind(3, blob: last.text)
        try stampStatement.run()
    }

    func endAll() throws(JournalError) { try database.execute("DELETE FROM life") }

    // MARK: - Reading

    static func resources(
        _ database: Database, now: Moment, ignoringBoottimes: Bool
    ) throws(JournalError) -> [StoredResource] {
        let rows = try database.statement(
            """
            SELECT name, idle_life_ms, idle_at, idle_boottime, state
            FROM life JOIN resource ON resource.id = life.resource
            """
        )
        defer { rows.reset() }
        var resources: [StoredResource] = []
        while try rows.step() {
            let name: ResourceName
            do { name = try ResourceName(rows.bytes(0)) } catch {
                throw JournalError(.corrupt, path: database.path, message: "a resource has a name that is none: \(error.reason)")
            }
            var idleSince: Instant?
            if let boottime = rows.optionalInteger(3), !ignoringBoottimes {
                idleSince = Instant(nanoseconds: boottime)
            } else if let at = rows.optionalInteger(2) {
                // The time is of an earlier boot: the wall clock counts, and a clock that was set back makes an idle time of 0.
                let idleFor = min(max(0, now.wallMicroseconds - at), Int64.max / 4000)
                idleSince = Instant(nanoseconds: now.boottime.nanoseconds - idleFor * 1000)
            }
            resources.append(
                StoredResource(
                    name: name, idleLifespanMilliseconds: Int32(truncatingIfNeeded: rows.integer(1)), idleSince: idleSince,
                    state: rows.optionalText(4).flatMap { state($0, of: name) }))
        }
        return resources
    }

    static func lastStamps(_ database: Database) throws(JournalError) -> [ResourceName: TimestampValue] {
        let rows = try database.statement(
            "SELECT name, shown, text FROM stamp JOIN resource ON resource.id = stamp.resource")
        defer { rows.reset() }
        var stamps: [ResourceName: TimestampValue] = [:]
        while try rows.step() {
            guard let name = try? ResourceName(rows.bytes(0)) else { continue }
            stamps[name] = TimestampValue(shown: rows.integer(1), text: rows.bytes(2))
        }
        return stamps
    }

    // MARK: - Column `state`

    /// Numbers separated by blanks: for a set the positions of its elements, for a sequence the next value and the ones that were
    /// rolled back, for a time stamp what the clock showed at the first stamp of this life.
    private static func text(_ state: KindState) -> String {
        switch state {
        case .set(let rested): rested.map { "\($0)" }.joined(separator: " ")
        case .sequence(let next, let rolledBack): ([next] + rolledBack).map { "\($0)" }.joined(separator: " ")
        case .timestamp(let firstShown, _): firstShown.map { "\($0)" } ?? ""
        }
    }

    private static func state(_ text: String, of name: ResourceName) -> KindState? {
        let numbers = text.split(separator: " ").compactMap { Int64($0) }
        switch name.kind {
        case .set: return .set(rested: numbers.map { Int($0) })
        case .sequence:
            guard let next = numbers.first else { return nil }
            return .sequence(
                next: UInt32(truncatingIfNeeded: next), rolledBack: numbers.dropFirst().map { UInt32(truncatingIfNeeded: $0) })
        case .timestamp: return .timestamp(firstShown: numbers.first, last: nil)
        case .simple, .numeric, .hierarchical: return nil
        }
    }
}
