internal import FlomModel
internal import FlomOptions
internal import FlomReports
internal import FlomSystem

/// `--status`: who holds and waits now, or at the moment of `--at`: holders first, then waiters in the order of the queue.
struct StatusReport {
    private let settings: Settings
    private let source: StatusSource

    init(_ settings: Settings) {
        self.settings = settings
        source = StatusSource(settings)
    }

    /// The exit status.
    func run() throws(Failure) -> Int32 {
        if settings.status.watches { return try StatusWatch(source).run() }
        let snapshot = try source.read()
        let isEmpty = snapshot.status.entries.isEmpty
        if settings.report.format == .prometheus {
            var text = try Self.prometheus(snapshot, source)
            if let counters = snapshot.daemon?.counters { text.add(counters) }
            StandardOutput.write(text.lines)
            return ExitStatus.success.rawValue
        }
        if !snapshot.isDaemonRunning && settings.status.at == nil {
            StandardError.say(
                isEmpty || snapshot.trouble != nil
                    ? "no daemon is running"
                    : "no daemon is running; the journal says who held and waited when it ended, and the next one proves it")
        }
        if let trouble = snapshot.trouble { StandardError.say(trouble) }
        let isInDoubt = snapshot.daemon?.isInDoubt == true
        // In doubt an empty journal says nothing, so that "nothing is held" must not be printed.
        for line in isInDoubt && isEmpty ? [] : Self.lines(snapshot, as: settings.report.format) {
            guard StandardOutput.print(line) else { break }
        }
        for line in counterLines(snapshot) {
            guard StandardOutput.print(line) else { break }
        }
        return isInDoubt ? ExitStatus.failure.rawValue : ExitStatus.success.rawValue
    }

    /// Lines about limits and TLS; none as long as no client was turned away.
    private func counterLines(_ snapshot: StatusSource.Snapshot) -> [String] {
        guard [.table, .json].contains(settings.report.format), let counters = snapshot.daemon?.counters else { return [] }
        let lines = CounterText.lines(counters)
        guard !lines.isEmpty else { return [] }
        return settings.report.format == .json ? [CounterText.json(counters)] : lines
    }

    /// The snapshot as a table, JSON or CSV.
    static func lines(_ snapshot: StatusSource.Snapshot, as format: ReportFormat) -> [String] {
        var lines: [String] = []
        switch format {
        case .json:
            var json = RowJSON()
            for entry in snapshot.status.entries { lines.append(json.line(entry)) }
        case .csv:
            var csv = RowCSV()
            lines.append(RowCSV.header)
            for entry in snapshot.status.entries { lines.append(csv.line(entry.row)) }
        case .table, .html, .prometheus:
            if snapshot.status.entries.isEmpty { return ["nothing is held, and nobody waits"] }
            table(snapshot.status, at: snapshot.moment) { line in
                lines.append(line)
                return true
            }
        }
        return lines
    }

    static func prometheus(_ snapshot: StatusSource.Snapshot, _ source: StatusSource) throws(Failure) -> PrometheusText {
        let settings = source.settings
        var text = PrometheusText(
            snapshot.status, always: settings.namesResource ? settings.parts[0].resource.bytes : nil,
            newestRequest: try source.newestRequest(snapshot), isDaemonRunning: snapshot.isDaemonRunning, now: snapshot.moment)
        if let daemon = snapshot.daemon {
            text.add(answers: daemon.isRunning ? !daemon.isInDoubt : nil, trouble: daemon.trouble)
        }
        return text
    }

    /// Prints some of the open requests.
    static func printTable(_ rows: [HistoryRow]) {
        table(StatusRows(rows, isComplete: false), at: Clock.wallMicroseconds()) { StandardOutput.print($0) }
    }

    private static func table(_ status: StatusRows, at moment: Int64, emit: @escaping (String) -> Bool) {
        var table = Table(
            [
                .init("RESOURCE", minimumWidth: 8), .init("STATE", minimumWidth: 14), .init("MODE"), .init("SINCE"),
                .init("FOR", isNumber: true), .init("WHO", minimumWidth: 6),
                .init("PID", isNumber: true), .init("COMMAND", minimumWidth: 7),
            ], emit: emit)
        for (index, entry) in status.entries.enumerated() {
            let row = entry.row
            let since = row.grantedAt ?? row.queuedAt ?? row.askedAt
            _ = table.add([
                SafeText.shown(row.resource), StateText.of(row, place: entry.place, now: moment), TakenText.of(row),
                table.isNarrow ? TimeText.shortLocal(since) : TimeText.local(since),
                TimeText.span(row.age(at: moment) * 1000), SafeText.shown("\(row.user)@\(row.host)"),
                (row.commandPID ?? row.clientPID).map { "\($0)" } ?? "", SafeText.command(row.command),
            ])
            let isLastOfResource = index + 1 == status.entries.count || status.entries[index + 1].row.resource != row.resource
            if isLastOfResource, let pool = entry.pool {
                _ = table.add([SafeText.shown(row.resource), "free", pool.text, "", "", "", "", ""])
            }
        }
        table.flush()
    }
}
