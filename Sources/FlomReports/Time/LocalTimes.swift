/// Times of one report in the local zone. Its offset from UTC is printed once; a time with another offset, because of summer
/// time, carries its own.
package struct LocalTimes {
    private let zone: Int
    private let isShort: Bool

    /// - Parameters:
    ///   - now: the time whose offset is the report's, in microseconds since 1970-01-01 UTC.
    ///   - isShort: whether the year is left out.
    package init(now: Int64, isShort: Bool) {
        zone = TimeText.zone(now)
        self.isShort = isShort
    }

    /// The report's offset from UTC, as `+01:00`.
    package var offset: String { TimeText.offset(zone) }

    package func text(_ wallMicroseconds: Int64) -> String {
        let text = isShort ? TimeText.shortLocal(wallMicroseconds) : TimeText.local(wallMicroseconds)
        let zone = TimeText.zone(wallMicroseconds)
        return zone == self.zone ? text : text + TimeText.offset(zone)
    }
}
