import FlomCore
import FlomModel
import Testing

@Suite struct RequestDeadlinesTests {
    private static let start = Instant(nanoseconds: 7_000_000_000)

    private static func after(_ milliseconds: Int64?) -> Instant? { milliseconds.map { start.advanced(byMilliseconds: $0) } }

    @Test(
        arguments: [
            // Timeout, by when a daemon is reached, by when the lock is there.
            (0, 5000, 5000), (1, 1, 1), (700, 700, 700), (90_000, 90_000, 90_000), (-1, 30_000, nil), (.min, 30_000, nil),
            (.max, 2_147_483_647, 2_147_483_647),
        ] as [(Int32, Int64, Int64?)])
    func theTimeoutIsOneLimitForAll(timeout: Int32, connect: Int64, lock: Int64?) {
        let deadlines = RequestDeadlines(timeoutMilliseconds: timeout, from: Self.start)
        #expect(deadlines.connect == Self.after(connect))
        #expect(deadlines.lock == Self.after(lock))
    }

    @Test(
        arguments: [
            // Timeout, whether it has been heard, when it asks, by when there is an answer.
            (-1, false, 0, 30_000), (-1, false, 29_000, 30_000), (-1, true, 40_000, 70_000), (60_000, true, 0, 30_000),
            (60_000, true, 50_000, 60_000), (60_000, false, 50_000, 60_000), (0, false, 100, 5000), (0, true, 100, 5000),
        ] as [(Int32, Bool, Int64, Int64)])
    func whoComesBackHasAsLongAsItWaitsAnyway(timeout: Int32, hasBeenHeard: Bool, now: Int64, answer: Int64) throws {
        let deadlines = RequestDeadlines(timeoutMilliseconds: timeout, from: Self.start)
        let moment = try #require(Self.after(now))
        #expect(deadlines.firstAnswer(hasBeenHeard: hasBeenHeard, at: moment) == Self.after(answer))
    }
}
