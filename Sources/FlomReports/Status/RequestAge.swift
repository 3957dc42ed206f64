package import FlomModel

extension HistoryRow {
    /// What the request was at a moment, in microseconds since 1970-01-01 UTC; nil if it was not open then.
    ///
    /// Whether it was an orphan is not said: the row knows that it became one, and not when.
    package func asOf(_ moment: Int64) -> HistoryRow? {
        guard askedAt <= moment, (endedAt ?? .max) > moment else { return nil }
        var then = self
        then.isOrphan = endedAt == nil && isOrphan
        (then.endedAt, then.heldNanoseconds, then.exitStatus, then.signal, then.detail) = (nil, nil, nil, nil, nil)
        if let grantedAt, grantedAt <= moment {
            then.outcome = .held
        } else {
            then.outcome = outcome == .awaitingCreation ? outcome : .waiting
            (then.grantedAt, then.waitedNanoseconds, then.token, then.element, then.commandPID) = (nil, nil, nil, nil, nil)
        }
        return then
    }

    /// How long it has held or waited, in microseconds; never below 0, whatever has been done to the clock.
    package func age(at now: Int64) -> Int64 { max(0, now - (grantedAt ?? queuedAt ?? askedAt)) }
}
