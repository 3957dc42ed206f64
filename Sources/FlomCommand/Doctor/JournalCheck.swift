internal import FlomDaemon
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// Checks the journal: its place, its files and its content.
enum JournalCheck {
    /// The number of last events whose chain is recomputed; this takes some milliseconds.
    private static let summarizedEvents = 1000

    static func look(_ endpoint: Endpoint, _ settings: Settings, user: UInt32) -> [DoctorFinding] {
        let record = EndpointRecord.read(of: endpoint)
        if case .network(let network) = endpoint, settings.daemon.journalPath == nil, record == nil {
            let place = network.address ?? network.group ?? ""
            return [
                DoctorFinding(
                    .note, .journal, "", "the daemon of '\(place)' keeps it on its own host",
                    advice: "run flom --doctor there, with the same options")
            ]
        }
        let path: String
        do { path = try JournalOfEndpoint.path(settings) } catch {
            return [DoctorFinding(.problem, .journal, "", error.sentence, advice: "name a file with --journal")]
        }
        var findings = JournalJudgement.of(place(path), user: user)
        guard let file = FileFacts.of(path) else {
            if errno == ENOENT || errno == ENOTDIR {
                return findings + [JournalJudgement.missing(path, isRecorded: record?.journalPath == path)]
                    + [LimitCheck.fileSize(journal: 0)]
            }
            return findings + [
                DoctorFinding(
                    .note, .journal, path, "may not be looked at (\(SystemError("stat").reason))",
                    advice: "run flom --doctor as the daemon's user or as root")
            ]
        }
        let sizes = [path, path + "-wal"].map { name in Files.status(of: name).map { UInt64($0.st_size) } ?? 0 }
        findings += JournalJudgement.of(path, file: file, log: sizes[1], user: user)
        findings.append(content(path, log: sizes[1], recorded: record.flatMap { $0.journalPath == path ? $0 : nil }))
        findings.append(LimitCheck.fileSize(journal: max(sizes[0], sizes[1])))
        return findings
    }

    private static func place(_ path: String) -> JournalJudgement.Location {
        var place = JournalJudgement.Location()
        let directory = Files.directory(of: path)
        // The daemon makes a missing directory, with mode 0700.
        let existing = StartCheck.existing(directory)
        place.directoryPath = existing
        place.directory = existing == directory ? FileFacts.of(directory) : nil
        if Files.status(of: path) == nil || FileFacts.of(path)?.owner == geteuid() {
            if access(existing, W_OK | X_OK) != 0 { place.failure = SystemError("access").reason }
        }
        place.unsuitableFileSystem = Files.unsuitableFileSystem(of: existing)
        place.passingFileSystem = Files.passingFileSystem(of: existing)
        place.free = Files.freeSpace(at: existing)
        return place
    }

    /// - Parameter recorded: the endpoint's record, if this is its journal.
    private static func content(_ path: String, log: UInt64, recorded: EndpointRecord?) -> DoctorFinding {
        do throws(JournalError) {
            let reader = try JournalReader.open(path: path)
            defer { reader.close() }
            let summary = try reader.summary(ofLast: summarizedEvents)
            if let flaw = recorded?.flaw(ofJournal: reader.journalID, lastEvent: summary.lastEvent) {
                return JournalJudgement.lost(path, flaw)
            }
            return JournalJudgement.of(path, summary, log: log)
        } catch {
            switch error.kind {
            case .empty where recorded.map { $0.lastEvent > 0 } == true: return JournalJudgement.lost(path, "it is empty")
            case .empty: return DoctorFinding(.ok, .journal, path, "is empty: the first daemon begins it")
            case .cannotOpen where error.systemError == EACCES || access(path, R_OK) != 0:
                return DoctorFinding(
                    .note, .journal, path, "cannot be read by this user",
                    advice: "run flom --doctor as the daemon's user or as root")
            default: return DoctorFinding(.problem, .journal, path, error.sentence)
            }
        }
    }
}
