import FlomModel
import Testing

@testable import FlomMonitor

@Suite struct MetricsTextTests {
    private func lines(isOpenMetrics: Bool) throws -> [Substring] {
        var readings = MonitorReadings()
        readings.newestRequest = 7
        let name = try ResourceName(Array("db".utf8))
        readings.tally.count(
            Event(RequestID(1), .requested(LockRequest(resource: name, mode: .exclusive))), at: Instant(nanoseconds: 0))
        readings.tally.count(Event(RequestID(1), .granted(FencingToken(1))), at: Instant(nanoseconds: 20_000_000))
        return MetricsText(readings, rows: [], now: 0, isOpenMetrics: isOpenMetrics).lines.split(separator: "\n")
    }

    @Test func bucketsAddUp() throws {
        let lines = try lines(isOpenMetrics: false)
        #expect(lines.contains(#"flom_wait_seconds_bucket{resource="db",le="0.01"} 0"#))
        #expect(lines.contains(#"flom_wait_seconds_bucket{resource="db",le="0.05"} 1"#))
        #expect(lines.contains(#"flom_wait_seconds_bucket{resource="db",le="+Inf"} 1"#))
        #expect(lines.contains(#"flom_wait_seconds_sum{resource="db"} 0.020000"#))
        #expect(lines.contains(#"flom_wait_seconds_count{resource="db"} 1"#))
    }

    /// https://prometheus.io/docs/specs/om/open_metrics_spec: counters and their families, and the end.
    @Test func openMetricsNamesFamiliesWithoutTotal() throws {
        let old = try lines(isOpenMetrics: false)
        let new = try lines(isOpenMetrics: true)
        #expect(old.contains("# TYPE flom_requests_total counter") && !old.contains("# EOF"))
        #expect(new.contains("# TYPE flom_requests counter") && new.contains("flom_requests_total 7"))
        #expect(new.contains("# HELP flom_requests Requests that the journal has numbered so far."))
        #expect(new.last == "# EOF")
        #expect(old.count + 1 == new.count)
    }
}
