internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSystem

/// Checks the TLS files, as a command with these options loads them; nothing without TLS.
enum TLSCheck {
    /// - Throws: if only a part of the TLS files is named.
    static func look(_ settings: Settings, user: UInt32) throws(Failure) -> [DoctorFinding] {
        let named: TLSSettings?
        do { named = try settings.tlsSettings() } catch {
            guard error.code == ReturnNumber.realpath else { throw error }
            return [DoctorFinding(.problem, .tls, "", error.sentence, advice: "make it readable for this user, or name another")]
        }
        guard let tls = named else { return [] }
        let credentials: TLSCredentials
        do { credentials = try TLSCredentials(tls, for: .daemon) } catch {
            return [DoctorFinding(.problem, .tls, "", error.sentence, advice: "name the files that belong together")]
        }
        let now = Clock.wallMicroseconds()
        var findings = credentials.expiries.map {
            TLSJudgement.expiry($0.file, subject: $0.subject, endsAt: $0.endsAt, now: now)
        }
        if let key = FileFacts.of(tls.privateKey) { findings.append(TLSJudgement.key(tls.privateKey, key, user: user)) }
        let identity = TLSJudgement.identity(
            tls.certificate, commonName: credentials.own?.commonName, machineID: Host.machineID(), isChecked: tls.checksPeerID)
        return findings + (identity.map { [$0] } ?? [])
    }
}
