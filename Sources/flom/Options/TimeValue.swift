internal import FlomSystem
internal import Glibc

/// Reads the moments that `--since` and the like take.
extension Value {
    private static let acceptedTimes = """
        a time: 2026-11-22, 2026-11-22T13:30, 2026-11-22T13:30:05.25+01:00 (or Z; without a zone: here), 13:30 (today), now, \
        today, yesterday, or how long ago: 90s, 30m, 2h, 7d, 4w
        """

    /// Microseconds since 1970-01-01 UTC.
    ///
    /// - Parameter now: likewise; what relative words count from.
    static func time(_ text: String, now: Int64 = Clock.wallMicroseconds()) throws(Refused) -> Int64 {
        switch text.lowercased() {
        case "now": return now
        case "today": return midnight(now, daysAgo: 0)
        case "yesterday": return midnight(now, daysAgo: 1)
        default: break
        }
        var ago = TimeScanner(text)
        if let span = ago.span() { return now - span }
        var moment = TimeScanner(text)
        if let moment = moment.moment(today: localDate(now)) { return moment }
        throw Refused(accepted: acceptedTimes)
    }

    /// The local midnight, also after a night that had an hour more or less.
    private static func midnight(_ now: Int64, daysAgo: Int32) -> Int64 {
        var date = localDate(now)
        (date.tm_hour, date.tm_min, date.tm_sec) = (0, 0, 0)
        date.tm_mday -= daysAgo
        date.tm_isdst = -1
        return Int64(mktime(&date)) * 1_000_000
    }

    private static func localDate(_ wallMicroseconds: Int64) -> tm {
        var seconds = time_t(wallMicroseconds / 1_000_000)
        var date = tm()
        localtime_r(&seconds, &date)
        return date
    }

    /// Microseconds: a number and s, m, h, d or w.
    static func span(_ text: String) throws(Refused) -> Int64 {
        var scanner = TimeScanner(text)
        guard let span = scanner.span() else {
            throw Refused(accepted: "how long, as a whole number with its unit: 90s, 30m, 2h, 7d, 4w")
        }
        return span
    }
}

/// Reads times from the left; what it does not take stays.
private struct TimeScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    private mutating func take(_ character: Character) -> Bool {
        guard rest.first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    /// So many digits, or as many as there are.
    private mutating func number(digits: Int? = nil) -> Int64? {
        let found = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !found.isEmpty, digits == nil || found.count >= digits! else { return nil }
        let taken = found.prefix(digits ?? found.count)
        rest = rest.dropFirst(taken.count)
        return Int64(String(Substring(taken)))
    }

    mutating func span() -> Int64? {
        guard let count = number(), rest.count == 1, let unit = rest.first else { return nil }
        let seconds: Int64
        switch unit {
        case UInt8(ascii: "s"): seconds = 1
        case UInt8(ascii: "m"): seconds = 60
        case UInt8(ascii: "h"): seconds = 3600
        case UInt8(ascii: "d"): seconds = 86_400
        case UInt8(ascii: "w"): seconds = 7 * 86_400
        default: return nil
        }
        // A thousand years are enough, and no sum overflows.
        return count <= 1000 * 366 * 86_400 / seconds ? count * seconds * 1_000_000 : nil
    }

    /// A date, a time of today, or both.
    mutating func moment(today: tm) -> Int64? {
        var date = today
        (date.tm_hour, date.tm_min, date.tm_sec, date.tm_isdst) = (0, 0, 0, -1)
        let start = rest
        var fraction: Int64 = 0
        if let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"), let day = number(digits: 2) {
            guard year >= 1970, (1...12).contains(month), (1...31).contains(day) else { return nil }
            (date.tm_year, date.tm_mon, date.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
            if rest.isEmpty { return seconds(&date) }
            guard take("T") || take("t") || take(" ") else { return nil }
        } else {
            rest = start
        }
        guard let hour = number(digits: 2), hour < 24, take(":"), let minute = number(digits: 2), minute < 60 else { return nil }
        (date.tm_hour, date.tm_min) = (Int32(hour), Int32(minute))
        if take(":") {
            guard let second = number(digits: 2), second < 60 else { return nil }
            date.tm_sec = Int32(second)
            if take(".") || take(",") {
                guard let parsed = microseconds() else { return nil }
                fraction = parsed
            }
        }
        return zoned(&date).map { $0 + fraction }
    }

    private mutating func microseconds() -> Int64? {
        let before = rest.count
        guard let digits = number(), case let width = before - rest.count, width <= 6 else { return nil }
        return (width..<6).reduce(digits) { value, _ in value * 10 }
    }

    /// What is left is a zone, or nothing: then it is here.
    private mutating func zoned(_ date: inout tm) -> Int64? {
        if rest.isEmpty { return seconds(&date) }
        let utc = Int64(timegm(&date)) * 1_000_000
        if take("Z") || take("z") { return rest.isEmpty ? utc : nil }
        let isEast = take("+")
        guard isEast || take("-"), let hours = number(digits: 2), hours < 24 else { return nil }
        _ = take(":")
        let minutes = rest.isEmpty ? 0 : number(digits: 2)
        guard let minutes, minutes < 60, rest.isEmpty else { return nil }
        return utc - (isEast ? 1 : -1) * (hours * 60 + minutes) * 60_000_000
    }

    /// Nil for a day that the month does not have: mktime would go on into the next one.
    private func seconds(_ date: inout tm) -> Int64? {
        let day = date.tm_mday
        let seconds = mktime(&date)
        return date.tm_mday == day ? Int64(seconds) * 1_000_000 : nil
    }
}
