internal import Glibc

/// Checks that the files with a journal's names are still those that its daemon writes, and still contain what it wrote.
///
/// A file that another program empties, cuts or overwrites, and a log that is removed, still take what is written to them,
/// because SQLite asks for neither name nor size once it has them open. Without this check the loss would show only after the
/// daemon's end.
///
/// Must be used on the thread that uses the journal.
package final class JournalWatch {
    /// Runs work on the journal's thread: see `Journal.startCheckpointer`.
    package typealias Hop = @Sendable (@escaping @Sendable () -> Void) -> Void

    private let journal: Journal
    private let hop: Hop
    private let indexPath: String
    private let frameSize: Int64
    /// The state of the database when it was last found in order.
    private var known: JournalFile.Status
    private let log: JournalFile.Status
    /// A descriptor to read the log with. The log is the only file of a journal that may be opened beside SQLite.
    private let logDescriptor: Int32
    /// Frames of the log when another program had cut it and nothing was lost; 0 if the log has not been cut.
    private var excusedFrames: Int32 = 0
    private let index: JournalFile.Status
    /// The value of `CheckpointPolicy.activity` at the last look.
    private var activity: UInt64
    /// What the journal has lost, if putting the missing file back does not repair it. It stays until the daemon ends.
    private var loss: JournalError?
    private var logIsSaved = false
    /// The file that has become shorter. The cause may be another program's VACUUM or checkpoint: no lock is granted until the
    /// whole journal has been examined.
    private var shrunk: String?
    private var examiner: HelperThread?
    private var isExamining = false

    /// - Parameter journal: a journal with at least one commit.
    /// - Throws: when one of its files is missing.
    package init(_ journal: Journal, hop: @escaping Hop) throws(JournalError) {
        self.journal = journal
        self.hop = hop
        indexPath = JournalFile.indexPath(log: journal.walPath)
        frameSize = 24 + (try journal.database.integer("PRAGMA page_size") ?? 4096)
        known = try Self.status(journal.path)
        log = try Self.status(journal.walPath)
        logDescriptor = open(journal.walPath, O_RDONLY | O_CLOEXEC)
        index = try Self.status(indexPath)
        activity = journal.checkpoints.activity
    }

    deinit {
        examiner?.stop()
        if logDescriptor >= 0 { close(logDescriptor) }
    }

    private static func status(_ path: String) throws(JournalError) -> JournalFile.Status {
        guard let status = JournalFile.status(path) else { throw JournalError(systemError: JournalFile.lastError, path: path) }
        return status
    }

    /// Why no more grants may be recorded; nil if the files are in order. Costs four system calls.
    ///
    /// - Parameter mayCheckpoint: whether a log that has lost its name may be saved into the database.
    package func look(mayCheckpoint: Bool = true) -> JournalError? {
        if let loss { return loss }
        guard let status = JournalFile.status(journal.path), status.isSameFile(as: known) else {
            return JournalError(.replaced, path: journal.path)
        }
        if status.size == 0 { return lose(.cut, journal.path, "it is empty, and had \(known.size) bytes") }
        guard let log = JournalFile.status(journal.walPath), log.isSameFile(as: self.log) else {
            if mayCheckpoint && !logIsSaved && shrunk == nil {
                logIsSaved = (try? journal.checkpoints.checkpoint()) ?? false
            }
            return JournalError(.logRemoved(isSaved: logIsSaved), path: journal.walPath)
        }
        // A log that was emptied and has grown again starts with zeros.
        if log.size > 0 && !beginsAsLog() { return lose(.cut, journal.walPath, "its head is gone") }
        guard let index = JournalFile.status(indexPath), index.isSameFile(as: self.index) else {
            return JournalError(.indexRemoved, path: indexPath)
        }
        examineIfChanged(status, log)
        return shrunk.map { JournalError(.shrunk, path: $0) }
    }

    /// Whether the log starts with the magic number of SQLite's file format, section 4.1.
    private func beginsAsLog() -> Bool {
        var magic: UInt32 = 0
        guard logDescriptor >= 0, pread(logDescriptor, &magic, 4, 0) == 4 else { return true }
        return UInt32(bigEndian: magic) & ~1 == 0x377f_0682
    }

    private func lose(_ kind: JournalError.Kind, _ path: String, _ message: String) -> JournalError {
        let error = JournalError(kind, path: path, message: message)
        loss = error
        return error
    }

    // MARK: - Written by others

    /// Examines the journal if its files were written by another program: between this process's checkpoints the database does
    /// not change. The cause may be as harmless as `touch`, or a copy of last week.
    private func examineIfChanged(_ status: JournalFile.Status, _ log: JournalFile.Status) {
        let checkpoints = journal.checkpoints
        let isOurs = checkpoints.isUnderWay || checkpoints.activity != activity
        activity = checkpoints.activity
        let frames = checkpoints.framesInLog
        if frames != excusedFrames { excusedFrames = 0 }
        let isLogCut = excusedFrames == 0 && log.size < Int64(frames) * frameSize
        if !isLogCut, status.size >= known.size, isOurs || status.modified == known.modified {
            known = status
            return
        }
        guard !isExamining else { return }
        if isLogCut {
            shrunk = journal.walPath
            excusedFrames = frames
        } else if status.size < known.size {
            shrunk = journal.path
        }
        known = status
        if examiner == nil { examiner = startedExaminer() }
        // If no thread can be started, the next look tries again.
        guard let examiner else {
            known.modified = -1
            return
        }
        isExamining = true
        examiner.ask(UInt64(journal.lastEventNumber))
    }

    private func startedExaminer() -> HelperThread? {
        let owner = Owner(self)
        let hop = hop
        let thread = HelperThread(
            ExaminationWork(journal.path, journal.id) { diagnosis in
                hop { owner.examined(diagnosis) }
            })
        return thread.start() == 0 ? thread : nil
    }

    private func examined(_ diagnosis: Diagnosis) {
        isExamining = false
        switch diagnosis {
        case .well: shrunk = nil
        case .unknown: known.modified = -1
        case .damaged(let reason): _ = lose(shrunk == nil ? .overwritten : .cut, shrunk ?? journal.path, reason)
        }
    }

    private enum Diagnosis: Sendable {
        case well
        /// Nothing could be found out, for a reason that will pass.
        case unknown
        case damaged(String)
    }

    /// Passes through the examiner's thread; used on the journal's thread only.
    private final class Owner: @unchecked Sendable {
        private weak var watch: JournalWatch?
        init(_ watch: JournalWatch) { self.watch = watch }
        func examined(_ diagnosis: Diagnosis) { watch?.examined(diagnosis) }
    }

    /// Reads the whole journal while the daemon goes on writing.
    private final class ExaminationWork: HelperWork {
        private let path: String
        private let id: String
        private let completion: @Sendable (Diagnosis) -> Void

        init(_ path: String, _ id: String, _ completion: @escaping @Sendable (Diagnosis) -> Void) {
            self.path = path
            self.id = id
            self.completion = completion
        }

        func work(_ lastEvent: UInt64) { completion(diagnosis(Int64(lastEvent))) }
        func end() {}

        private func diagnosis(_ lastEvent: Int64) -> Diagnosis {
            do throws(JournalError) {
                let reader = try JournalReader.open(path: path)
                defer { reader.close() }
                guard reader.journalID == id else { return .damaged("it is another journal, \(reader.journalID)") }
                let found = try reader.verify(expecting: [.init(number: lastEvent, hash: nil)])
                return found.firstBad.map { .damaged("event \($0.number) is not what was written") } ?? .well
            } catch {
                switch error.kind {
                case .corrupt, .notADatabase, .foreign, .empty, .inputOutput: return .damaged(error.message)
                default: return .unknown
                }
            }
        }
    }
}
