/// Whether the host has been booted between two moments that two daemons have noted.
///
/// Ids alone never say so: containers and services are shown another one, or none, on a host that runs on.
package enum BootEvidence {
    /// - Parameters:
    ///   - recorded: the view of the daemon that noted the first moment.
    ///   - seenUntil: the last moment that is on record of that boot; nil if it is not known.
    ///   - now: on the same clock, that of the host: both are without the shift of their time namespaces.
    package static func provesReboot(
        recorded: ProcessView, seenUntil: Instant?, own: ProcessView, now: Instant
    ) -> Bool {
        guard let before = recorded.bootID, let present = own.bootID, before != present, let seenUntil,
            recorded.boottimeOffsetNanoseconds != nil, own.boottimeOffsetNanoseconds != nil
        else { return false }
        return now < seenUntil
    }

    /// How far apart two readings of the wall clock less the boot clock may be in one boot.
    static let greatestDriftMicroseconds: Int64 = 2_000_000

    /// Whether the host may have been booted: what must not be taken for one boot by mistake (numbers that are never given twice) asks
    /// this. Two ids that are known decide. Otherwise the clocks do: within a boot they run on together, unless somebody sets one.
    ///
    /// - Parameter last: when the newest event was recorded; nil if there is none.
    package static func mayHaveRebooted(recorded: String?, last: Moment?, own: String?, now: Moment) -> Bool {
        if let recorded, let own { return recorded != own }
        return !haveRunTogether(last, now)
    }

    /// Whether the boot clock on record is another one than that of now, so that a difference between the two is no time. Daemons in several
    /// containers are shown several ids on one host, and the ages of those who wait go on: here the clocks decide where ids are not
    /// known to be one.
    package static func clockHasBegunAnew(recorded: String?, last: Moment?, own: String?, now: Moment) -> Bool {
        if let recorded, let own, recorded == own { return false }
        return !haveRunTogether(last, now)
    }

    /// Within a boot the two clocks run on together; the next one begins at another time of the day.
    private static func haveRunTogether(_ last: Moment?, _ now: Moment) -> Bool {
        guard let last else { return false }
        let drift = (now.wallMicroseconds - last.wallMicroseconds) - (now.boottime.nanoseconds - last.boottime.nanoseconds) / 1000
        return now.boottime >= last.boottime && drift.magnitude <= greatestDriftMicroseconds.magnitude
    }
}
