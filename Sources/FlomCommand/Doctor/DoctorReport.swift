internal import FlomDaemon
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// `--doctor`: possible problems of what a command with these options would use, and remedies. Starts and changes nothing.
///
/// Each check is a function that gathers facts; `FlomReports` judges them.
struct DoctorReport {
    private let settings: Settings
    private let user = geteuid()

    init(_ settings: Settings) { self.settings = settings }

    /// The exit status: 1 if there is a problem.
    ///
    /// - Throws: if options contradict each other.
    func print() throws(Failure) -> Int32 {
        var worst = DoctorFinding.Level.ok
        var counts: [DoctorFinding.Level: Int] = [:]
        func show(_ findings: [DoctorFinding]) {
            for finding in findings {
                counts[finding.level, default: 0] += 1
                if finding.level == .problem { worst = .problem }
                StandardOutput.print(isJSON ? finding.json : finding.line)
            }
        }
        // Lines appear as soon as they are known, because discovery takes time.
        show(ConfigurationCheck.look(settings, user: user))
        show(MachineCheck.look())
        show(LimitCheck.look())
        show(try TLSCheck.look(settings, user: user))
        let endpoint: Endpoint
        do { endpoint = try settings.endpoint() } catch {
            guard error.code == ReturnNumber.tooLong else { throw error }
            show([DoctorFinding(.problem, .endpoint, "", error.sentence, advice: "choose a shorter path with --socket-name")])
            return finish(worst, counts)
        }
        let daemon = DaemonInquiry(settings, endpoint)
        switch endpoint {
        case .unix(let path, let isDefault):
            show(SocketCheck.look(path, isDefault: isDefault, daemon, user: user))
        case .network(let network):
            show(AddressCheck.look(network, daemon))
            show(MulticastCheck.look(network, settings, daemon))
        }
        show(daemon.findings())
        show(MachineCheck.processes(daemon))
        show(MachineCheck.controlGroup(daemon, of: endpoint))
        show(StartCheck.look(endpoint, settings, daemon, user: user))
        show(JournalCheck.look(endpoint, settings, user: user))
        return finish(worst, counts)
    }

    private var isJSON: Bool { if case .json = settings.report.format { true } else { false } }

    private func finish(_ worst: DoctorFinding.Level, _ counts: [DoctorFinding.Level: Int]) -> Int32 {
        if !isJSON {
            let words = [DoctorFinding.Level.problem, .warning, .note].compactMap { level in
                counts[level].map { "\($0) \(level.rawValue)\($0 == 1 ? "" : "s")" }
            }
            StandardOutput.print(words.isEmpty ? "nothing is wrong" : words.joined(separator: ", "))
        }
        return worst == .problem ? 1 : ExitStatus.success.rawValue
    }
}

extension FileFacts {
    /// Nil, with errno, if the file does not exist.
    static func of(_ path: String, followLinks: Bool = true) -> FileFacts? {
        guard let found = Files.status(of: path, followLinks: followLinks) else { return nil }
        let kind: Kind =
            switch found.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFSOCK: .socket
            default: .other
            }
        return FileFacts(
            kind, owner: found.st_uid, ownerName: Users.name(of: found.st_uid) ?? "uid \(found.st_uid)",
            mode: found.st_mode & 0o7777)
    }
}
