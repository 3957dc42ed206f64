/// A moment on both clocks. Every decision about waiting and lifespans is made by the first. The second serves only to make time
/// stamps.
package struct Moment: Hashable, Sendable {
    package let boottime: Instant
    /// Microseconds since 1970-01-01 UTC. People and time servers set this clock, also backwards.
    package let wallMicroseconds: Int64

    package init(boottime: Instant, wallMicroseconds: Int64) {
        self.boottime = boottime
        self.wallMicroseconds = wallMicroseconds
    }

    /// The moment on `CLOCK_BOOTTIME` when the wall clock will have advanced by `microseconds`, unless it is set. Rounded up.
    package func advanced(byWallMicroseconds microseconds: Int64) -> Instant {
        boottime.advanced(byMilliseconds: (microseconds + 999) / 1000)
    }
}

/// How time stamps are rendered: strftime and the local time zone, which the engine does not know.
package struct StampRenderer: Sendable {
    /// The text of a strftime format at a second since 1970-01-01 UTC.
    package let text: @Sendable (_ format: [UInt8], _ second: Int64) -> [UInt8]
    /// The seconds by which local time is ahead of UTC at that second.
    package let secondsAheadOfUTC: @Sendable (_ second: Int64) -> Int64

    package init(
        text: @escaping @Sendable (_ format: [UInt8], _ second: Int64) -> [UInt8],
        secondsAheadOfUTC: @escaping @Sendable (_ second: Int64) -> Int64
    ) {
        self.text = text
        self.secondsAheadOfUTC = secondsAheadOfUTC
    }

    /// For engines without time stamps: the format itself, in UTC.
    package static let plain = StampRenderer(text: { format, _ in format }, secondsAheadOfUTC: { _ in 0 })
}
