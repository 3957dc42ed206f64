internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomStore
internal import FlomSystem
internal import NIOCore

/// What the daemon looks at again and again.
extension Daemon {
    private static let housekeepingMilliseconds: Int64 = 1000

    /// From now on, once a second.
    func beginHousekeeping() {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(Self.housekeepingMilliseconds)) { [unowned self] in
            lookAtJournal()
            gate.remind()
            noteListening()
            repairNames()
            badPeers.tick()
            tls?.look()
            refusedPersons.tick()
            badLevels.tick()
            wrongUnlocks.tick()
            discoveries.tick()
            tidyLimits()
            OwnChildren.reapInherited()
            if !isStopping, let places = listening.follow(by: server, now: Clock.boottimeNanoseconds()) {
                record.recordListening(places)
            }
            tellStatus()
            blocks.look(newest: engine.newestRequest.number)
            beginHousekeeping()
        }
    }

    /// What a daemon that is killed has not noted is waited for again. So is the time in which one was stopped: each round counts once,
    /// however long it took.
    private func noteListening() {
        guard gate.obstacle == nil, inquiry.awaitsReturn || engine.isShut else { return }
        try? journal.addListeningTime(milliseconds: Self.housekeepingMilliseconds)
    }

    func lookAtJournal() {
        guard let watch else { return }
        let before = gate.obstacle
        gate.obstacle = watch.look(mayCheckpoint: !gate.synchronizingFailed)
        guard gate.obstacle != before else { return }
        if let obstacle = gate.obstacle {
            Log.error("no new lock is given: \(obstacle.sentence)", id: LogID.journalMoved)
        } else {
            Log.notice("the journal is what it was again, and locks are given", id: LogID.journalWell)
        }
    }

    /// Makes again what a tidy-up removed: once a second, and at once where the kernel tells.
    func repairNames() {
        record.repair()
        if !isStopping { listening.repair(by: server) }
        names.watch([record.path] + listening.names)
        sentinel.watchNames(names.descriptor)
        guard !record.isNamed else { return }
        // Somebody is about to find that this daemon runs, and has the name so long.
        loop.assumeIsolated().scheduleTask(in: Self.nameRetry) { [unowned self] in
            record.repair()
            names.watch([record.path])
        }
    }

    private static let nameRetry = TimeAmount.milliseconds(20)
}
