internal import FlomDaemon
internal import FlomEngine
internal import FlomReports

/// `--check`: how things stand, for Nagios and everything that takes its plugins.
struct CheckReport {
    private let settings: Settings
    private let source: StatusSource

    init(_ settings: Settings) {
        self.settings = settings
        source = StatusSource(settings)
    }

    /// The status with which flom ends: that of a plugin.
    func run() -> Int32 {
        let verdict: CheckVerdict
        do { verdict = try judge() } catch {
            verdict = CheckVerdict(isDown(error) ? .critical : .unknown, error.sentence)
            if settings.report.format == .prometheus {
                StandardOutput.write(PrometheusText(verdict).lines)
                StandardError.say(error)
            } else {
                StandardOutput.print(verdict.line)
            }
        }
        return verdict.level.rawValue
    }

    /// A daemon of the network that cannot be reached or does not answer is a service that is down. On a host of one's own daemons
    /// come and go, and what cannot be read tells nothing.
    private func isDown(_ failure: Failure) -> Bool {
        guard case .network? = try? settings.endpoint() else { return false }
        return failure.code == ReturnNumber.connect || failure.code == ReturnNumber.receive
    }

    private func judge() throws(Failure) -> CheckVerdict {
        let snapshot = try source.read()
        let limits = settings.status.limits
        var success: LastSuccess?
        if let limit = limits.notRunSince {
            success = try source.lastSuccess(of: settings.parts[0].resource.bytes, since: snapshot.moment - limit)
        }
        let verdict = CheckVerdict(
            snapshot.status.rows, now: snapshot.moment, limits: limits, isDaemonRunning: snapshot.isDaemonRunning,
            success: success)
        if settings.report.format == .prometheus {
            var text = try StatusReport.prometheus(snapshot, source)
            text.add(verdict, success)
            StandardOutput.write(text.lines)
        } else {
            StandardOutput.print(verdict.line)
        }
        return verdict
    }
}
