internal import FlomOptions
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// `--status --watch`: on a terminal a page that is kept up to date, elsewhere a block of lines at each change.
struct StatusWatch {
    private static let intervalMilliseconds: Int32 = 1000

    private let source: StatusSource
    private let format: ReportFormat

    init(_ source: StatusSource) {
        self.source = source
        format = source.settings.report.format
    }

    /// The exit status.
    func run() throws(Failure) -> Int32 {
        // A daemon that does not exist is an error at once, not something to watch.
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
            // Ages change all the time; the JSON of an open request has none.
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

    /// False when the output has no reader any more.
    private func pause() -> Bool {
        var output = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&output, 1, Self.intervalMilliseconds) <= 0
    }
}
