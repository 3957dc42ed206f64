internal import FlomSystem
internal import Glibc

/// Times and spans for people and for programs.
package enum TimeText {
    /// Local time to the second: `2026-11-22 13:30:05`.
    package static func local(_ wallMicroseconds: Int64) -> String { text(wallMicroseconds, "%Y-%m-%d %H:%M:%S", localtime_r) }

    /// Local time without the year, where room is scarce: `11-22 13:30:05`.
    package static func shortLocal(_ wallMicroseconds: Int64) -> String { text(wallMicroseconds, "%m-%d %H:%M:%S", localtime_r) }

    /// Local time `13:30:05`, with the date if it is 12 hours or more from `now`.
    package static func recent(_ wallMicroseconds: Int64, now: Int64) -> String {
        abs(now - wallMicroseconds) < 12 * 3_600_000_000
            ? text(wallMicroseconds, "%H:%M:%S", localtime_r) : local(wallMicroseconds)
    }

    /// Microseconds as a number of seconds: `3.200000`. The value must not be negative.
    package static func seconds(_ microseconds: Int64) -> String {
        "\(microseconds / 1_000_000).\(String(1_000_000 + microseconds % 1_000_000).dropFirst())"
    }

    /// ISO 8601 in UTC with microseconds: `2026-11-22T13:30:05.012345Z`.
    package static func utc(_ wallMicroseconds: Int64) -> String {
        let microseconds = String(1_000_000 + wallMicroseconds % 1_000_000).dropFirst()
        return text(wallMicroseconds, "%Y-%m-%dT%H:%M:%S", gmtime_r) + ".\(microseconds)Z"
    }

    /// Seconds that the local zone is ahead of UTC at a given time.
    package static func zone(_ wallMicroseconds: Int64) -> Int {
        var seconds = time_t(wallMicroseconds / 1_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return parts.tm_gmtoff
    }

    /// Seconds ahead of UTC as `+01:00`.
    package static func offset(_ zone: Int) -> String {
        let minutes = Int64(abs(zone) / 60)
        return "\(zone < 0 ? "-" : "+")\(twoDigits(minutes / 60)):\(twoDigits(minutes % 60))"
    }

    private static func text(
        _ wallMicroseconds: Int64, _ format: String,
        _ break: (UnsafePointer<time_t>, UnsafeMutablePointer<tm>) -> UnsafeMutablePointer<tm>?
    ) -> String {
        var seconds = time_t(wallMicroseconds / 1_000_000)
        var parts = tm()
        _ = `break`(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        strftime(&buffer, buffer.count, format, &parts)
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    /// Nanoseconds with up to three significant figures: `0.4 ms`, `12 ms`, `3.2 s`, `4m 05s`, `2h 03m`, `3d 04h`.
    package static func span(_ nanoseconds: Int64) -> String {
        let milliseconds = nanoseconds / 1_000_000
        switch milliseconds {
        case ..<10: return "\(nanoseconds / 1_000_000).\(nanoseconds / 100_000 % 10) ms"
        case ..<1000: return "\(milliseconds) ms"
        case ..<60_000: return "\(milliseconds / 1000).\(milliseconds / 100 % 10) s"
        case ..<3_600_000: return "\(milliseconds / 60_000)m \(twoDigits(milliseconds / 1000 % 60))s"
        case ..<86_400_000: return "\(milliseconds / 3_600_000)h \(twoDigits(milliseconds / 60_000 % 60))m"
        default: return "\(milliseconds / 86_400_000)d \(twoDigits(milliseconds / 3_600_000 % 24))h"
        }
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
