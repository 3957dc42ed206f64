internal import FlomOptions
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// `--status --watch`: on a terminal one page that is always up to date, elsewhere a block of lines each time something changes.
struct StatusWatch {
    private static let intervalMilliseconds: Int32 = 1000

    private let source: StatusSource
    private let format: ReportFormat

    init(_ source: StatusSource) {
        self.source = source
        format = source.settings.report.format
    }

    /// The status with which flom ends.
    func run() throws(Failure) -> Int32 {
        // Whoever names a daemon that does not exist is told so, and does not watch an error.
        let first = try source.read()
        guard let screen = Screen.onTerminal() else {
            printChanges(first)
            return ExitStatus.success.rawValue
        }
        var lines = page(first)
        while true {
            screen.draw(lines)
            switch screen.wait(milliseconds: Self.intervalMilliseconds) {
            case .quit: return ExitStatus.success.rawValue
            case .signal(let number): return 128 + number
            case .nothing, .changed:
                do { lines = page(try source.read()) } catch {
                    lines = [TimeText.local(Clock.wallMicroseconds()), "", SafeText.shown(error.sentence)]
                }
            }
        }
    }

    private func page(_ snapshot: StatusSource.Snapshot) -> [String] {
        let note = snapshot.isDaemonRunning ? "" : "   no daemon is running"
        let trouble = snapshot.trouble.map { [SafeText.shown($0), ""] } ?? []
        return ["\(TimeText.local(snapshot.moment))   q ends\(note)", ""] + trouble + StatusReport.lines(snapshot, as: format)
    }

    // MARK: - Without a terminal

    private func printChanges(_ first: StatusSource.Snapshot) {
        var known: String?
        var snapshot = first
        while true {
            // Ages change all the time; what JSON says of an open request does not.
            let state = StatusReport.lines(snapshot, as: .json).joined(separator: "\n")
            if state + (snapshot.trouble ?? "") != known {
                known = state + (snapshot.trouble ?? "")
                if let trouble = snapshot.trouble { StandardError.say(trouble) }
                let time = format == .json ? [] : [TimeText.local(snapshot.moment)]
                for line in time + StatusReport.lines(snapshot, as: format) + [""] {
                    guard StandardOutput.print(line) else { return }
                }
            }
            guard pause() else { return }
            do { snapshot = try source.read() } catch {
                guard known != error.sentence else { continue }
                known = error.sentence
                StandardError.say(error)
            }
        }
    }

    /// False when nobody reads any more.
    private func pause() -> Bool {
        var output = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&output, 1, Self.intervalMilliseconds) <= 0
    }
}
