import FlomChecker
import FlomEngine
import FlomModel
import FlomRandom

/// Between the engine and the network, as the daemon's `Gate`: nothing that was decided leaves before the journal has it, and what has
/// to survive a loss of power not before the device has it.
///
/// One commit a turn. One that fails is kept whole and tried again with what came meanwhile.
final class ShellGate {
    private struct Turn {
        let at: Int64
        var marks: [JournalBatch.Mark]
        let events: [Event]
    }

    private static let syncInterval = 100 * Style.millisecond
    private static let retryInterval = Style.second

    private unowned let shell: DaemonShell
    private unowned let world: World

    private var unwritten: [Turn] = []
    private var unwrittenLives: [ResourceChange] = []
    private var held: [Answer] = []
    private var heldForDevice: [Answer] = []
    private var unsynced: [(commit: Int, answers: [Answer])] = []
    private var waitingForDevice: [(commit: Int, work: () -> Void)] = []
    /// Of this journal, and so also those of earlier daemons; but what they have not synced this one does not know to be synced.
    private var commits: Int { world.journal.commitCount }
    private var syncedCommits = 0
    private var syncIsDue = false
    private var isSyncing = false
    private var isAskedToSync = false
    private var retryIsPlanned = false
    /// Since the journal cannot be written.
    private(set) var isFailing = false

    init(_ shell: DaemonShell, _ world: World) {
        self.shell = shell
        self.world = world
    }

    func append(_ lives: [ResourceChange]) { unwrittenLives += lives }

    /// The end of a turn. The daemon may be dead after it.
    func pass(_ marks: [JournalBatch.Mark], _ events: [Event], _ answers: [Answer], needsDevice: (Answer) -> Bool) {
        if !marks.isEmpty || !events.isEmpty { unwritten.append(Turn(at: world.now, marks: marks, events: events)) }
        for answer in answers {
            if world.style.syncsAlways || needsDevice(answer) { heldForDevice.append(answer) } else { held.append(answer) }
        }
        flush()
    }

    func flush() {
        if !unwritten.isEmpty {
            guard write() else { return }
            if world.isUnlucky(world.style.killsAfterCommit) {
                // Perhaps some of the answers were on their way.
                if world.random.chance(percent: 50) { shell.deliver(Array(held.prefix(1))) }
                return world.killDaemon()
            }
            requestSync()
        }
        letOut()
    }

    // MARK: - The journal

    private func write() -> Bool {
        guard !world.commitFails() else {
            isFailing = true
            if !retryIsPlanned { world.plan(.triesToWrite(incarnation: shell.incarnation), after: Self.retryInterval) }
            retryIsPlanned = true
            return false
        }
        var batch = JournalBatch(at: world.moment)
        batch.view = shell.view
        batch.marks = unwritten.flatMap(\.marks)
        batch.events = unwritten.count == 1 ? unwritten[0].events : unwritten.flatMap(\.events)
        batch.lives = unwrittenLives
        if isFailing { batch.marks.append(.gap) }
        do { try world.journal.commit(batch) } catch {
            world.failure = error
            return false
        }
        world.counts.commits += 1
        for turn in unwritten {
            if isFailing { world.record(.late(turn.at)) }
            for event in turn.events {
                if let fact = Fact(event) { world.record(fact) }
            }
        }
        if isFailing { world.record(.gap) }
        world.record(.committed)
        isFailing = false
        unwritten.removeAll(keepingCapacity: true)
        unwrittenLives.removeAll()
        return true
    }

    func tryAgain() {
        retryIsPlanned = false
        flush()
    }

    private func letOut() {
        if !heldForDevice.isEmpty {
            if commits <= syncedCommits { held += heldForDevice } else { unsynced.append((commits, heldForDevice)) }
            heldForDevice.removeAll(keepingCapacity: true)
        }
        guard !held.isEmpty else { return }
        shell.deliver(held)
        held.removeAll(keepingCapacity: true)
    }

    // MARK: - The device

    private func requestSync() {
        if world.style.syncsAlways || !heldForDevice.isEmpty || !waitingForDevice.isEmpty { return sync() }
        guard !syncIsDue else { return }
        // Nobody waits for the device, so one sync serves all commits of its interval.
        syncIsDue = true
        world.plan(.syncIsDue(incarnation: shell.incarnation), after: Self.syncInterval)
    }

    func syncWhatIsDue() {
        syncIsDue = false
        shell.noteLastEvent()
        sync()
    }

    /// One at a time; what is committed meanwhile takes another one.
    private func sync() {
        if isSyncing {
            isAskedToSync = true
            return
        }
        isSyncing = true
        let isSlow = world.random.chance(percent: 2)
        let time = Int64(100_000 + world.random.below(isSlow ? 2_000_000_000 : Int(world.style.syncTime)))
        world.plan(.deviceHas(incarnation: shell.incarnation, commits), after: time)
    }

    func synced(upTo commit: Int) {
        do { try world.journal.reachedDevice(upTo: commit) } catch { world.failure = error }
        (syncedCommits, isSyncing) = (max(syncedCommits, commit), false)
        while let first = waitingForDevice.first, first.commit <= commit {
            waitingForDevice.removeFirst()
            first.work()
        }
        if world.style.syncsAlways { shell.noteLastEvent() }
        while let first = unsynced.first, first.commit <= commit {
            unsynced.removeFirst()
            shell.deliver(first.answers)
        }
        if isAskedToSync {
            isAskedToSync = false
            sync()
        }
    }

    /// When all that is decided now is on the device.
    func whenSynced(_ work: @escaping () -> Void) {
        let last = unwritten.isEmpty ? commits : commits + 1
        guard last > syncedCommits else { return work() }
        waitingForDevice.append((last, work))
        if unwritten.isEmpty { sync() }
    }
}
