/// The format of a time stamp: a strftime format in which `#f` to `#ffffff` stand for a dot and that many digits of the second.
///
/// **Granule**: the finest unit that the text distinguishes. Two stamps of one granule would have the same text. **Cycle**: the time
/// after which texts come again, because a larger unit is missing (`%S` alone: a minute); nil if none is missing.
package struct StampFormat: Hashable, Sendable {
    package let text: [UInt8]
    package let granuleMicroseconds: Int64
    package let cycleMicroseconds: Int64?
    /// Whether the text contains the time zone or the second of the epoch. Such a text does not come again when clocks are put back
    /// for the winter.
    package let tellsZone: Bool

    /// The longest text that fits into the first answer to a client of 1.7.2, in bytes.
    static let longestText = 353

    struct Invalid: Error {
        let offset: Int
        let reason: String
    }

    init(_ text: [UInt8]) throws(Invalid) {
        var scan = StampFormatScan(text)
        try scan.run()
        guard let granule = scan.units.granuleMicroseconds else {
            throw Invalid(
                offset: 0,
                reason: "the text of this time stamp does not change at least every hour; it needs a unit from %H down to #ffffff"
            )
        }
        guard scan.longestText <= Self.longestText else {
            throw Invalid(offset: 0, reason: "the time stamp could be longer than \(Self.longestText) bytes")
        }
        self.text = text
        granuleMicroseconds = granule
        cycleMicroseconds = scan.units.cycleMicroseconds
        tellsZone = scan.units.tellsZone
    }

    /// The format for strftime at a fraction of a second, whose digits are filled in already.
    package func pattern(microseconds: Int64) -> [UInt8] {
        var pattern: [UInt8] = []
        var place = 0
        while place < text.count {
            let digits = Self.fraction(in: text, at: place)
            if digits == 0 {
                pattern.append(text[place])
                place += 1
            } else {
                pattern.append(UInt8(ascii: "."))
                var divisor: Int64 = 100_000
                for _ in 0..<digits {
                    pattern.append(UInt8(ascii: "0") + UInt8(microseconds / divisor % 10))
                    divisor /= 10
                }
                place += 1 + digits
            }
        }
        return pattern
    }

    /// The number of digits of the second that `#f…` at this place stands for; 0 if there is none. A seventh `f` is a letter.
    static func fraction(in text: [UInt8], at place: Int) -> Int {
        guard text[place] == UInt8(ascii: "#") else { return 0 }
        var digits = 0
        while digits < 6, place + 1 + digits < text.count, text[place + 1 + digits] == UInt8(ascii: "f") { digits += 1 }
        return digits
    }
}

/// Scans a format and notes the units that it shows.
private struct StampFormatScan {
    private let text: [UInt8]
    private var place = 0
    var units = StampUnits()
    var longestText = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func run() throws(StampFormat.Invalid) {
        while place < text.count {
            let digits = StampFormat.fraction(in: text, at: place)
            if digits > 0 {
                units.fractionDigits = max(units.fractionDigits, digits)
                longestText += 1 + digits
                place += 1 + digits
            } else if text[place] == UInt8(ascii: "%") {
                try conversion()
            } else {
                longestText += 1
                place += 1
            }
        }
    }

    /// Reads a conversion: `%`, flags, a width, E or O, and a letter.
    private mutating func conversion() throws(StampFormat.Invalid) {
        let start = place
        place += 1
        while place < text.count, text[place] == UInt8(ascii: "#"), StampFormat.fraction(in: text, at: place) == 0 { place += 1 }
        var width = 0
        while place < text.count, NameParser.isDigit(text[place]) {
            width = min(width * 10 + Int(text[place] - UInt8(ascii: "0")), 1000)
            place += 1
        }
        var modifier: UInt8?
        if place < text.count, text[place] == UInt8(ascii: "E") || text[place] == UInt8(ascii: "O") {
            modifier = text[place]
            place += 1
        }
        guard place < text.count, StampFormat.fraction(in: text, at: place) == 0 else {
            throw .init(offset: min(place, text.count - 1), reason: "the '%' before it is followed by no conversion of strftime")
        }
        let letter = text[place]
        guard let length = units.note(letter), Self.mayCarry(modifier, letter) else {
            let words = String(decoding: text[start...place], as: UTF8.self)
            throw .init(offset: place, reason: "'\(words)' is no conversion of strftime; a percent sign in the text is '%%'")
        }
        // glibc pads the sign and the digits of the zone to the width each.
        longestText += max(length, letter == UInt8(ascii: "z") ? 2 * width : width)
        place += 1
    }

    private static func mayCarry(_ modifier: UInt8?, _ letter: UInt8) -> Bool {
        switch modifier {
        case UInt8(ascii: "E"): "cCxXyY".utf8.contains(letter)
        case UInt8(ascii: "O"): "BbdeHImMSuUVwWy".utf8.contains(letter)
        default: true
        }
    }
}

/// The units of time that a text shows.
private struct StampUnits {
    var fractionDigits = 0
    private var shown: Set<Unit> = []
    var tellsZone = false

    private enum Unit {
        case second, minute, hour, halfDayHour, half, weekday, day, dayOfYear, week, isoWeek, month, year, isoYear
    }

    private static let day: Int64 = 86_400

    /// Notes the units of a strftime conversion, as glibc knows them.
    ///
    /// - Returns: the greatest length of its text in the C locale; nil if there is no such conversion.
    mutating func note(_ letter: UInt8) -> Int? {
        switch Character(Unicode.Scalar(letter)) {
        case "%", "n", "t": return 1
        case "a", "u", "w": return show([.weekday], 3)
        case "A": return show([.weekday], 9)
        case "b", "h": return show([.month], 3)
        case "B": return show([.month], 9)
        case "c": return show([.month, .day, .hour, .minute, .second, .year], 28)
        case "C": return 6
        case "d", "e": return show([.day], 2)
        case "D", "x": return show([.month, .day, .year], 8)
        case "F": return show([.month, .day, .year], 16)
        case "g": return show([.isoYear], 2)
        case "G": return show([.isoYear], 10)
        case "H", "k": return show([.hour], 2)
        case "I", "l": return show([.halfDayHour], 2)
        case "j": return show([.dayOfYear], 3)
        case "m": return show([.month], 2)
        case "M": return show([.minute], 2)
        case "p", "P": return show([.half], 2)
        case "r": return show([.halfDayHour, .half, .minute, .second], 11)
        case "R": return show([.hour, .minute], 5)
        case "s":
            tellsZone = true
            return show([.month, .day, .hour, .minute, .second, .year], 20)
        case "S": return show([.second], 2)
        case "T", "X": return show([.hour, .minute, .second], 8)
        case "U", "W": return show([.week], 2)
        case "V": return show([.isoWeek], 2)
        case "y": return show([.year], 2)
        case "Y": return show([.year], 10)
        case "z":
            tellsZone = true
            return 6
        case "Z": return 32
        default: return nil
        }
    }

    private mutating func show(_ units: Set<Unit>, _ length: Int) -> Int {
        shown.formUnion(units)
        return length
    }

    private func has(_ units: Unit...) -> Bool { shown.isSuperset(of: units) }

    private var hasHourOfDay: Bool { has(.hour) || has(.halfDayHour, .half) }

    /// The finest unit of the text; nil if nothing in it changes within an hour.
    var granuleMicroseconds: Int64? {
        if fractionDigits > 0 { return [100_000, 10_000, 1000, 100, 10, 1][fractionDigits - 1] }
        if has(.second) { return 1_000_000 }
        if has(.minute) { return 60 * 1_000_000 }
        if has(.hour) || has(.halfDayHour) { return 3600 * 1_000_000 }
        return nil
    }

    /// The span from the finest unit up to the first one that is missing. A year of two digits counts as a year.
    var cycleMicroseconds: Int64? {
        let missesSecond = fractionDigits > 0 && !has(.second)
        if missesSecond { return 1_000_000 }
        let missesMinute = (fractionDigits > 0 || has(.second)) && !has(.minute)
        if missesMinute { return 60 * 1_000_000 }
        if !hasHourOfDay { return (has(.halfDayHour) ? Self.day / 2 : 3600) * 1_000_000 }
        return daysOfCycle.map { $0 * Self.day * 1_000_000 }
    }

    private var daysOfCycle: Int64? {
        if has(.month, .day) || has(.dayOfYear) { return has(.year) ? nil : 365 }
        if has(.isoWeek, .isoYear, .weekday) || has(.week, .year, .weekday) { return nil }
        // Less than a year of weeks: the last week of a year may have the number of the first.
        if has(.week, .weekday) || has(.isoWeek, .weekday) { return 350 }
        if has(.day) { return 28 }
        return has(.weekday) ? 7 : 1
    }
}
