internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomStore
internal import FlomSystem

/// Runs work on the daemon's loop after some milliseconds.
typealias After = (_ milliseconds: Int64, _ work: @escaping () -> Void) -> Void

/// Carries out the directives of `ReplyGate`: commits to the journal, requests syncs, sends answers.
final class JournalGate {
    private let journal: Journal
    private let level: SyncLevel
    private let synchronizer: WALSynchronizer?
    private let after: After
    private let deliver: ([Answer]) -> Void
    private let whenCommitted: (Int64) -> Void
    private let whenSyncFailed: () -> Void
    private let whenFailed: (JournalError?) -> Void

    private var replies: ReplyGate
    /// Answers on their way out; empty at all other times. Apart from the answers that the gate holds, so that both arrays keep
    /// their capacity.
    private var leaving: [Answer] = []
    private var isCarryingOut = false
    private var givesBackLocks = false
    private var work: [UInt64: () -> Void] = [:]
    /// Told how long commits take, and how long the device does; nil where nobody watches.
    var watcher: Watcher?
    private var syncAskedAt: Int64?
    /// The number of times that the log was carried over, and that this failed.
    private(set) var checkpoints = (completed: 0, failed: 0)
    /// Why nothing may be written although it might succeed: it would not be on record. See `JournalWatch`.
    var obstacle: JournalError?

    /// Each is called on the loop with nanoseconds.
    struct Watcher {
        var committed: (Int64) -> Void
        var synced: (Int64) -> Void
    }

    /// - Parameters:
    ///   - deliver: sends answers whose events are durable.
    ///   - whenCommitted: told the number of the last event within 100 ms of its commit.
    ///   - whenSyncFailed: what is committed may never reach the device.
    ///   - whenFailed: told why the journal can no longer be written; nil when it can again.
    init(
        journal: Journal, sync: SyncLevel, synchronizer: WALSynchronizer?, after: @escaping After,
        deliver: @escaping ([Answer]) -> Void, whenCommitted: @escaping (Int64) -> Void,
        whenSyncFailed: @escaping () -> Void, whenFailed: @escaping (JournalError?) -> Void = { _ in }
    ) {
        self.journal = journal
        level = sync
        replies = ReplyGate(sync)
        self.synchronizer = synchronizer
        self.after = after
        self.deliver = deliver
        self.whenCommitted = whenCommitted
        self.whenSyncFailed = whenSyncFailed
        self.whenFailed = whenFailed
    }

    /// Whether the last batch could not be written.
    var isFailing: Bool { replies.failure != nil }
    var synchronizingFailed: Bool { replies.deviceHasFailed }

    /// Why new requests must be refused, as a sentence; nil if they need not be.
    var refusal: String? {
        if let reason = obstacle?.sentence ?? replies.failure?.reason {
            return "the journal cannot be written, so no lock is given: \(reason)"
        }
        return synchronizingFailed && level != .off ? syncRefusal : nil
    }

    let syncRefusal =
        "the journal could not be synced to its device, so no lock is given; when the device is well again, "
        + "the next daemon (flom --restart) writes anew what may be lost"

    func append(_ entry: JournalEntry) { replies.append(entry) }
    func append(_ change: ResourceChange) { replies.append(change) }

    /// Ends a turn: takes its events and answers.
    func pass(_ events: [Event], _ answers: [Answer], at now: Moment, isRemote: (SessionID) -> Bool?) {
        replies.pass(events, answers, at: now, isRemote: isRemote)
        carryOut()
    }

    /// Takes the synchronizer's report, on the loop.
    func synced(upTo commit: UInt64, failed: Bool) {
        if failed { return syncFailed() }
        if let watcher, let begun = syncAskedAt {
            watcher.synced(Clock.boottimeNanoseconds() - begun)
            syncAskedAt = nil
        }
        replies.synced(upTo: commit)
        carryOut()
    }

    /// Runs `work` when everything decided so far has reached the device, or is committed where nothing is synced.
    func whenSynced(_ work: @escaping () -> Void) {
        self.work[replies.whenOnDevice()] = work
        carryOut()
    }

    /// Call it once a second.
    func remind() {
        guard obstacle == nil else { return }
        replies.remind()
        carryOut()
    }

    /// Writes what has waited for the next commit, before the journal is read.
    func commitNow() {
        replies.commitNow()
        carryOut()
    }

    /// The process is about to end: nothing waits for a turn any more.
    func finish() {
        isCarryingOut = false
        commitNow()
    }

    // MARK: - Carrying out

    private func carryOut() {
        // A client that gets its answer may send a message at once; its effects wait here until the other answers have left.
        guard !isCarryingOut else { return }
        isCarryingOut = true
        defer { isCarryingOut = false }
        while let directive = replies.next() {
            switch directive {
            case .commit: commit()
            case .sync(let commit):
                if watcher != nil, syncAskedAt == nil { syncAskedAt = Clock.boottimeNanoseconds() }
                synchronizer?.request(upTo: commit)
            case .armCommit(let milliseconds):
                after(milliseconds) { [unowned self] in
                    replies.commitIsDue()
                    carryOut()
                }
            case .armSync(let milliseconds):
                after(milliseconds) { [unowned self] in
                    replies.syncIsDue()
                    carryOut()
                }
            case .armRetry(let milliseconds):
                after(milliseconds) { [unowned self] in
                    replies.retryIsDue()
                    carryOut()
                }
            case .release: release()
            case .isOnDevice(let number): work.removeValue(forKey: number)?()
            case .noteProgress: whenCommitted(journal.lastEventNumber)
            }
        }
    }

    private func commit() {
        let now = Moment.now()
        do throws(JournalError) {
            if let obstacle { throw obstacle }
            try journal.commit(replies.entries(at: now.boottime), late: replies.late, changes: replies.lives, at: now)
        } catch {
            if replies.failed(error.sentence, at: now), obstacle == nil { whenFailed(error) }
            return
        }
        if replies.committed() { whenFailed(nil) }
        if let watcher { watcher.committed(Clock.boottimeNanoseconds() - now.boottime.nanoseconds) }
        giveBackLocksSoon()
    }

    /// The journal keeps its locks from one commit to the next. Nobody else waits for them longer than this.
    private static let locksAreKeptMilliseconds: Int64 = 100

    private func giveBackLocksSoon() {
        guard !givesBackLocks else { return }
        givesBackLocks = true
        after(Self.locksAreKeptMilliseconds) { [self] in
            givesBackLocks = false
            journal.giveBackLocks()
        }
    }

    private func release() {
        var answers: [Answer] = []
        swap(&answers, &leaving)
        replies.takeReady(into: &answers)
        deliver(answers)
        answers.removeAll(keepingCapacity: true)
        leaving = answers
    }

    /// Call it after the answers of a turn have left.
    func tidyUp() {
        // What the log lacks on the device must not reach the database: after a loss of power they would not match.
        guard !synchronizingFailed, obstacle == nil else { return }
        do { try journal.checkpointIfDue() } catch { checkpointed(error) }
    }

    /// - Parameter error: why a checkpoint failed; nil if it succeeded.
    func checkpointed(_ error: JournalError?) {
        if error == nil { checkpoints.completed += 1 } else { checkpoints.failed += 1 }
        // Other failures are not lost: the next commit to an unwritable database fails as well, and counts.
        if error?.isFailedSync == true { syncFailed() }
    }

    private func syncFailed() { if replies.deviceFailed() { whenSyncFailed() } }
}

extension Moment {
    static func now() -> Moment {
        Moment(boottime: Instant(nanoseconds: Clock.boottimeNanoseconds()), wallMicroseconds: Clock.wallMicroseconds())
    }
}
