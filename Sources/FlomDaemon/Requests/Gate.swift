internal import FlomEngine
internal import FlomModel
internal import FlomStore
internal import FlomSystem

/// Runs work on the daemon's loop after some milliseconds.
typealias After = (_ milliseconds: Int64, _ work: @escaping () -> Void) -> Void

/// Between the engine and the wire: nothing that was decided leaves before the journal has it.
///
/// One commit a turn. If it fails, the batch is kept whole and tried again with what came meanwhile; its answers stay here, and
/// the daemon takes no new requests. The engine never takes anything back.
final class Gate {
    private let journal: Journal
    private let sync: Journal.SyncLevel
    private let synchronizer: WALSynchronizer?
    private let after: After
    private let deliver: ([Answer]) -> Void
    private let whenCommitted: (Int64) -> Void
    private let whenSyncFailed: () -> Void
    private let whenFailed: (JournalError?) -> Void

    private var unwritten: [JournalEntry] = []
    /// What was decided before it, when the journal could not be written.
    private var late: [Journal.LateEntries] = []
    private var unwrittenLives: [ResourceChange] = []
    private var held: [Answer] = []
    /// Those of them that may leave only when the device has their events.
    private var heldForDevice: [Answer] = []
    /// Answers that wait for the device, with the commit after which they may go.
    private var unsynced: [(commit: UInt64, answers: [Answer])] = []
    /// Other work of the kind.
    private var waitingForDevice: [(commit: UInt64, work: () -> Void)] = []
    private var commits: UInt64 = 0
    private var syncedCommits: UInt64 = 0
    private var syncIsDue = false
    /// When the journal failed first, and why; nil while all is well.
    private(set) var failure: (error: JournalError, since: Int64)?
    /// Why nothing may be written, though it might succeed: what is written would not be on record. See `JournalWatch`.
    var obstacle: JournalError?
    private(set) var synchronizingFailed = false

    /// - Parameters:
    ///   - deliver: sends answers whose events are durable.
    ///   - whenCommitted: told the number of the last event within 100 ms of its commit.
    ///   - whenSyncFailed: what is committed may never reach the device.
    ///   - whenFailed: why the journal cannot be written any more; nil when it can again.
    init(
        journal: Journal, sync: Journal.SyncLevel, synchronizer: WALSynchronizer?, after: @escaping After,
        deliver: @escaping ([Answer]) -> Void, whenCommitted: @escaping (Int64) -> Void,
        whenSyncFailed: @escaping () -> Void, whenFailed: @escaping (JournalError?) -> Void = { _ in }
    ) {
        self.journal = journal
        self.sync = sync
        self.synchronizer = synchronizer
        self.after = after
        self.deliver = deliver
        self.whenCommitted = whenCommitted
        self.whenSyncFailed = whenSyncFailed
        self.whenFailed = whenFailed
    }

    /// Why new requests must be refused, as a sentence; nil if they need not.
    var refusal: String? {
        if let error = obstacle ?? failure?.error {
            return "the journal cannot be written, so no lock is given: \(error.sentence)"
        }
        return synchronizingFailed && sync != .off ? syncRefusal : nil
    }

    let syncRefusal =
        "the journal could not be synced to its device, so no lock is given; when the device is well again, "
        + "the next daemon (flom --restart) writes anew what may be lost"

    func append(_ entry: JournalEntry) { unwritten.append(entry) }
    /// Written with the next entry. The end of a life needs no commit of its own: whoever reads the journal sees it by the clock.
    func append(_ change: ResourceChange) { unwrittenLives.append(change) }

    /// The end of a turn.
    ///
    /// - Parameter needsDevice: which answers wait for the device under `auto`; under `always` all do.
    func pass(_ events: [Event], _ answers: [Answer], needsDevice: (Answer) -> Bool) {
        for event in events { unwritten.append(.request(event)) }
        for answer in answers {
            if sync == .always || (sync == .auto && needsDevice(answer)) {
                heldForDevice.append(answer)
            } else {
                held.append(answer)
            }
        }
        flush()
    }

    /// Tries to write what is unwritten. True if nothing is left.
    @discardableResult
    func flush() -> Bool {
        if hasUnwritten {
            let now = Moment.now()
            do throws(JournalError) {
                if let obstacle { throw obstacle }
                try journal.commit(unwrittenAndGap(), late: late, changes: unwrittenLives, at: now)
            } catch {
                if failure == nil {
                    failure = (error, now.boottime.nanoseconds)
                    if obstacle == nil { whenFailed(error) }
                }
                // However late it will be written: this is when it was decided.
                if !unwritten.isEmpty { late.append(Journal.LateEntries(unwritten, decidedAt: now)) }
                unwritten.removeAll()
                return false
            }
            if failure != nil { whenFailed(nil) }
            failure = nil
            late.removeAll()
            unwritten.removeAll(keepingCapacity: true)
            unwrittenLives.removeAll(keepingCapacity: true)
            commits += 1
            requestSync()
        }
        letOut()
        return true
    }

    private var hasUnwritten: Bool { !unwritten.isEmpty || !late.isEmpty }

    /// Nobody waits for the device under `auto`, so one sync serves all commits of its interval.
    private static let syncIntervalMilliseconds: Int64 = 100

    private func requestSync() {
        switch sync {
        case .off:
            whenCommitted(journal.lastEventNumber)
            work(upTo: commits)
        case .auto where !heldForDevice.isEmpty || !waitingForDevice.isEmpty, .always: synchronizer?.request(upTo: commits)
        case .auto where syncIsDue: break
        case .auto:
            syncIsDue = true
            after(Self.syncIntervalMilliseconds) { [unowned self] in
                syncIsDue = false
                whenCommitted(journal.lastEventNumber)
                synchronizer?.request(upTo: commits)
            }
        }
    }

    /// After a failure the record says that it is late, and why.
    private func unwrittenAndGap() -> [JournalEntry] {
        guard let failure else { return unwritten }
        let seconds = (Clock.boottimeNanoseconds() - failure.since) / 1_000_000_000
        return unwritten + [.gap("not written for \(seconds) s: \(failure.error.sentence)")]
    }

    private func letOut() {
        if !heldForDevice.isEmpty {
            if commits <= syncedCommits {
                held.append(contentsOf: heldForDevice)
            } else {
                unsynced.append((commits, heldForDevice))
            }
            heldForDevice.removeAll(keepingCapacity: true)
        }
        guard !held.isEmpty else { return }
        deliver(held)
        held.removeAll(keepingCapacity: true)
    }

    /// The synchronizer's report, on the loop.
    func synced(upTo commit: UInt64, failed: Bool) {
        if failed { return syncFailed() }
        syncedCommits = max(syncedCommits, commit)
        work(upTo: commit)
        if sync == .always { whenCommitted(journal.lastEventNumber) }
        while let first = unsynced.first, first.commit <= commit {
            unsynced.removeFirst()
            deliver(first.answers)
        }
    }

    /// Runs when all that is decided now has reached the device; when it is committed if nothing is ever synced.
    func whenSynced(_ work: @escaping () -> Void) {
        // What could not be written yet goes with the next commit.
        let last = hasUnwritten ? commits + 1 : commits
        guard last > (sync == .off ? commits : syncedCommits) else { return work() }
        waitingForDevice.append((last, work))
        if !hasUnwritten { synchronizer?.request(upTo: commits) }
    }

    /// Once a second: a log that was away for a moment was not synced, and nobody may come who asks for the next sync.
    func remind() {
        guard obstacle == nil, !unsynced.isEmpty || !waitingForDevice.isEmpty else { return }
        synchronizer?.request(upTo: commits)
    }

    private func work(upTo commit: UInt64) {
        while let first = waitingForDevice.first, first.commit <= commit {
            waitingForDevice.removeFirst()
            first.work()
        }
    }

    /// After the answers of a turn have left.
    func tidyUp() {
        // What the log lacks on the device must not come into the database: after a loss of power they would not fit.
        guard !synchronizingFailed, obstacle == nil else { return }
        do { try journal.checkpointIfDue() } catch { checkpointed(error) }
    }

    /// - Parameter error: why a checkpoint failed, if it did.
    func checkpointed(_ error: JournalError?) {
        // No other failure is lost: the next commit on a database that cannot be written fails too, and that one counts.
        if error?.isFailedSync == true { syncFailed() }
    }

    private func syncFailed() {
        if !synchronizingFailed { whenSyncFailed() }
        synchronizingFailed = true
    }
}

extension Moment {
    static func now() -> Moment {
        Moment(
            boottime: Instant(nanoseconds: Clock.boottimeNanoseconds()), wallMicroseconds: Clock.wallMicroseconds())
    }
}
