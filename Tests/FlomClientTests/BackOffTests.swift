import FlomCore
import FlomModel
import Testing

@Suite struct BackOffTests {
    private static let start = Instant(nanoseconds: 5_000_000_000)

    @Test func pausesDouble() {
        var backOff = BackOff()
        let pauses = (1...10).map { _ in backOff.next(at: Self.start, random: 0) }
        #expect(pauses == [10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000])
        #expect(backOff.attempts == 10)
    }

    @Test(arguments: [0, 1, 100, 255] as [UInt8])
    func chanceShortensThemByHalfAtMost(random: UInt8) {
        var backOff = BackOff()
        for whole in [10, 20, 40, 80, 160, 320, 640, 1000] as [Int64] {
            let pause = backOff.next(at: Self.start, random: random)
            #expect(pause > whole / 2 && pause <= whole)
        }
    }

    /// A daemon that can be reached and dies again at once would be asked a hundred times a second.
    @Test(arguments: [(0, 40), (999, 40), (1000, 10), (60_000, 10)] as [(Int64, Int64)])
    func onlyAConnectionThatLastsBeginsThemAnew(lasted: Int64, pause: Int64) {
        var backOff = BackOff()
        for _ in 1...2 { _ = backOff.next(at: Self.start, random: 0) }
        backOff.succeeded(at: Self.start)
        // What is heard later on the same connection does not count from then.
        backOff.succeeded(at: Self.start.advanced(byMilliseconds: lasted))
        let next = backOff.next(at: Self.start.advanced(byMilliseconds: lasted), random: 0)
        #expect(next == pause)
    }
}
