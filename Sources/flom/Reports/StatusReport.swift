internal import FlomDaemon
internal import FlomEngine
internal import FlomReports
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// `--status`: who holds and who waits now, holders first, waiters in the order of the queue.
struct StatusReport {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    func print() throws(Failure) {
        let source = try RequestSource.find(settings)
        var rows: [HistoryRow] = []
        var filter = try settings.reportFilter()
        filter.onlyOpen = true
        try source.read(HistoryQuery(filter)) { row in
            rows.append(row)
            return true
        }
        if case .journal = source, settings.journalPath == nil, try !DaemonAccess(settings).isDaemonRunning {
            StandardError.say(
                rows.isEmpty
                    ? "no daemon is running"
                    : "no daemon is running; the journal says who held and waited when it ended, and the next one proves it")
        }
        switch settings.report.format {
        case .json: printJSON(rows)
        case .table:
            Self.printTable(rows)
            if rows.isEmpty { StandardOutput.print("nothing is held, and nobody waits") }
        }
    }

    private func printJSON(_ rows: [HistoryRow]) {
        var json = RowJSON()
        for row in Self.sorted(rows) { guard StandardOutput.print(json.line(row)) else { return } }
    }

    static func printTable(_ rows: [HistoryRow]) {
        let now = Clock.wallMicroseconds()
        var positions: [[UInt8]: Int] = [:]
        var table = Table([
            .init("RESOURCE", leastWidth: 8), .init("STATE", leastWidth: 8), .init("MODE"), .init("SINCE"),
            .init("FOR", isNumber: true), .init("WHO", leastWidth: 6),
            .init("PID", isNumber: true), .init("COMMAND", leastWidth: 7),
        ])
        for row in sorted(rows) {
            let since = row.grantedAt ?? row.queuedAt ?? row.askedAt
            _ = table.add([
                SafeText.shown(row.resource), state(row, &positions), TakenText.of(row),
                table.isNarrow ? TimeText.shortLocal(since) : TimeText.local(since),
                TimeText.span(max(0, now - since) * 1000), SafeText.shown("\(row.user)@\(row.host)"),
                (row.commandPID ?? row.clientPID).map { "\($0)" } ?? "", SafeText.command(row.command),
            ])
        }
        table.flush()
    }

    private static func state(_ row: HistoryRow, _ positions: inout [[UInt8]: Int]) -> String {
        guard row.outcome == .waiting else { return OutcomeText.of(row) }
        let position = positions[row.resource, default: 0] + 1
        positions[row.resource] = position
        return "waits, place \(position)"
    }

    private static func sorted(_ rows: [HistoryRow]) -> [HistoryRow] {
        rows.sorted { one, other in
            if one.resource != other.resource { return one.resource.lexicographicallyPrecedes(other.resource) }
            let (oneHolds, otherHolds) = (one.outcome == .held, other.outcome == .held)
            return oneHolds != otherHolds ? oneHolds : one.request < other.request
        }
    }
}

extension DaemonAccess {
    /// Whether a daemon holds the endpoint's record.
    var isDaemonRunning: Bool {
        guard let record = try? Descriptor.open(endpoint.recordPath, O_RDONLY) else { return false }
        return (try? FileLock.isTaken(record.number)) == true
    }
}
