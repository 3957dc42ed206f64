import FlomModel
import FlomSimulator
import FlomStore
import Glibc

/// The real journal, on a file of its own, under a simulated daemon.
final class SQLiteJournal: SimulatedJournal {
    private let directory: String
    private var path: String { directory + "/journal" }
    private var journal: Journal?
    private var start = DaemonStart(pid: 1, bootID: "", version: "simulated", endpoint: "simulated")
    /// When the newest event was committed.
    private var newest: Moment?
    private(set) var lastEvent: Int64 = 0
    private(set) var commitCount = 0

    init() {
        var template = Array("\(Self.quickPlace)/flom-simulate-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { preconditionFailure("no directory for a journal: error \(errno)") }
        directory = String(cString: made)
    }

    deinit {
        journal = nil
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        rmdir(directory)
    }

    /// What the disk does is not what is simulated: memory is enough, where there is some.
    private static let quickPlace: String = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"

    func open(from view: ProcessView, at now: Moment) throws -> RecoveredState {
        let bootID = view.bootID ?? ""
        let journal = try Journal.open(.init(path: path, sync: .off, machineID: "", bootID: bootID), now: now)
        self.journal = journal
        var found = try journal.recover()
        let recorded = found.lastBootID.isEmpty ? nil : found.lastBootID
        let isAnew = BootEvidence.clockHasBegunAnew(recorded: recorded, last: newest, own: view.bootID, now: now)
        if found.epoch == 0 || found.mayBeOfAnotherBoot { found.epoch = try journal.advanceEpoch(bootID: bootID) }
        start = .init(pid: 1, bootID: bootID, version: "simulated", endpoint: "simulated")
        (start.view, start.viewNumber) = (view, try journal.useView(view))
        return RecoveredState(
            openRequests: found.openRequests, living: found.resources, lastStamps: found.lastStamps,
            nextRequest: found.nextRequestNumber, lastTokenCounter: found.lastTokenCounter, epoch: found.epoch,
            lastEvent: journal.lastEventNumber, clockHasBegunAnew: isAnew && newest != nil)
    }

    func commit(_ batch: JournalBatch) throws {
        let entries = batch.entries.map { entry in
            if case .daemonStarted = entry { JournalEntry.daemonStarted(start) } else { entry }
        }
        try journal?.commit(entries, late: batch.late, changes: batch.lives, at: batch.at)
        commitCount += 1
        newest = batch.at
        lastEvent = journal?.lastEventNumber ?? lastEvent
    }

    func knows(_ request: RequestID, secretHash: [UInt8]) throws -> Bool {
        try journal?.knows(request, secretHash: secretHash) ?? true
    }

    func abandon() { journal = nil }

    var unsyncedCommits: Int { 0 }
    func reachedDevice(upTo commit: Int) {}
    func losePower(forgetting commits: Int) {}
}
