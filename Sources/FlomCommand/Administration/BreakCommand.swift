internal import FlomClient
internal import FlomModel
internal import FlomOptions
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// `--break`: a person takes a lock away. The holder is shown first; the person and the reason are recorded.
struct BreakCommand {
    private let settings: Settings
    private let dialogue: DaemonDialogue

    init(_ settings: Settings) throws(Failure) {
        guard settings.namesResource != (settings.request != nil) else {
            throw Failure(
                .failure,
                "--break needs either the resource (-r NAME) or the request (--request NUMBER; --status --format json "
                    + "shows it)", code: ReturnNumber.invalidOption)
        }
        self.settings = settings
        dialogue = try DaemonDialogue(try DaemonConnector(settings), settings)
    }

    func run() throws(Failure) {
        let rows = try chosen()
        StatusReport.printTable(rows)
        try askPerson(rows)
        for row in rows {
            try dialogue.breakLock(row.request, reason: settings.reason)
            StandardOutput.print("request \(row.request.number) is broken")
        }
    }

    /// The requests to break: one row each, also for a request for several resources.
    private func chosen() throws(Failure) -> [HistoryRow] {
        let name = settings.namesResource ? settings.parts[0].resource.bytes : nil
        var rows: [HistoryRow] = []
        try dialogue.read(HistoryQuery(resource: name, onlyOpen: true)) { row in
            let isMeant = settings.request.map { $0 == row.request.number } ?? (row.outcome == .held)
            if isMeant && !rows.contains(where: { $0.group != nil && $0.group == row.group }) { rows.append(row) }
            return true
        }
        guard rows.isEmpty else { return rows }
        let what = settings.request.map { "request \($0) is not open" } ?? "no command holds '\(settings.parts[0].resource)'"
        throw Failure(.failure, what)
    }

    private func askPerson(_ rows: [HistoryRow]) throws(Failure) {
        if settings.isConfirmed { return }
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw Failure(
                .failure, "nothing is broken: there is no terminal to ask on, and --yes was not given",
                code: ReturnNumber.invalidOption)
        }
        writeAll(Array("Break \(rows.count == 1 ? "this lock" : "these \(rows.count) locks")? [y/N] ".utf8), to: 2)
        guard let line = readLine(), ["y", "yes"].contains(line.lowercased()) else {
            throw Failure(.failure, "nothing is broken")
        }
    }
}
