internal import FlomModel
internal import FlomReports
internal import FlomSystem

/// Prints requests, one by one, in one of the formats.
protocol RowOutput {
    /// False when the output has no reader any more.
    mutating func add(_ row: HistoryRow) -> Bool
    /// Prints what has been held back. False when the output has no reader any more.
    mutating func flush() -> Bool
}

struct RowsAsJSON: RowOutput {
    private var json = RowJSON()

    mutating func add(_ row: HistoryRow) -> Bool { StandardOutput.print(json.line(row)) }
    mutating func flush() -> Bool { true }
}

struct RowsAsCSV: RowOutput {
    private var csv = RowCSV()
    private var hasHeader = false

    mutating func add(_ row: HistoryRow) -> Bool { flush() && StandardOutput.print(csv.line(row)) }

    /// The header is printed also without rows.
    mutating func flush() -> Bool {
        defer { hasHeader = true }
        return hasHeader || StandardOutput.print(RowCSV.header)
    }
}

struct RowsAsTable: RowOutput {
    private static let outcomeColumn = 7

    private var table: Table
    private let times: LocalTimes

    init() {
        let now = Clock.wallMicroseconds()
        let offset = LocalTimes(now: now, isShort: false).offset
        table = Table([
            .init("ASKED (\(offset))"), .init("RESOURCE", minimumWidth: 8), .init("MODE", dropRank: 5),
            .init("WHO", minimumWidth: 6, dropRank: 2), .init("PID", isNumber: true, dropRank: 6),
            .init("WAITED", isNumber: true, dropRank: 3), .init("HELD", isNumber: true, dropRank: 4),
            .init("OUTCOME", minimumWidth: 10), .init("TOKEN", isNumber: true, dropRank: 7),
            .init("COMMAND", minimumWidth: 12, dropRank: 1),
        ])
        times = LocalTimes(now: now, isShort: table.isNarrow)
    }

    mutating func add(_ row: HistoryRow) -> Bool {
        table.add(
            [
                times.text(row.askedAt), SafeText.shown(row.resource), TakenText.of(row),
                SafeText.shown("\(row.user)@\(row.host)"), row.clientPID.map { "\($0)" } ?? "",
                row.waitedNanoseconds.map(TimeText.span) ?? "", row.heldNanoseconds.map(TimeText.span) ?? "",
                OutcomeText.of(row), row.token.map { "\($0.value)" } ?? "", SafeText.command(row.command),
            ],
            styles: Self.style(row).map { [Self.outcomeColumn: $0] } ?? [:])
    }

    mutating func flush() -> Bool { table.flush() }

    private static func style(_ row: HistoryRow) -> Table.Style? {
        switch row.outcome {
        case .held: row.isOrphan ? .attention : .good
        case .waiting, .awaitingCreation, .timedOut, .refused, .withdrawn: .attention
        case .reclaimed, .broken: .bad
        case .released: row.signal != nil || (row.exitStatus ?? 0) != 0 ? .bad : nil
        }
    }
}
