import FlomModel
import FlomReports
import Testing

/// The notice at the terminal while flom waits.
@Suite struct WaitTextTests {
    private func report(_ change: (inout WaitReport) -> Void) -> [String] {
        var report = WaitReport(resources: [Array("db".utf8)])
        change(&report)
        return report.lines(waited: 12_000_000_000, now: noon + second(100))
    }

    private let holder = row(1, "db", .held, granted: noon) {
        $0.commandPID = 4711
        $0.command = ["pg_dump", "-f", "all the.sql"].map { Array($0.utf8) }
    }

    @Test func whoHoldsItSinceWhenAndRunningWhat() {
        var times = HoldTimes()
        for span in 1...20 { times.add(Int64(span) * 1_000_000_000) }
        let lines = report {
            $0.holders = [holder]
            $0.place = 2
            $0.times = times
        }
        #expect(
            lines == [
                "flom: 'db' is held for 1m 40s (since \(TimeText.recent(noon, now: noon))) by ada@db1, pid 4711: "
                    + "pg_dump -f 'all the.sql'",
                "      waiting for 12.0 s, place 2 in the queue; a hold usually takes 10.0 s, 95 % within 19.0 s",
            ])
    }

    @Test func ofManyHoldersTheOldestStandsForAll() {
        let two = report { $0.holders = [holder, row(2, "db", .held, granted: noon + 1)] }
        #expect(two[0].hasPrefix("flom: 'db' is held by 2, the longest for 1m 40s"), "\(two)")
        let more = report {
            $0.holders = [holder]
            $0.hasMoreHolders = true
        }
        #expect(more[0].hasPrefix("flom: 'db' is held by more than 1, the longest for"), "\(more)")
    }

    @Test func whatIsNotKnownIsNotSaid() {
        #expect(report { $0.place = 3 } == ["flom: waiting for 'db' for 12.0 s, place 3 in the queue"])
        #expect(report { $0.awaitsCreation = true } == ["flom: waiting for 'db' for 12.0 s: it does not exist yet"])
        let silent = report { $0.isDaemonSilent = true }
        #expect(silent.count == 1 && silent[0].contains("FLoM 1.7.2"), "\(silent)")
    }

    @Test func whatOthersRunDoesNotSteerTheTerminal() {
        let hostile = row(1, "db", .held, granted: noon) {
            $0.command = [Array("\u{1B}[2J\n".utf8)]
            $0.user = "a\u{7}"
        }
        for line in report({ $0.holders = [hostile] }) {
            #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test func manyNamesAreNotAllSaid() {
        #expect(WaitReport.names(["a", "b", "c"].map { Array($0.utf8) }) == "'a', 'b', 'c'")
        #expect(WaitReport.names(["a", "b", "c", "d", "e"].map { Array($0.utf8) }) == "'a', 'b', 'c' and 2 more")
    }

    @Test func percentilesAreValuesThatOccurred() {
        var times = HoldTimes()
        #expect(times.percentile(50) == nil)
        for span in [30, 10, 20] as [Int64] { times.add(span) }
        #expect((times.percentile(50), times.percentile(95), times.count) == (20, 30, 3))
        times.add(40)
        #expect((times.percentile(50), times.percentile(75), times.percentile(76)) == (20, 30, 40))
    }
}
