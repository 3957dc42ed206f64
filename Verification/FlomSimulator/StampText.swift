import FlomModel

/// A strftime and a time zone for the simulated daemon: it knows %Y %m %d %H %M %S and %s, and clocks that are put back once.
enum StampText {
    static func renderer(clocksGoBackAt second: Int64?) -> StampRenderer {
        let ahead: @Sendable (Int64) -> Int64 = { now in
            guard let second else { return 0 }
            return now < second ? 7200 : 3600
        }
        return StampRenderer(
            text: { format, second in text(format, local: second + ahead(second), second: second) }, secondsAheadOfUTC: ahead)
    }

    private static func text(_ format: [UInt8], local: Int64, second: Int64) -> [UInt8] {
        var result: [UInt8] = []
        let day = local / 86_400
        let date = civil(day)
        var rest = format[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let letter = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch letter {
            case UInt8(ascii: "Y"): result += "\(date.year)".utf8
            case UInt8(ascii: "m"): result += two(date.month)
            case UInt8(ascii: "d"): result += two(date.day)
            case UInt8(ascii: "H"): result += two(local % 86_400 / 3600)
            case UInt8(ascii: "M"): result += two(local % 3600 / 60)
            case UInt8(ascii: "S"): result += two(local % 60)
            case UInt8(ascii: "s"): result += "\(second)".utf8
            default: preconditionFailure("no simulated resource uses this conversion")
            }
        }
        return result
    }

    private static func two(_ number: Int64) -> [UInt8] { [UInt8(48 + number / 10), UInt8(48 + number % 10)] }

    /// Days since 1970-01-01 as a date, for days from then on.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var year: Int64 = 1970
        var left = day
        func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
        while left >= (isLeap(year) ? 366 : 365) {
            left -= isLeap(year) ? 366 : 365
            year += 1
        }
        var month: Int64 = 1
        for length in [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as [Int64] {
            if left < length { break }
            left -= length
            month += 1
        }
        return (year, month, left + 1)
    }
}
