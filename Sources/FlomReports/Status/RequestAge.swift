package import FlomModel

extension HistoryRow {
    /// The state of the request at a given time, in microseconds since 1970-01-01 UTC; nil if it was not open then.
    ///
    /// It does not say whether an ended request was an orphan then: the row knows that it became one, but not when.
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

    /// How long the request has held or waited, in microseconds. Never below 0, even if the clock was set back.
    package func age(at now: Int64) -> Int64 { max(0, now - (grantedAt ?? queuedAt ?? askedAt)) }
}
