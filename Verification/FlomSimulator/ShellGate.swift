import FlomChecker
internal import FlomCore
internal import FlomEngine
import FlomModel
internal import FlomRandom

/// Carries out what the product's `ReplyGate` says, in the simulated world.
final class ShellGate {
    private unowned let shell: DaemonShell
    private unowned let world: World

    private var replies: ReplyGate
    private var work: [UInt64: () -> Void] = [:]
    /// The gate counts its own daemon's commits, the journal those of all.
    private let earlierCommits: Int
    /// What is offered and not yet written down, each behind the event with this number of this daemon.
    private var offers: [(event: Int, madeAt: Int64, fact: Fact)] = []
    private var eventsPassed = 0
    private var eventsRecorded = 0
    private var isSyncing = false
    /// What was asked for while another sync was under way.
    private var isAskedFor: UInt64?

    init(_ shell: DaemonShell, _ world: World) {
        self.shell = shell
        self.world = world
        earlierCommits = world.journal.commitCount
        replies = ReplyGate(world.style.syncsAlways ? .always : .auto)
    }

    /// Since the journal cannot be written.
    var isFailing: Bool { replies.failure != nil }

    func append(_ lives: [ResourceChange]) { for change in lives { replies.append(change) } }
    func append(_ entry: JournalEntry) { replies.append(entry) }

    /// The journal has nothing of offers: they are written down where they were made.
    ///
    /// - Parameter count: how many events the turn has.
    func note(_ new: [Offered], after count: Int) {
        for offered in new {
            for (index, element) in offered.elements.enumerated() {
                let fact = Fact.offered(offered.request.part(index).number, at: world.now, element: element)
                offers.append((eventsPassed + offered.eventCount, world.now, fact))
            }
        }
        eventsPassed += count
    }

    /// - Parameter time: when the turn was decided that is being written. An offer behind its last event may be the next turn's.
    private func recordOffers(until time: Int64) {
        while let next = offers.first, next.event <= eventsRecorded, next.madeAt <= time {
            offers.removeFirst()
            world.record(next.fact)
        }
    }

    /// The end of a turn. The daemon may be dead after it.
    func pass(_ events: [Event], _ answers: [Answer], isRemote: (SessionID) -> Bool?) {
        replies.pass(events, answers, at: world.moment, isRemote: isRemote)
        carryOut()
    }

    func commitIsDue() {
        replies.commitIsDue()
        carryOut()
    }

    func syncIsDue() {
        replies.syncIsDue()
        carryOut()
    }

    func retryIsDue() {
        replies.retryIsDue()
        carryOut()
    }

    func whenSynced(_ work: @escaping () -> Void) {
        self.work[replies.whenOnDevice()] = work
        carryOut()
    }

    // MARK: - Carrying out

    private func carryOut() {
        while world.daemon === shell, world.failure == nil, let directive = replies.next() {
            switch directive {
            case .commit: commit()
            case .sync(let commit): sync(upTo: commit)
            case .armCommit(let milliseconds):
                world.plan(.commitIsDue(incarnation: shell.incarnation), after: milliseconds * Style.millisecond)
            case .armSync(let milliseconds):
                world.plan(.syncIsDue(incarnation: shell.incarnation), after: milliseconds * Style.millisecond)
            case .armRetry(let milliseconds):
                world.plan(.triesToWrite(incarnation: shell.incarnation), after: milliseconds * Style.millisecond)
            case .release:
                var answers: [Answer] = []
                replies.takeReady(into: &answers)
                shell.deliver(answers)
            case .isOnDevice(let number): work.removeValue(forKey: number)?()
            case .noteProgress: shell.noteLastEvent()
            }
        }
    }

    private func commit() {
        let now = world.moment
        guard !world.commitFails() else {
            _ = replies.failed("it is full", at: now)
            return
        }
        var batch = JournalBatch(at: now)
        batch.view = shell.view
        (batch.late, batch.entries, batch.lives) = (replies.late, replies.entries(at: now.boottime), replies.lives)
        do { try world.journal.commit(batch) } catch {
            world.failure = error
            return
        }
        world.counts.commits += 1
        record(batch)
        if world.isUnlucky(world.style.killsAfterCommit) {
            // Perhaps some of the answers were on their way.
            if world.random.chance(percent: 50) { shell.deliver(Array(replies.held.prefix(1))) }
            return world.killDaemon()
        }
        replies.committed()
    }

    private func record(_ batch: JournalBatch) {
        for late in batch.late {
            let time = world.now + late.decidedAt.boottime.nanoseconds - batch.at.boottime.nanoseconds
            world.record(.late(time))
            record(late.entries, decidedAt: time)
        }
        if !batch.late.isEmpty, batch.entries.contains(where: { if case .request = $0 { true } else { false } }) {
            world.record(.late(world.now))
        }
        record(batch.entries, decidedAt: world.now)
        world.record(.committed)
    }

    private func record(_ entries: [JournalEntry], decidedAt time: Int64) {
        recordOffers(until: time)
        for entry in entries {
            switch entry {
            case .request(let event):
                if let fact = Fact(event) { world.record(fact) }
                eventsRecorded += 1
                recordOffers(until: time)
            case .gap: world.record(.gap)
            case .daemonStarted, .daemonStopped, .pruned: break
            }
        }
    }

    // MARK: - The device

    /// One at a time; what is asked for meanwhile takes another one.
    private func sync(upTo commit: UInt64) {
        guard !isSyncing else {
            isAskedFor = commit
            return
        }
        isSyncing = true
        let isSlow = world.random.chance(percent: 2)
        let time = Int64(100_000 + world.random.below(isSlow ? 2_000_000_000 : Int(world.style.syncTime)))
        world.plan(.deviceHas(incarnation: shell.incarnation, commit), after: time)
    }

    func synced(upTo commit: UInt64) {
        do { try world.journal.reachedDevice(upTo: earlierCommits + Int(commit)) } catch { world.failure = error }
        isSyncing = false
        replies.synced(upTo: commit)
        carryOut()
        guard let next = isAskedFor else { return }
        isAskedFor = nil
        sync(upTo: next)
    }
}
