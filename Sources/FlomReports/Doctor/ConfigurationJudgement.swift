/// Judges one configuration file.
package enum ConfigurationJudgement {
    /// - Parameters:
    ///   - file: nil if it is not there.
    ///   - failure: why it cannot be read.
    ///   - mistakes: the mistakes in it, each with its line.
    ///   - isNamed: whether it is the file of `-c`, where a mistake ends every command.
    ///   - user: the uid whose commands read it.
    package static func of(
        _ path: String, file: FileFacts?, failure: String?, mistakes: [String], isNamed: Bool, user: UInt32
    ) -> [DoctorFinding] {
        if let failure {
            return [
                DoctorFinding(
                    .problem, .configuration, path, "cannot be read: \(failure)",
                    advice: isNamed ? "give -c a file that you may read" : "make it readable for you, or remove it")
            ]
        }
        guard let file else { return [DoctorFinding(.ok, .configuration, path, "is not there, so it sets nothing")] }
        var findings = mistakes.map { mistake in
            DoctorFinding(
                isNamed ? .problem : .warning, .configuration, path, mistake,
                advice: isNamed ? "correct it: it ends every command" : "correct it: commands pass over it")
        }
        if file.owner != 0 && file.owner != user {
            findings.append(
                DoctorFinding(
                    .warning, .configuration, path, "belongs to \(file.ownerName), who can change what your commands do",
                    advice: "chown it"))
        }
        if file.isWritableByOthers {
            findings.append(
                DoctorFinding(
                    .warning, .configuration, path, "users other than its owner can write it (\(file.text))",
                    advice: "chmod go-w \(path)"))
        }
        if findings.isEmpty {
            findings.append(DoctorFinding(.ok, .configuration, path, "is read and has no mistakes (\(file.text))"))
        }
        return findings
    }
}
