package import FlomChecker
import FlomModel
import FlomRandom

/// One world, from its seed to its end.
package enum Simulation {
    package struct Report: Hashable, Sendable {
        package var requests = 0, records = 0, grants = 0, waits = 0, overtakings = 0, commands = 0, reclaims = 0, orphans = 0
        package var restarts = 0, kills = 0, stops = 0, reboots = 0, steps = 0, commits = 0, events = 0, rollbacks = 0
        package var resumptions = 0, groups = 0, nested = 0, deadlocks = 0, broken = 0
        package var offers = 0, passedOver = 0
        package var powerLosses = 0, lostCommits = 0, shut = 0, failedCommits = 0, late = 0
        /// A digest of all records: two runs with the same digest have done the same.
        package var digest: UInt64 = 0
        /// What was found, if anything.
        package var failure: String?
        package var brokenPromise: BrokenPromise?
    }

    /// - Parameter show: called for everything that happens and is recorded.
    package static func run(
        seed: UInt64, requests: Int, journal: any SimulatedJournal, show: ((String) -> Void)? = nil
    ) -> Report {
        let world = World(seed: seed, requests: requests, journal: journal)
        world.trace = show
        var report = Report()
        do { try world.run() } catch {
            report.failure = "\(error)"
            report.brokenPromise = error as? BrokenPromise
        }
        let (checked, counts) = (world.checker.counts, world.counts)
        report.requests = counts.requests
        report.records = checked.records
        report.grants = checked.grants
        report.waits = checked.waits
        report.overtakings = checked.overtakings
        report.commands = checked.commands
        report.reclaims = checked.reclaims
        report.orphans = checked.orphans
        report.restarts = checked.restarts
        report.rollbacks = checked.rollbacks
        report.resumptions = checked.resumptions
        report.groups = checked.groups
        report.nested = checked.nested
        report.deadlocks = checked.deadlocks
        report.broken = checked.broken
        report.offers = checked.offers
        report.passedOver = checked.passedOver
        report.powerLosses = checked.powerLosses
        report.lostCommits = checked.lostCommits
        report.shut = checked.shut
        report.late = checked.late
        report.failedCommits = counts.failedCommits
        report.kills = counts.kills
        report.stops = counts.stops
        report.reboots = counts.reboots
        report.steps = counts.steps
        report.commits = counts.commits
        report.events = counts.events
        report.digest = world.digest
        return report
    }
}
