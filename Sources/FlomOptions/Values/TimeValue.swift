package import FlomConfiguration
internal import FlomReports
internal import FlomSystem
internal import Glibc

/// Reads the moments of `--since` and the like, and the spans of `--max-wait` and the like, by the words of `TimeScanner`.
extension Value {
    private static let acceptedSpans = "90s, 30m, 2h, 2h30m, 7d, 4w, '1 hour', '3 days'"
    private static let acceptedTimes = """
        a time: 2026-11-22, 2026-11-22T13:30, 2026-11-22T13:30:05.25+01:00 (or Z; without a zone: here), 13:30 (today), \
        'yesterday 14:00', now, today, yesterday, @1700000000 (seconds since 1970), or how long ago: \(acceptedSpans), '1 hour ago'
        """

    /// Which of two moments a time means in the hour that a clock shows twice.
    package enum Ambiguous {
        case first
        case second
    }

    /// Microseconds since 1970-01-01 UTC.
    ///
    /// - Parameters:
    ///   - now: the moment from which relative words count, likewise.
    ///   - meaning: the first of two moments for a beginning, and the second for an end, so that nothing is missed.
    package static func time(
        _ text: String, now: Int64 = Clock.wallMicroseconds(), meaning: Ambiguous = .first
    ) throws(Refused) -> Int64 {
        var scanner = TimeScanner(text, now: now, prefersLater: meaning == .second)
        guard let moment = scanner.moment() else { throw Refused(accepted: acceptedTimes) }
        return moment
    }

    /// As `time`; of two possible moments the first.
    static func moment(_ text: String) throws(Refused) -> Int64 { try time(text) }

    /// As `time`; of two possible moments the second.
    static func laterMoment(_ text: String) throws(Refused) -> Int64 { try time(text, meaning: .second) }

    /// Microseconds: numbers, each with s, m, h, d or w.
    package static func span(_ text: String) throws(Refused) -> Int64 {
        var scanner = TimeScanner(text, now: 0, prefersLater: false)
        guard let span = scanner.wholeSpan() else {
            throw Refused(accepted: "how long, as whole numbers with their units: \(acceptedSpans)")
        }
        return span
    }
}
