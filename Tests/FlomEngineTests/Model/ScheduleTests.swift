import FlomModel
import FlomRandom
import Glibc
import Testing

/// Random schedules: the engine does what the reference model does, whatever happens.
///
/// The seeds are always the same. `FLOM_TEST_SEED=12345` tries others, as many again; `FLOM_TEST_RUNS=1000` so many of each.
@Suite struct ScheduleTests {
    static let batches = 30
    static let entangledBatches = 12
    static let runsInABatch = number("FLOM_TEST_RUNS") ?? 100
    static let entangledRunsInABatch = number("FLOM_TEST_RUNS") ?? 60
    static let length = 100

    @Test(arguments: 0..<batches)
    func theEngineFollowsTheModel(batch: Int) {
        var seeds = SeededRandom(seed: Self.firstSeed &+ UInt64(batch))
        var counts = HistoryJudge.Counts()
        for _ in 0..<Self.runsInABatch {
            let seed = seeds.next()
            let schedule = Schedule(seed: seed, length: Self.length, world: Schedule.worlds[batch % Schedule.worlds.count])
            guard let found = Self.play(schedule, seed) else { return }
            counts += found
        }
        // A schedule that meets nothing proves nothing.
        #expect(counts.steps > 6_000, "\(counts)")
        #expect(counts.grants > 1_000, "\(counts)")
        #expect(counts.wakeUps > 130, "\(counts)")
        // Of a set or a sequence all ask for the same, and nobody passes anybody.
        let areEqual = [.set, .sequence].contains(KindRules.kind(Schedule.worlds[batch % Schedule.worlds.count][0]))
        #expect(areEqual ? counts.overtakings == 0 : counts.overtakings > 80, "\(counts)")
        #expect(areEqual || counts.overtakeBlocks > 20, "\(counts)")
        #expect(counts.creations > 4, "\(counts)")
        #expect(counts.recoveries > 250, "\(counts)")
        #expect(counts.longestQueue >= 6, "\(counts)")
    }

    /// Several resources at once, and requests from within a lock.
    @Test(arguments: 0..<entangledBatches)
    func entangledRequestsToo(batch: Int) {
        let world = Schedule.entangledWorlds[batch % Schedule.entangledWorlds.count]
        var seeds = SeededRandom(seed: Self.firstSeed &+ 1_000 &+ UInt64(batch))
        var counts = HistoryJudge.Counts()
        for _ in 0..<Self.entangledRunsInABatch {
            let seed = seeds.next()
            let schedule = Schedule(seed: seed, length: Self.length, world: world, isEntangled: true)
            guard let found = Self.play(schedule, seed) else { return }
            counts += found
        }
        #expect(counts.grants > 700, "\(counts)")
        #expect(counts.groups > 200, "\(counts)")
        #expect(counts.passings > 0, "\(counts)")
        #expect(counts.openings > 5, "\(counts)")
        #expect(counts.deadlocks > 20, "\(counts)")
        #expect(counts.creations > 4, "\(counts)")
        #expect(counts.recoveries > 250, "\(counts)")
    }

    /// What the judge has counted; nil if it went wrong, which is recorded.
    private static func play(_ schedule: Schedule, _ seed: UInt64) -> HistoryJudge.Counts? {
        var run = ScheduleRun(schedule)
        do {
            try run.run(schedule)
            return run.judge.counts
        } catch {
            let small = shrink(schedule)
            let why = failure(of: small) ?? "\(error)"
            Issue.record("seed \(seed), length \(length): \(error)\nshrunk to\n\(small)\n\(why)")
            return nil
        }
    }

    private static let firstSeed = UInt64(number("FLOM_TEST_SEED") ?? 1)

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    private static func failure(of schedule: Schedule) -> String? {
        var run = ScheduleRun(schedule)
        do {
            try run.run(schedule)
            return nil
        } catch { return "\(error)" }
    }

    /// Leaves out as much as it can, half of it first, single steps last.
    private static func shrink(_ schedule: Schedule) -> Schedule {
        var small = schedule
        var span = max(1, schedule.steps.count / 2)
        while true {
            var start = 0
            var hasShrunk = false
            while start < small.steps.count {
                var candidate = small
                candidate.steps.removeSubrange(start..<min(start + span, small.steps.count))
                if failure(of: candidate) != nil {
                    small = candidate
                    hasShrunk = true
                } else {
                    start += span
                }
            }
            if span == 1 && !hasShrunk { return small }
            span = max(1, span / 2)
        }
    }
}
