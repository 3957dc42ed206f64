import FlomSettings
import Testing

@testable import FlomDaemon

/// How many lines of a kind go through in a second, and how many are counted as left out.
@Suite struct LogLimitTests {
    private static let second: Int64 = 1_000_000_000

    /// What is asserted may change it.
    private final class Limit {
        private var limit = LogLimit(.warning, id: "FLM999W", subject: "samples")
        func admits(now: Int64) -> Bool { limit.admits(now: now) }
        func endSecond(now: Int64) -> Int { limit.endSecond(now: now) }
    }

    @Test func fiveLinesASecondGoThrough() {
        let limit = Limit()
        #expect(limit.endSecond(now: 0) == 0)
        #expect((0..<8).map { limit.admits(now: Int64($0)) } == [true, true, true, true, true, false, false, false])
        #expect(limit.endSecond(now: Self.second - 1) == 0 && !limit.admits(now: Self.second - 1))
        #expect(limit.endSecond(now: Self.second) == 4)
        #expect(limit.admits(now: Self.second))
    }

    @Test func aSecondBeginsWithItsFirstLook() {
        let limit = Limit()
        #expect(limit.endSecond(now: 100 * Self.second) == 0)
        for _ in 0..<LogLimit.perSecond { #expect(limit.admits(now: 100 * Self.second)) }
        #expect(limit.endSecond(now: 101 * Self.second - 1) == 0)
        #expect(!limit.admits(now: 101 * Self.second - 1))
        #expect(limit.endSecond(now: 500 * Self.second) == 1)
        #expect(limit.endSecond(now: 502 * Self.second) == 0)
    }
}
