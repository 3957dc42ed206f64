import FlomCore
import Testing

/// The time for which a daemon waits for clients on other hosts, after earlier daemons have waited.
@Suite struct GraceTests {
    @Test(
        arguments: [
            (grace: 30_000, missed: 0, left: 30_000),
            (30_000, 12_000, 18_000),
            // Enough for two attempts to come back, in any case.
            (30_000, 29_000, 5_000),
            (30_000, 500_000, 5_000),
            (6_000, 1_000, 5_000),
            (6_000, 5_000, 4_000),
            // Never more than the whole grace.
            (3_000, 0, 3_000),
            (3_000, 2_000, 3_000),
            (0, 0, 0),
            (0, 9_000, 0),
        ] as [(grace: Int64, missed: Int64, left: Int64)])
    func theRestOfTheGrace(_ row: (grace: Int64, missed: Int64, left: Int64)) {
        #expect(HolderInquiry.graceLeft(of: row.grace, missed: row.missed) == row.left)
    }

    /// The grace ends after any number of deaths, if each daemon lives as long as the least time that it waits.
    @Test(arguments: [4_000, 6_000, 30_000, 86_400_000] as [Int64]) func itComesToAnEnd(grace: Int64) {
        let life = max(grace / 6, HolderInquiry.leastGraceMilliseconds)
        var daemons = 1
        while daemons < 100, HolderInquiry.graceLeft(of: grace, missed: Int64(daemons - 1) * life) > life { daemons += 1 }
        #expect(daemons <= 6)
    }
}
