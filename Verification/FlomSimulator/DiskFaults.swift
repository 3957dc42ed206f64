import FlomChecker
import FlomModel
import FlomRandom

/// What the endpoint record says that the next daemon cares for.
struct EndpointNote {
    var lastEvent: Int64
    /// In order, with nothing open.
    var hasEnded = false
    /// For how long daemons have listened while everything is shut, in nanoseconds; nil while it is not.
    var shutListened: Int64?
}

// A device that has not got everything, and one that takes nothing.
extension World {
    /// The number of the event that was committed last.
    var lastEvent: Int64 { journal.lastEvent }

    /// Each one makes the checker read the whole history again.
    private static let powerLossLimit = 20

    /// The host stops at once, whatever runs on it, and comes up again without the last of what was committed. Other hosts notice by and
    /// by.
    func losePower() {
        // Mostly when there is something to be lost.
        guard hasLivedLongEnough, isLongBooted, journal.unsyncedCommits > 0 || random.chance(percent: 5) else {
            return planNext(.powerIsLost, style.powerLossInterval.map { $0 / 20 })
        }
        counts.reboots += 1
        daemonIsGone(livesEnd: false, silently: true)
        endBoot()
        let unsynced = journal.unsyncedCommits
        let lost = random.chance(percent: 50) ? unsynced : random.below(unsynced + 1)
        do { try journal.losePower(forgetting: lost) } catch { failure = error }
        record(.powerLost(commits: lost))
        // The page of the record has been written at some time, or it lay where nothing outlives a boot.
        switch random.below(4) {
        case 0: endpointRecord = nil
        case 1: endpointRecord = olderEndpointRecord
        default: break
        }
        olderEndpointRecord = endpointRecord
        if checker.counts.powerLosses < Self.powerLossLimit { planNext(.powerIsLost, style.powerLossInterval) }
    }

    // MARK: - Nothing can be written

    func commitFails() -> Bool {
        let fails = nextCommitFails || now < commitsFailUntil
        nextCommitFails = false
        if fails { counts.failedCommits += 1 }
        return fails
    }

    func failCommits(for time: Int64) {
        // Else the daemon would hardly ever find out who is gone.
        guard hasLivedLongEnough else { return planNext(.journalFails(time), style.failureInterval) }
        nextCommitFails = true
        commitsFailUntil = now + time
        let next: Int64 = random.chance(percent: 40) ? 0 : Int64(random.below(random.chance(percent: 5) ? 40_000 : 2000))
        // After it is over, and it has been tried again, or nothing would ever be written.
        guard let interval = style.failureInterval, !isWindingDown else { return }
        plan(.journalFails(next * Style.millisecond), after: time + 2 * Style.second + random.time(around: interval))
    }
}
