internal import FlomModel
internal import Glibc

extension StampRenderer {
    /// Renders with strftime, in the time zone and the C locale of this process.
    static let local = StampRenderer(
        text: { format, second in
            var time = time_t(second)
            var parts = tm()
            localtime_r(&time, &parts)
            // The byte in front distinguishes an empty text from one that does not fit.
            let pattern = [CChar(bitPattern: UInt8(ascii: "."))] + format.map { CChar(bitPattern: $0) } + [0]
            var text = [CChar](repeating: 0, count: 1024)
            let length = strftime(&text, text.count, pattern, &parts)
            return text[..<length].dropFirst().map { UInt8(bitPattern: $0) }
        },
        secondsAheadOfUTC: { second in
            var time = time_t(second)
            var parts = tm()
            localtime_r(&time, &parts)
            return Int64(parts.tm_gmtoff)
        })
}
