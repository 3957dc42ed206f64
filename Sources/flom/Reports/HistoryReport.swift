internal import FlomEngine
internal import FlomStore

/// `--history`: who held or waited for what, the newest last.
struct HistoryReport {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        let source = try RequestSource.find(settings)
        let resource = try settings.reportedResource()
        let query = HistoryQuery(resource: resource, limit: settings.limit)
        switch settings.format {
        case .json:
            var json = RowJSON()
            try source.read(query) { StandardOutput.print(json.line($0)) }
        case .table:
            var table = Table(Self.columns)
            var isEmpty = true
            try source.read(query) { row in
                isEmpty = false
                return table.add(Self.cells(row, isNarrow: table.isNarrow))
            }
            table.flush()
            if isEmpty { StandardError.say("the journal knows of no such request") }
        }
    }

    private static let columns: [Table.Column] = [
        .init("ASKED"), .init("RESOURCE", leastWidth: 8), .init("MODE"), .init("WHO", leastWidth: 6),
        .init("PID", isNumber: true), .init("WAITED", isNumber: true), .init("HELD", isNumber: true),
        .init("OUTCOME", leastWidth: 8), .init("COMMAND", leastWidth: 7),
    ]

    private static func cells(_ row: HistoryRow, isNarrow: Bool) -> [String] {
        [
            isNarrow ? TimeText.shortLocal(row.askedAt) : TimeText.local(row.askedAt), SafeText.shown(row.resource),
            TakenText.of(row),
            SafeText.shown("\(row.user)@\(row.host)"), row.clientPID.map { "\($0)" } ?? "",
            row.waitedNanoseconds.map(TimeText.span) ?? "", row.heldNanoseconds.map(TimeText.span) ?? "",
            OutcomeText.of(row), SafeText.command(row.command),
        ]
    }
}

/// How a request ended, in few words.
enum OutcomeText {
    static func of(_ row: HistoryRow) -> String {
        switch row.outcome {
        case .waiting: return "waiting"
        case .awaitingCreation: return "waiting for creation"
        case .held: return row.isOrphan ? "held by orphan" : "held"
        case .released:
            if let status = row.exitStatus { return status == 0 ? "released" : "released, exit \(status)" }
            if let signal = row.signal { return "released, signal \(signal)" }
            return row.detail.map { "released, \($0)" } ?? "released"
        case .withdrawn, .refused, .reclaimed, .broken:
            return row.detail.map { "\(row.outcome.rawValue), \(SafeText.shown($0))" } ?? row.outcome.rawValue
        case .timedOut: return "timed out"
        }
    }
}

/// What a request takes of its resource: how it shares, how much, or what its grant carries.
enum TakenText {
    static func of(_ row: HistoryRow) -> String {
        if let element = row.element { return SafeText.shown(element) }
        if let quantity = row.quantity { return "\(quantity)" }
        guard let name = try? ResourceName(row.resource), !name.kind.hasModes else { return row.mode.shortName }
        return ""
    }
}
