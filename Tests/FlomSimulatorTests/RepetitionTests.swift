import FlomSimulator
import Testing

/// What fails once has to fail again.
@Suite struct RepetitionTests {
    @Test(arguments: [1, 2, 9] as [UInt64])
    func theSameSeedIsTheSameWorld(_ seed: UInt64) {
        var lines: [[String]] = [[], []]
        let reports = [0, 1].map { run in
            Simulation.run(seed: seed, requests: 300, journal: MemoryJournal()) { lines[run].append($0) }
        }
        #expect(reports[0] == reports[1])
        #expect(lines[0] == lines[1])
        #expect(reports[0].failure == nil)
    }

    @Test func anotherSeedIsAnotherWorld() {
        let digests = Set((1...5).map { Simulation.run(seed: $0, requests: 100, journal: MemoryJournal()).digest })
        #expect(digests.count == 5)
    }

    /// A world in which nothing goes wrong would show nothing.
    @Test func muchHappens() {
        var seen: [String: Int] = [:]
        for seed in 1...12 as ClosedRange<UInt64> {
            let report = Simulation.run(seed: seed, requests: 500, journal: MemoryJournal())
            #expect(report.failure == nil)
            let counts = [
                "grants": report.grants, "waits": report.waits, "overtakings": report.overtakings, "reclaims": report.reclaims,
                "orphans": report.orphans, "restarts": report.restarts, "steps": report.steps, "rollbacks": report.rollbacks,
                "resumptions": report.resumptions, "groups": report.groups, "nested": report.nested,
                "deadlocks": report.deadlocks, "broken": report.broken, "power losses": report.powerLosses,
                "lost commits": report.lostCommits, "shut": report.shut, "failed commits": report.failedCommits,
                "late": report.late,
            ]
            seen.merge(counts) { $0 + $1 }
        }
        #expect(seen.filter { $0.value == 0 }.isEmpty)
    }
}
