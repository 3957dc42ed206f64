internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSystem

/// `--check`: the state of the endpoint, for Nagios and everything that takes its plugins.
struct CheckReport {
    private let settings: Settings
    private let source: StatusSource

    init(_ settings: Settings) {
        self.settings = settings
        source = StatusSource(settings)
    }

    /// The exit status, as plugins define it.
    func run() -> Int32 {
        var verdict: CheckVerdict
        do { verdict = try judge() } catch {
            let certificates = certificates
            let isUnusable =
                certificates.complaint != nil || certificates.expiries.contains { $0.endsAt <= Clock.wallMicroseconds() }
            verdict = CheckVerdict(isDown(error) || isUnusable ? .critical : .unknown, error.sentence)
            judge(certificates, &verdict)
            if settings.report.format == .prometheus {
                StandardOutput.write(PrometheusText(verdict).lines)
                StandardError.say(error)
            } else {
                StandardOutput.print(verdict.line)
            }
        }
        return verdict.level.rawValue
    }

    /// Whether the failure means that a service is down: a running daemon that does not answer, or a network's daemon out of
    /// reach. On the own host daemons come and go, and an unreadable journal says nothing.
    private func isDown(_ failure: Failure) -> Bool {
        if failure.isSilence { return true }
        guard case .network? = try? settings.endpoint() else { return false }
        return failure.code == ReturnNumber.connect || failure.code == ReturnNumber.receive
    }

    /// The certificates of this command's configuration; on the daemon's host they are the daemon's.
    private struct OwnCertificates {
        var expiries: [TLSCredentials.Expiry] = []
        /// Why every command with this configuration fails.
        var complaint: String?
    }

    private var certificates: OwnCertificates {
        do throws(Failure) {
            guard let tls = try settings.tlsSettings() else { return OwnCertificates() }
            do { return OwnCertificates(expiries: try TLSCredentials(tls, for: .client).expiries) } catch {
                return OwnCertificates(complaint: error.sentence)
            }
        } catch { return OwnCertificates(complaint: error.sentence) }
    }

    private func judge(_ certificates: OwnCertificates, _ verdict: inout CheckVerdict) {
        if let complaint = certificates.complaint { verdict.judge(unusable: complaint) }
        for expiry in certificates.expiries {
            verdict.judge(
                certificate: expiry.subject, in: expiry.file, endsAt: expiry.endsAt, now: Clock.wallMicroseconds())
        }
    }

    private func judge() throws(Failure) -> CheckVerdict {
        let snapshot = try source.read()
        let limits = settings.status.limits
        var success: LastSuccess?
        if let limit = limits.notRunSince, !snapshot.isUnreadable {
            success = try source.lastSuccess(of: settings.parts[0].resource.bytes, since: snapshot.moment - limit)
        }
        var verdict = CheckVerdict(
            snapshot.status.rows, now: snapshot.moment, limits: limits, isDaemonRunning: snapshot.isDaemonRunning,
            success: success)
        if let trouble = snapshot.trouble { verdict.judge(daemonFault: trouble) }
        judge(certificates, &verdict)
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
