import FlomCore
import FlomModel
import Testing

/// A lock while its command runs.
@Suite struct HoldingTests {
    private static let start = Instant(nanoseconds: 2_000_000_000)

    private static func after(_ milliseconds: Int64) -> Instant { start.advanced(byMilliseconds: milliseconds) }

    private func lost(keptMilliseconds: Int64?, isLeaseless: Bool = false, pause: Int64? = 10) -> Holding {
        var holding = Holding(isLeaseless: isLeaseless)
        holding.keptMilliseconds = keptMilliseconds
        holding.lostConnection(at: Self.start, pauseMilliseconds: pause)
        return holding
    }

    @Test func whileTheConnectionStandsNothingIsDue() {
        var holding = Holding(isLeaseless: false)
        holding.keptMilliseconds = 15_000
        #expect(holding.nextDeadline == nil)
        #expect(holding.due(at: Self.after(1_000_000)).isEmpty)
    }

    @Test(arguments: [(15_000, 7000), (3000, 1000), (1000, 0), (0, 0)] as [(Int64, Int64)])
    func aLockIsTakenForLostBeforeAnybodyElseCanHaveIt(kept: Int64, limit: Int64) {
        let holding = lost(keptMilliseconds: kept)
        #expect(holding.takenForLostAt == Self.after(limit))
        // The daemon notices within half of the delay, and waits for all of it from then on.
        #expect(limit <= max(0, kept / 2 - Holding.marginMilliseconds))
        #expect(!holding.due(at: Self.after(limit - 1)).contains(.takeForLost))
        #expect(holding.due(at: Self.after(limit)).contains(.takeForLost))
    }

    @Test func noTimeEndsALockOfThisHostOrOneWithoutALease() {
        #expect(lost(keptMilliseconds: nil).takenForLostAt == nil)
        #expect(lost(keptMilliseconds: 15_000, isLeaseless: true).takenForLostAt == nil)
    }

    @Test func itComesBackAgainAndAgain() {
        var holding = lost(keptMilliseconds: 15_000)
        #expect(holding.nextDeadline == Self.after(10))
        #expect(holding.due(at: Self.after(9)).isEmpty)
        #expect(holding.due(at: Self.after(10)) == [.comeBack])
        holding.failedToComeBack(at: Self.after(12), pauseMilliseconds: 20)
        #expect(holding.nextDeadline == Self.after(32))
        #expect(holding.due(at: Self.after(7000)) == [.comeBack, .takeForLost])
    }

    @Test func aLockIsLostOnceAndMayBeHeldAfterAll() {
        var holding = lost(keptMilliseconds: 15_000)
        let news = (holding.takeForLost(), holding.takeForLost())
        #expect(news == (true, false))
        #expect(holding.isFinal && holding.takenForLostAt == nil)
        // It goes on trying: what was taken for lost need not be.
        #expect(holding.due(at: Self.after(8000)) == [.comeBack])
        let wasTakenForLost = (holding.cameBack(), holding.cameBack())
        #expect(wasTakenForLost == (true, false))
        #expect(!holding.isFinal && holding.nextDeadline == nil)
    }

    @Test func whatTheDaemonSaysIsLostIsNotComeBackTo() {
        var holding = lost(keptMilliseconds: 15_000)
        holding.heardOfLoss()
        let isNews = holding.takeForLost()
        #expect(isNews && holding.nextDeadline == nil)
    }

    /// What is known of the lock when the command ends, and whether the daemon is told.
    @Test func whatIsLostIsNotGivenBack() {
        var holding = lost(keptMilliseconds: 15_000)
        #expect(holding.isGivenBack(isConnected: false))
        _ = holding.takeForLost()
        #expect(!holding.isGivenBack(isConnected: false))
        // It may be held after all.
        #expect(holding.isGivenBack(isConnected: true))
        holding.revoked()
        #expect(!holding.isGivenBack(isConnected: true))
    }

    @Test(arguments: [(15_000, 0, 5000), (15_000, 3000, 7000), (3000, 0, 1000), (nil, 0, 5000)] as [(Int64?, Int64, Int64)])
    func nobodyLooksAtTheClockBeyondTheLossOfTheLock(kept: Int64?, now: Int64, limit: Int64) {
        #expect(lost(keptMilliseconds: kept).answerLimit(at: Self.after(now)) == Self.after(limit))
    }

    @Test func aClientOfAnOldDaemonHasNoWayBack() {
        let holding = lost(keptMilliseconds: nil, pause: nil)
        #expect(holding.nextDeadline == nil)
    }
}

@Suite struct UnlockingTests {
    private static let start = Instant(nanoseconds: 2_000_000_000)

    @Test(arguments: [(true, 2000), (false, 5000)] as [(Bool, Int64)])
    func aBadWayIsLeftInTime(mayChange: Bool, patience: Int64) {
        var unlocking = Unlocking(mayChangeConnection: mayChange, from: Self.start)
        #expect(unlocking.patience == Self.start.advanced(byMilliseconds: patience))
        unlocking.useNextConnection()
        #expect(unlocking.patience == unlocking.end)
    }

    @Test(
        arguments: [
            (DaemonDeparture.unexplained, true, 4999, true), (.unexplained, true, 5000, false), (.unexplained, false, 0, false),
            (.shutDown, true, 0, false), (.restarting, true, 0, true),
        ] as [(DaemonDeparture, Bool, Int64, Bool)])
    func itIsTriedForFiveSeconds(departure: DaemonDeparture, canResume: Bool, milliseconds: Int64, goesOn: Bool) {
        let unlocking = Unlocking(mayChangeConnection: false, from: Self.start)
        let now = Self.start.advanced(byMilliseconds: milliseconds)
        #expect(unlocking.goesOn(after: departure, canResume: canResume, now: now) == goesOn)
    }
}
