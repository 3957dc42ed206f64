internal import FlomConfiguration
internal import FlomOptions
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// Checks the configuration files of a command with these options.
enum ConfigurationCheck {
    static func look(_ settings: Settings, user: UInt32) -> [DoctorFinding] {
        let named = settings.configurationFile
        return ConfigurationPlaces.usual().flatMap { look($0, isNamed: false, user) }
            + (named.map { look($0, isNamed: true, user) } ?? [])
    }

    private static func look(_ path: String, isNamed: Bool, _ user: UInt32) -> [DoctorFinding] {
        let mistakes = ConfigurationFiles.mistakes(in: path)
        let reason = SystemError("open")
        let isMissing = mistakes == nil && !isNamed && (reason.code == ENOENT || reason.code == ENOTDIR)
        return ConfigurationJudgement.of(
            path, file: isMissing ? nil : FileFacts.of(path), failure: mistakes == nil && !isMissing ? reason.reason : nil,
            mistakes: mistakes ?? [], isNamed: isNamed, user: user)
    }
}
