import Glibc
import Testing

@testable import FlomReports

/// What `--since`, `--max-wait` and the like accept.
@Suite struct TimeScannerTests {
    /// 2026-11-30 10:52:44 UTC, 11:52:44 in Rome.
    static let now: Int64 = 1_796_035_964

    /// Texts, each with its time in seconds since 1970-01-01 UTC; the zone is Rome's.
    static let moments: [(String, Double)] = [
        ("now", 1_796_035_964), ("NOW", 1_796_035_964), ("today", 1_795_993_200), ("yesterday", 1_795_906_800),
        ("yesterday 14:00", 1_795_957_200), ("today 09:05", 1_796_025_900), ("Yesterday  14:00:00.5", 1_795_957_200.5),
        ("@1700000000", 1_700_000_000), ("@0", 0), ("@1700000000.25", 1_700_000_000.25), ("@1700000000,5", 1_700_000_000.5),
        ("90s", 1_796_035_874), ("30m", 1_796_034_164), ("2h30m", 1_796_026_964), ("1 hour ago", 1_796_032_364),
        ("1h ago", 1_796_032_364), ("2 hours", 1_796_028_764), ("1 day 2 hours ago", 1_795_942_364), ("1w", 1_795_431_164),
        ("3 weeks ago", 1_794_221_564), ("10 min ago", 1_796_035_364), ("0s", 1_796_035_964),
        ("2026-11-22", 1_795_302_000), ("2026-11-22T13:30", 1_795_350_600), ("2026-11-22 13:30", 1_795_350_600),
        ("2026-11-22t13:30:05Z", 1_795_354_205), ("2026-11-22T13:30:05.25+00:00", 1_795_354_205.25),
        ("2026-11-22T14:30:05+0100", 1_795_354_205), ("2026-11-22T14:30:05+01", 1_795_354_205),
        ("2026-11-22 13:30:05 UTC", 1_795_354_205), ("2026-11-22 08:30:05 -0500", 1_795_354_205),
        ("09:05", 1_796_025_900), ("09:05:00Z", 1_796_029_500),
        // `date -Ins`, `date -Iseconds`, RFC 3339.
        ("2026-11-30T10:52:44,500000999+00:00", 1_796_035_964.5), ("2026-11-30T11:52:44+01:00", 1_796_035_964),
        ("2026-11-30T10:52:44.500000Z", 1_796_035_964.5),
    ]

    static let noMoments = [
        "", " ", "tomorrow", "ago", "1", "90", "1y", "-1h", "1 hour before", "1h30", "now 13:30", "yesterday14:00",
        "yesterday 25:00",
        "@", "@-1", "@1.", "@1x", "@1.1234567890", "2026", "2026-11", "2026-02-30", "2026-13-01", "2026-11-22T", "2026-11-22T13",
        "2026-11-22T24:00", "2026-11-22T13:60", "2026-11-22T13:30:60", "2026-11-22T13:30.5", "2026-11-22T13:30+24:00",
        "2026-11-22T13:30+01:60", "2026-11-22T13:30Zx", "13:30 yesterday", "9999999999999999999s", "999999999w",
        "400000d 400000d",
    ]

    static func moment(_ text: String, now: Int64 = now, later: Bool = false) -> Int64? {
        var scanner = TimeScanner(text, now: now * 1_000_000, prefersLater: later)
        return scanner.moment()
    }

    static func span(_ text: String) -> Int64? {
        var scanner = TimeScanner(text, now: 0, prefersLater: false)
        return scanner.wholeSpan()
    }

    @Test func moments() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "Europe/Rome", 1)
            tzset()
            for (text, seconds) in Self.moments {
                #expect(Self.moment(text) == Int64(seconds * 1_000_000), "'\(text)'")
            }
            for text in Self.noMoments { #expect(Self.moment(text) == nil, "'\(text)'") }
        }
    }

    /// In Rome clocks went from 3:00 to 2:00 on 2026-10-25, and from 2:00 to 3:00 on 2026-03-29.
    @Test func theHourThatComesTwice() async {
        await #expect(processExitsWith: .success) {
            setenv("TZ", "Europe/Rome", 1)
            tzset()
            for later in [false, true] {
                let meant: Int64 = later ? 1_792_891_800_000_000 : 1_792_888_200_000_000
                #expect(Self.moment("2026-10-25 02:30", later: later) == meant)
                #expect(Self.moment("02:30", now: 1_792_900_000, later: later) == meant)
                // With a zone there is only one such time, as there is before and after the hour.
                #expect(Self.moment("2026-10-25 02:30+01:00", later: later) == 1_792_891_800_000_000)
                #expect(Self.moment("2026-10-25 01:59:59", later: later) == 1_792_886_399_000_000)
                #expect(Self.moment("2026-10-25 03:00", later: later) == 1_792_893_600_000_000)
                #expect(Self.moment("2026-10-25", later: later) == 1_792_879_200_000_000)
                // This time does not exist: the clock shows an hour more by then.
                #expect(Self.moment("2026-03-29 02:30", later: later) == 1_774_747_800_000_000)
            }
        }
    }

    @Test func spans() {
        let taken: [(String, Int64)] = [
            ("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604_800), ("4w", 2_419_200), ("2h30m", 9000), ("1 hour", 3600),
            ("1d 12h", 129_600), ("3 days", 259_200), ("0d", 0), ("1min", 60), ("15 secs", 15),
        ]
        for (text, seconds) in taken { #expect(Self.span(text) == seconds * 1_000_000, "'\(text)'") }
        for text in ["", "90", "1y", "-1d", "1h ago", "h", "1.5h", "2h30", "now", "999999999w"] {
            #expect(Self.span(text) == nil, "'\(text)'")
        }
    }
}
