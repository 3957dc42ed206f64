/// Times of one report: in the local zone, whose distance from UTC is said once. Where it was another one, because the zone has summer
/// time, the time says so itself.
package struct LocalTimes {
    private let zone: Int
    private let isShort: Bool

    /// - Parameters:
    ///   - now: the moment whose distance is the report's.
    ///   - isShort: without the year.
    package init(now: Int64, isShort: Bool) {
        zone = TimeText.zone(now)
        self.isShort = isShort
    }

    /// `+01:00`.
    package var offset: String { TimeText.offset(zone) }

    package func text(_ wallMicroseconds: Int64) -> String {
        let text = isShort ? TimeText.shortLocal(wallMicroseconds) : TimeText.local(wallMicroseconds)
        let zone = TimeText.zone(wallMicroseconds)
        return zone == self.zone ? text : text + TimeText.offset(zone)
    }
}
