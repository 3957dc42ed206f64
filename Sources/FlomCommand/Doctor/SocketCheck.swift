internal import FlomDaemon
internal import FlomNetCore
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// Checks the UNIX socket and its directory.
enum SocketCheck {
    static func look(_ path: String, isDefault: Bool, _ daemon: DaemonInquiry, user: UInt32) -> [DoctorFinding] {
        let directoryPath = Files.directory(of: path)
        let directory = FileFacts.of(directoryPath)
        let socket = FileFacts.of(path, followLinks: isDefault ? false : true)
        let listener: SocketJudgement.Listener =
            switch daemon.answer {
            case .ours: .somebody
            case .nobody: .nobody
            case .other(let sentence): .unreachable(sentence)
            }
        let place = try? JournalLocation.place(for: .unix(path: path, isDefault: isDefault), create: false)
        let elsewhere = (place?.elsewhere ?? []).map {
            SocketJudgement.elsewhere(path, $0.sentence, advice: JournalPlace.Elsewhere.advice)
        }
        return elsewhere + [
            SocketJudgement.of(directory: directoryPath, directory),
            SocketJudgement.of(
                path, file: socket, listener: listener, user: user, isDefault: isDefault, directory: directory),
        ]
    }
}
