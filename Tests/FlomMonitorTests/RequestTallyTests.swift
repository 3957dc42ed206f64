import FlomModel
import Testing

@testable import FlomMonitor

@Suite struct RequestTallyTests {
    private func request(_ name: String) throws -> LockRequest {
        LockRequest(resource: try ResourceName(Array(name.utf8)), mode: .exclusive)
    }

    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    @Test func waitsAndHoldsAreMeasuredFromEventToEvent() throws {
        var tally = RequestTally()
        tally.count(Event(RequestID(1), .requested(try request("db"))), at: at(0))
        tally.count(Event(RequestID(1), .queued(position: 1)), at: at(0))
        tally.count(Event(RequestID(1), .granted(FencingToken(1))), at: at(700))
        tally.count(Event(RequestID(1), .released(.exited(status: 0))), at: at(7700))
        #expect(tally.events.requested == 1 && tally.events.granted == 1 && tally.events.released == 1)
        let wait = try #require(tally.waits.histograms[Array("db".utf8)])
        #expect(wait.count == 1 && wait.sumNanoseconds == 700_000_000)
        let hold = try #require(tally.holds.histograms[Array("db".utf8)])
        // 7 s: more than 5 s, at most 10 s.
        #expect(hold.counts.firstIndex(of: 1) == HistogramBounds.usual.seconds.firstIndex(of: "10"))
    }

    @Test func aRequestThatIsRefusedIsNoWait() throws {
        var tally = RequestTally()
        tally.count(Event(RequestID(1), .requested(try request("db"))), at: at(0))
        tally.count(Event(RequestID(1), .refused(.busy)), at: at(0))
        #expect(tally.events.refused == 1 && tally.waits.histograms.isEmpty && tally.holds.histograms.isEmpty)
    }

    /// One that an earlier daemon has granted: its beginning is not known here.
    @Test func anEndWithoutABeginningIsCountedAndNotMeasured() {
        var tally = RequestTally()
        tally.count(Event(RequestID(1), .released(.exited(status: 0))), at: at(5))
        #expect(tally.events.released == 1 && tally.holds.histograms.isEmpty)
    }

    @Test func namesBeyondTheBoundAreCountedTogether() throws {
        var durations = DurationsByResource(.usual)
        for number in 0..<(DurationsByResource.mostResources + 5) { durations.add(1, Array("r\(number)".utf8)) }
        durations.add(1, Array("r0".utf8))
        #expect(durations.histograms.count == DurationsByResource.mostResources && durations.others.count == 5)
        #expect(durations.histograms[Array("r0".utf8)]?.count == 2)
    }

    @Test func theLastBucketHasNoEnd() {
        var histogram = DurationHistogram(.usual)
        histogram.add(1_000_000)
        histogram.add(1_000_001)
        histogram.add(.max / 2)
        histogram.add(-5)
        #expect(histogram.counts.first == 2 && histogram.counts[1] == 1 && histogram.counts.last == 1 && histogram.count == 4)
    }
}
