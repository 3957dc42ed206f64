internal import FlomDaemon
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// Checks whether a command could start the endpoint's daemon. Makes nothing: a missing file is judged by its directory.
enum StartCheck {
    static func look(_ endpoint: Endpoint, _ settings: Settings, _ daemon: DaemonInquiry, user: UInt32) -> [DoctorFinding] {
        let path = endpoint.recordPath
        var facts = StartJudgement.Facts()
        facts.record = FileFacts.of(path, followLinks: false)
        facts.isForbidden = settings.daemon.lifespanMilliseconds == 0
        if let record = try? Descriptor.open(path, O_RDONLY | O_NOFOLLOW) {
            facts.isTaken = (try? FileLock.isTaken(record.number)) == true
            facts.process = EndpointRecord.read(record.number)?.pid
        }
        if case .network = endpoint, daemon.isOurs, !facts.isTaken {
            // The daemon belongs to another host, and none would be started here.
            return []
        }
        facts.failure = failure(of: path)
        if facts.failure == nil, case .unix(let socket, _) = endpoint { facts.failure = failure(of: socket + ".lock", O_RDONLY) }
        return [StartJudgement.of(path, facts, user: user)]
    }

    /// Why the file could not be opened, or made if it is missing; nil if it could.
    private static func failure(of path: String, _ mode: Int32 = O_RDWR) -> String? {
        if Files.status(of: path, followLinks: false) != nil {
            do {
                _ = try Descriptor.open(path, mode | O_NOFOLLOW)
                return nil
            } catch { return "'\(path)': \(error.reason)" }
        }
        let directory = existing(Files.directory(of: path))
        return access(directory, W_OK | X_OK) == 0
            ? nil : "nothing can be made in '\(directory)': \(SystemError("access").reason)"
    }

    /// The directory itself, or its nearest ancestor that exists.
    static func existing(_ directory: String) -> String {
        var path = directory
        while Files.status(of: path) == nil, path != "/", path != "." { path = Files.directory(of: path) }
        return path
    }
}
