// The commits of the journal, and the answers that depend on them.
extension Checker {
    mutating func commit() throws(BrokenPromise) {
        try endTurn()
        if owesGap { throw BrokenPromise(.gap, "what was decided at \(at) ns could not be written then, and nothing says so") }
        isLate = false
        at = recordedAt
    }

    /// The longest time in nanoseconds for which the journal owes no word of it: what no answer waits for is written with something else.
    private static let postponement: Int64 = 2_000_000

    /// Each turn that was not written at once counts with its own time.
    mutating func beLate(_ decidedAt: Int64) throws(BrokenPromise) {
        guard decidedAt <= recordedAt, !isLate || decidedAt >= at else {
            throw BrokenPromise(.history, "what is late was decided before what came before it, or is not late")
        }
        if isLate { try endTurn() }
        (isLate, at) = (true, decidedAt)
        guard recordedAt - decidedAt > Self.postponement + settings.slack else { return }
        owesGap = true
        counts.late += 1
    }

    /// No answer leaves before its event is on record.
    mutating func tell(_ number: Int64, _ told: Told) throws(BrokenPromise) {
        guard number > 0, number <= newestRequest else {
            throw BrokenPromise(.commitFirst, "somebody hears of request \(number), which is not on record")
        }
        switch told {
        case .waits: break
        case .granted(let token):
            // It may have ended while the answer waited for the device.
            guard let part = requests[number] else { return }
            guard part.isHeld && part.token == token else {
                throw BrokenPromise(.commitFirst, "request \(number) hears of a grant that is not on record")
            }
            part.unit.isTold = true
        case .ended:
            if requests[number] != nil {
                throw BrokenPromise(.commitFirst, "request \(number) hears of its end, which is not on record")
            }
        }
    }

    /// A person may see a request before the journal has it, but hears of its end only after that.
    mutating func orderBreak(_ number: Int64) throws(BrokenPromise) {
        if number > newestRequest { breaksAhead.insert(number) } else { try part(number).unit.mayBeBroken = true }
    }

    // MARK: - A journal that has lost its end

    mutating func close() throws(BrokenPromise) {
        guard hasLostCommits else { throw BrokenPromise(.shut, "everything is shut, and the journal has lost nothing") }
        (isShut, hasBeenShut) = (true, true)
        counts.shut += 1
    }

    mutating func open() throws(BrokenPromise) {
        guard isShut else { throw BrokenPromise(.history, "what is not shut is opened") }
        let grace = settings.graceMilliseconds * 1_000_000
        let waited = at - startedAt + (mayHaveWaited ? 0 : shutNanoseconds)
        // However much has passed before, clients have to be able to reach this daemon.
        guard waited >= (mayHaveWaited ? grace / 6 : grace) - settings.slack else {
            throw BrokenPromise(.shut, "everything is open again too early")
        }
        (isShut, isStillShut, shutNanoseconds) = (false, false, 0)
    }
}
