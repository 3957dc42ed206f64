/// Whether the host was booted between two moments that two daemons have noted.
///
/// Boot ids alone prove nothing: containers and services are shown another id, or none, on a host that was not booted.
package enum BootEvidence {
    /// - Parameters:
    ///   - recorded: the view of the daemon that noted the first moment.
    ///   - seenUntil: the last moment on record of that boot; nil if it is not known.
    ///   - now: the present moment. Like `seenUntil` on the host's clock, without the shift of a time namespace.
    package static func provesReboot(
        recorded: ProcessView, seenUntil: Instant?, own: ProcessView, now: Instant
    ) -> Bool {
        guard let before = recorded.bootID, let present = own.bootID, before != present, let seenUntil,
            recorded.boottimeOffsetNanoseconds != nil, own.boottimeOffsetNanoseconds != nil
        else { return false }
        return now < seenUntil
    }

    /// The largest difference between two readings of wall clock minus boot clock that counts as one boot.
    static let greatestDriftMicroseconds: Int64 = 2_000_000

    /// Whether the host may have been booted. Asked where two boots must not pass for one (numbers that are never given twice). Two
    /// known ids decide. Otherwise the clocks do: within a boot they advance together, unless one is set.
    ///
    /// - Parameter last: when the newest event was recorded; nil if there is none.
    package static func mayHaveRebooted(recorded: String?, last: Moment?, own: String?, now: Moment) -> Bool {
        if let recorded, let own { return recorded != own }
        return !haveRunTogether(last, now)
    }

    /// Whether the boot clock on record is not the present one, so that differences between the two mean nothing. Daemons in several
    /// containers are shown several ids on one host, and the ages of waiters must go on: here the clocks decide unless the ids are
    /// known to be equal.
    package static func clockHasBegunAnew(recorded: String?, last: Moment?, own: String?, now: Moment) -> Bool {
        if let recorded, let own, recorded == own { return false }
        return !haveRunTogether(last, now)
    }

    /// Within a boot the two clocks advance together. The next boot begins at another time of the day.
    private static func haveRunTogether(_ last: Moment?, _ now: Moment) -> Bool {
        guard let last else { return false }
        let drift = (now.wallMicroseconds - last.wallMicroseconds) - (now.boottime.nanoseconds - last.boottime.nanoseconds) / 1000
        return now.boottime >= last.boottime && drift.magnitude <= greatestDriftMicroseconds.magnitude
    }
}
