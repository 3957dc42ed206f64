/// Judges the files of TLS.
package enum TLSJudgement {
    /// Days before the end from which on the check warns, as the daemon's log does.
    private static let warningDays: Int64 = 30

    /// - Parameters:
    ///   - subject: the subject of the certificate in the file that ends first.
    ///   - endsAt: microseconds since 1970-01-01 UTC, as `now`.
    package static func expiry(_ path: String, subject: String, endsAt: Int64, now: Int64) -> DoctorFinding {
        let day: Int64 = 86_400_000_000
        if endsAt <= now {
            return DoctorFinding(
                .problem, .tls, path, "the certificate '\(subject)' has expired on \(TimeText.local(endsAt))",
                advice: "renew it: no peer accepts it")
        }
        let days = (endsAt - now) / day
        if days < warningDays {
            return DoctorFinding(
                .warning, .tls, path, "the certificate '\(subject)' ends in \(days) days",
                advice: "renew it; daemons notice by themselves")
        }
        return DoctorFinding(.ok, .tls, path, "'\(subject)' is valid for \(days) days")
    }

    package static func key(_ path: String, _ file: FileFacts, user: UInt32) -> DoctorFinding {
        if file.mode & 0o077 != 0 {
            return DoctorFinding(
                .warning, .tls, path, "the private key can be read by others (\(file.text))",
                advice: "chmod 600 \(path), and make a new key if they may have")
        }
        return DoctorFinding(.ok, .tls, path, "the private key is its owner's alone (\(file.text)), and fits the certificate")
    }

    /// Judges whether the certificate names this machine, as peers with `--tls-check-peer-id` require.
    package static func identity(_ path: String, commonName: String?, machineID: String?, isChecked: Bool) -> DoctorFinding? {
        guard commonName != machineID || machineID == nil else { return nil }
        return DoctorFinding(
            isChecked ? .warning : .note, .tls, path,
            "the certificate is made for '\(commonName ?? "")', and this machine's id is '\(machineID ?? "")': peers that check ids "
                + "refuse it", advice: "make one whose CN is what flom --unique-id shows, if peers use --tls-check-peer-id")
    }
}
