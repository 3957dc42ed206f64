internal import FlomModel

/// A filter as SQL over `request` and `resource`. Parameters 1 and 2 bound the request's number, parameter 3 belongs to the
/// statement that contains the condition, and the others are bound here.
struct FilterCondition {
    private static let firstParameter: Int32 = 4
    private static let fewResources = 64

    private enum Bound {
        case integer(Int64)
        case text(String)
        case bytes([UInt8])
    }

    static let source = "request CROSS JOIN resource ON resource.id = request.resource"
    /// The resources that the filter selects, if there are at most `fewResources` of them.
    let resources: [Int64]?
    private(set) var sql = "request.number BETWEEN ?1 AND ?2"
    private var bound: [Bound] = []

    /// Nil when nothing can match.
    init?(_ filter: HistoryFilter, _ database: Database) throws(JournalError) {
        try TextSearch.prepare(database)
        if let name = filter.resource {
            resources = try Self.resources("name = ?1", limit: 1, database) { $0.bind(1, blob: name) }
        } else if let pattern = filter.resourcePattern {
            let some = try Self.resources("\(TextSearch.nameMatches)(name, ?1)", limit: Self.fewResources + 1, database) {
                $0.bind(1, blob: pattern)
            }
            resources = some.count > Self.fewResources ? nil : some
        } else {
            resources = nil
        }
        if let resources, resources.isEmpty { return nil }
        if let resources {
            let parameters = resources.map { parameter(.integer($0)) }.joined(separator: ", ")
            sql += filter.resource == nil ? " AND request.resource IN (\(parameters))" : " AND request.resource = \(parameters)"
        } else if let pattern = filter.resourcePattern {
            add("\(TextSearch.nameMatches)(name, ", .bytes(pattern), ")")
        }
        if filter.onlyOpen { sql += " AND ended_at IS NULL" }
        if let number = filter.request?.number { add("request.number = ", .integer(number)) }
        if let until = filter.until { add("asked_at < ", .integer(until)) }
        if let since = filter.since { add("ifnull(ended_at, \(Int64.max)) >= ", .integer(since)) }
        if let user = filter.user { add("user = ", .text(user)) }
        if let host = filter.host { add("host = ", .text(host)) }
        if !filter.outcomes.isEmpty {
            sql += " AND outcome IN (\(filter.outcomes.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))"
        }
        if let command = filter.command {
            var isConfined = filter.seesOnlyPrograms ? "1" : "0"
            if filter.seesOnlyPrograms, let uid = filter.seesAllOfUser {
                isConfined = "ifnull(uid, -1) IS NOT \(parameter(.integer(Int64(uid))))"
            }
            add("\(TextSearch.commandContains)(command, \(isConfined), ", .bytes(command), ")")
        }
    }

    private mutating func add(_ before: String, _ value: Bound, _ after: String = "") {
        sql += " AND \(before)\(parameter(value))\(after)"
    }

    /// Adds a parameter for a value. No value stands in the SQL itself, because a connection keeps one prepared statement for
    /// each text.
    private mutating func parameter(_ value: Bound) -> String {
        bound.append(value)
        return "?\(Self.firstParameter + Int32(bound.count) - 1)"
    }

    func bind(_ statement: Statement) {
        for (index, value) in bound.enumerated() {
            let parameter = Self.firstParameter + Int32(index)
            switch value {
            case .integer(let number): statement.bind(parameter, number)
            case .text(let text): statement.bind(parameter, text)
            case .bytes(let bytes): statement.bind(parameter, blob: bytes)
            }
        }
    }

    private static func resources(
        _ condition: String, limit: Int, _ database: Database, bind: (Statement) -> Void
    ) throws(JournalError) -> [Int64] {
        let find = try database.statement("SELECT id FROM resource WHERE \(condition) LIMIT \(limit)")
        bind(find)
        defer { find.reset() }
        var found: [Int64] = []
        while try find.step() { found.append(find.integer(0)) }
        return found
    }
}
