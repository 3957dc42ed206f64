internal import Glibc

/// Parses times and spans from left to right. The grammar of both:
///
///     moment   now | (today | yesterday) [clock] | @SECONDS[.FRACTION] | span [ago] | date [(T | blank) clock [zone]] | clock [zone]
///     span     (NUMBER unit)…, in any order, with or without blanks
///     unit     s m h d w, or the words: sec second min minute hour day week, with or without s
///     date     YYYY-MM-DD
///     clock    HH:MM[:SS[(. | ,)FRACTION]]
///     zone     Z | UTC | GMT | ±HH[[:]MM], a blank before it or none
///
/// Fractions have up to nine digits, as `date -Ins` prints them. Less than a microsecond is dropped.
package struct TimeScanner {
    private var rest: Substring.UTF8View
    private let now: Int64
    private let prefersLater: Bool

    /// - Parameters:
    ///   - now: microseconds since 1970-01-01 UTC.
    ///   - prefersLater: which of two moments is meant by a time that occurs twice in autumn.
    package init(_ text: String, now: Int64, prefersLater: Bool) {
        rest = text[...].utf8
        self.now = now
        self.prefersLater = prefersLater
    }

    // MARK: - Words

    private mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character.asciiValue else { return false }
        rest.removeFirst()
        return true
    }

    /// The next letters in lower case; "" if there are none.
    private func nextWord() -> String {
        String(Substring(rest.prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") })).lowercased()
    }

    private mutating func skip(word: String) -> Bool {
        guard nextWord() == word else { return false }
        rest = rest.dropFirst(word.utf8.count)
        return true
    }

    /// Skips blanks, and returns whether there was at least one.
    @discardableResult
    private mutating func skipBlanks() -> Bool {
        let before = rest.count
        rest = rest.drop { $0 == UInt8(ascii: " ") }
        return rest.count < before
    }

    /// Reads a number with exactly `digits` digits, or all digits that follow.
    private mutating func number(digits: Int? = nil) -> Int64? {
        let found = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !found.isEmpty, digits == nil || found.count >= digits! else { return nil }
        let taken = found.prefix(digits ?? found.count)
        rest = rest.dropFirst(taken.count)
        return Int64(String(Substring(taken)))
    }

    // MARK: - Spans

    private static let units: [String: Int64] = {
        let names: [([String], Int64)] = [
            (["s", "sec", "secs", "second", "seconds"], 1), (["m", "min", "mins", "minute", "minutes"], 60),
            (["h", "hour", "hours"], 3600), (["d", "day", "days"], 86_400), (["w", "week", "weeks"], 604_800),
        ]
        return [String: Int64](uniqueKeysWithValues: names.flatMap { words, seconds in words.map { ($0, seconds) } })
    }()

    /// A thousand years: long enough for every use, and no sum overflows.
    private static let longestSeconds: Int64 = 1000 * 366 * 86_400

    /// Reads a span, in microseconds. Stops before anything that is no number with a unit.
    private mutating func span() -> Int64? {
        var sum: Int64?
        while let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
            guard let count = number() else { return nil }
            skipBlanks()
            let word = nextWord()
            guard let seconds = Self.units[word], count <= Self.longestSeconds / seconds else { return nil }
            rest = rest.dropFirst(word.utf8.count)
            sum = (sum ?? 0) + count * seconds
            guard sum! <= Self.longestSeconds else { return nil }
            skipBlanks()
        }
        return sum.map { $0 * 1_000_000 }
    }

    /// The whole text as a span in microseconds; nil if it is none.
    package mutating func wholeSpan() -> Int64? {
        guard let span = span(), rest.isEmpty else { return nil }
        return span
    }

    // MARK: - Moments

    /// The whole text as microseconds since 1970-01-01 UTC; nil if it is no time.
    package mutating func moment() -> Int64? {
        let start = rest
        if skip("@") { return sinceEpoch() }
        if skip(word: "now") { return rest.isEmpty ? now : nil }
        for (daysAgo, word) in [(0, "today"), (1, "yesterday")] as [(Int32, String)] where skip(word: word) {
            return clockOrMidnight(daysAgo: daysAgo)
        }
        if let span = span() {
            _ = skip(word: "ago")
            if rest.isEmpty { return now - span }
        }
        rest = start
        return dateOrClock()
    }

    private mutating func sinceEpoch() -> Int64? {
        guard let seconds = number(), seconds <= Self.longestSeconds else { return nil }
        let fraction = skip(".") || skip(",") ? microseconds() : 0
        guard let fraction, rest.isEmpty else { return nil }
        return seconds * 1_000_000 + fraction
    }

    /// A time of a local day, correct also after a night with an hour more or less.
    private mutating func clockOrMidnight(daysAgo: Int32) -> Int64? {
        var date = localDate(now / 1_000_000)
        (date.tm_hour, date.tm_min, date.tm_sec) = (0, 0, 0)
        date.tm_mday -= daysAgo
        // Normalizes a day of the month before.
        _ = timegm(&date)
        if rest.isEmpty { return local(date) }
        guard skipBlanks() else { return nil }
        return clock(of: date)
    }

    /// Reads a date, a time of today, or both.
    private mutating func dateOrClock() -> Int64? {
        var date = localDate(now / 1_000_000)
        (date.tm_hour, date.tm_min, date.tm_sec) = (0, 0, 0)
        let start = rest
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"), let day = number(digits: 2)
        else {
            rest = start
            return clock(of: date)
        }
        guard year >= 1970, (1...12).contains(month), (1...31).contains(day) else { return nil }
        (date.tm_year, date.tm_mon, date.tm_mday) = (Int32(year - 1900), Int32(month - 1), Int32(day))
        // A day that the month does not have would become one of the next month.
        var normal = date
        _ = timegm(&normal)
        guard normal.tm_mday == date.tm_mday else { return nil }
        if rest.isEmpty { return local(date) }
        guard skip("T") || skip("t") || skipBlanks() else { return nil }
        return clock(of: date)
    }

    private mutating func clock(of day: tm) -> Int64? {
        var date = day
        guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60 else { return nil }
        (date.tm_hour, date.tm_min) = (Int32(hour), Int32(minute))
        var fraction: Int64 = 0
        if skip(":") {
            guard let second = number(digits: 2), second < 60 else { return nil }
            date.tm_sec = Int32(second)
            if skip(".") || skip(",") {
                guard let parsed = microseconds() else { return nil }
                fraction = parsed
            }
        }
        return zoned(date).map { $0 + fraction }
    }

    private mutating func microseconds() -> Int64? {
        let before = rest.count
        guard let digits = number(), case let width = before - rest.count, width <= 9 else { return nil }
        return (width..<9).reduce(digits) { value, _ in value * 10 } / 1000
    }

    /// Reads a zone; without one the time is local.
    private mutating func zoned(_ date: tm) -> Int64? {
        if rest.isEmpty { return local(date) }
        skipBlanks()
        var date = date
        let utc = Int64(timegm(&date)) * 1_000_000
        if skip(word: "z") || skip(word: "utc") || skip(word: "gmt") { return rest.isEmpty ? utc : nil }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(digits: 2), hours < 24 else { return nil }
        _ = skip(":")
        let minutes = rest.isEmpty ? 0 : number(digits: 2)
        guard let minutes, minutes < 60, rest.isEmpty else { return nil }
        return utc - (isEast ? 1 : -1) * (hours * 60 + minutes) * 60_000_000
    }

    // MARK: - Here

    private func localDate(_ seconds: Int64) -> tm {
        var seconds = time_t(seconds)
        var date = tm()
        localtime_r(&seconds, &date)
        return date
    }

    /// The moment at which the local clock shows a date and time. In autumn it may do so twice. A time that is skipped in spring
    /// is taken for one an hour later.
    private func local(_ date: tm) -> Int64? {
        var date = date
        let shown = Int64(timegm(&date))
        let offsets = [-86_400, 86_400].map { Int64(localDate(shown + $0).tm_gmtoff) }
        let moments = offsets.map { shown - $0 }.filter { $0 + Int64(localDate($0).tm_gmtoff) == shown }
        let chosen = (prefersLater ? moments.max() : moments.min()) ?? (shown - offsets[0])
        return chosen * 1_000_000
    }
}
