package import FlomStore

/// Judges a journal and its place.
package enum JournalJudgement {
    package struct Location: Hashable, Sendable {
        package var directory: FileFacts?
        /// The path of the directory.
        package var directoryPath = ""
        /// Why nothing can be written there; nil if it can.
        package var failure: String?
        /// The name of a file system on which locks and syncs guarantee nothing: NFS, FUSE and the like. Nil for others.
        package var unsuitableFileSystem: String?
        /// The name of a file system that does not outlive the machine or the container: tmpfs, overlay. Nil for others.
        package var passingFileSystem: String?
        /// Bytes that this user may still write there; nil if not known.
        package var free: UInt64?

        package init() {}
    }

    private static let littleSpace: UInt64 = 100 << 20
    private static let noSpace: UInt64 = 1 << 20
    /// Checkpoints keep the log far below this size. It grows beyond only with a reader that does not let go.
    private static let longLog: UInt64 = 64 << 20

    package static func of(_ place: Location, user: UInt32) -> [DoctorFinding] {
        let path = place.directoryPath
        if let failure = place.failure {
            return [
                DoctorFinding(
                    .problem, .journal, path, "a journal cannot be written there: \(failure)",
                    advice: "make the directory writable for the user who starts the daemon, or name another file with --journal")
            ]
        }
        var findings: [DoctorFinding] = []
        if let directory = place.directory, directory.isWritableByOthers, !directory.isSticky {
            findings.append(
                DoctorFinding(
                    .warning, .journal, path, "others can remove the journal and put another in its place (\(directory.text))",
                    advice: "chmod 700 \(path)"))
        }
        if let system = place.unsuitableFileSystem {
            findings.append(
                DoctorFinding(
                    .problem, .journal, path, "is on \(system), where locks and syncs promise nothing",
                    advice: "keep it on a local file system: --journal, or [Journal] File="))
        }
        if let system = place.passingFileSystem {
            findings.append(
                DoctorFinding(
                    .note, .journal, path,
                    "is on \(system), which does not outlive \(system == "overlay" ? "the container" : "a reboot")",
                    advice: "name a file on a disk with --journal if histories are to stay"))
        }
        if let free = place.free {
            let level: DoctorFinding.Level = free < noSpace ? .problem : free < littleSpace ? .warning : .ok
            findings.append(
                DoctorFinding(
                    level, .journal, path, "\(ByteText.of(free)) free",
                    advice: level == .ok ? nil : "make room: no lock is given when nothing can be written"))
        }
        return findings
    }

    /// Judges the journal's file.
    ///
    /// - Parameters:
    ///   - log: the size in bytes of the log beside it.
    package static func of(_ path: String, file: FileFacts, log: UInt64, user: UInt32) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if file.owner != user && user != 0 {
            findings.append(DoctorFinding(.note, .journal, path, "belongs to \(file.ownerName): a daemon of yours cannot use it"))
        }
        if file.mode & 0o022 != 0 {
            findings.append(
                DoctorFinding(
                    .problem, .journal, path, "others can change the record (\(file.text))",
                    advice: "chmod 600 \(path), then flom --history --verify"))
        } else if file.mode & 0o044 != 0 {
            findings.append(
                DoctorFinding(
                    .note, .journal, path, "others can read the record, command lines included (\(file.text))",
                    advice: "chmod 600 \(path), unless that is meant"))
        }
        if log > longLog {
            findings.append(
                DoctorFinding(
                    .warning, .journal, path, "its log has grown to \(ByteText.of(log))",
                    advice: "look for a program that keeps it open for reading (fuser \(path)-wal)"))
        }
        return findings
    }

    /// Judges the journal's content.
    ///
    /// - Parameter log: the size in bytes of the log beside it.
    package static func of(_ path: String, _ content: JournalSummary, log: UInt64) -> DoctorFinding {
        if let bad = content.firstBad {
            return DoctorFinding(
                .problem, .journal, path,
                "event \(bad) is not what was written: the record was changed, or the disk is damaged",
                advice: "flom --history --verify, then restore the journal from a copy")
        }
        return DoctorFinding(
            .ok, .journal, path,
            "schema \(content.version), last event \(content.lastEvent), the last \(content.checkedEvents) fit each other, "
                + "log \(ByteText.of(log)); all of it checks flom --history --verify")
    }

    /// The journal is not the one that the endpoint's last daemon has written.
    ///
    /// - Parameter flaw: the difference, as a sentence.
    package static func lost(_ path: String, _ flaw: String) -> DoctorFinding {
        DoctorFinding(
            .problem, .journal, path, "is not what the endpoint's record knows of: \(flaw)",
            advice: "bring back the newest file together with its -wal; if there is none, end the daemon (flom -X), and say "
                + "flom --accept-journal when no command runs any more")
    }

    /// The journal's file does not exist.
    package static func missing(_ path: String, isRecorded: Bool) -> DoctorFinding {
        isRecorded
            ? DoctorFinding(
                .problem, .journal, path, "is missing, and the endpoint's record says that it is this endpoint's",
                advice: "bring it back from where it was moved; without it the next daemon knows nothing of locks that are held")
            : DoctorFinding(.ok, .journal, path, "is not there yet: the first daemon makes it")
    }
}
