import FlomCore
import FlomModel
import FlomWire
import Testing

@testable import FlomClient

/// Who may start the next daemon, and how long a waiter waits for it.
@Suite struct StartingRightTests {
    private static let gone = Instant(nanoseconds: 3_000_000_000)

    @Test func onlyAnEndThatNobodyAskedForIsMadeGood() {
        let right = StartingRight(mayStart: true, isFoundByGroup: false)
        let replaced = DaemonDeparture.allCases.filter { right.mayReplace($0) }
        #expect(replaced == [.unexplained, .stopped, .idle])
    }

    @Test(arguments: [(false, false), (false, true), (true, true)])
    func neitherWithoutTheRightNorInAGroup(mayStart: Bool, isFoundByGroup: Bool) {
        let right = StartingRight(mayStart: mayStart, isFoundByGroup: isFoundByGroup)
        #expect(DaemonDeparture.allCases.allSatisfy { !right.mayReplace($0) })
    }

    @Test(
        arguments: [
            (DaemonDeparture.stopped, 0, false), (.stopped, 1999, false), (.stopped, 2000, true), (.unexplained, 0, true),
            (.idle, 0, true),
            (.shutDown, 60_000, false), (.restarting, 60_000, false),
        ] as [(DaemonDeparture, Int64, Bool)])
    func aServiceManagerComesFirst(departure: DaemonDeparture, milliseconds: Int64, may: Bool) {
        let right = StartingRight(mayStart: true, isFoundByGroup: false)
        let now = Self.gone.advanced(byMilliseconds: milliseconds)
        #expect(right.mayReplace(departure, since: Self.gone, now: now) == may)
    }

    @Test func whatADaemonSaysIsWhatItMeans() {
        let said = ClosingReason.allCases.map { DaemonDeparture($0) }
        #expect(DaemonDeparture(nil) == .unexplained)
        #expect(said == [.stopped, .restarting, .shutDown, .idle, .noRoom, .noRoom])
    }
}

@Suite struct DaemonAbsenceTests {
    private static let start = Instant(nanoseconds: 1_000_000_000)

    /// The verdicts after attempts that failed so many milliseconds after the start.
    private func verdicts(
        _ absence: inout DaemonAbsence, _ departure: DaemonDeparture = .unexplained, mayStart: Bool = false, limit: Int64? = nil,
        after milliseconds: Int64...
    ) -> [DaemonAbsence.Verdict] {
        milliseconds.map {
            absence.judge(
                departure, right: StartingRight(mayStart: mayStart, isFoundByGroup: false), graceMilliseconds: 9000,
                limit: limit.map { Self.start.advanced(byMilliseconds: $0) }, now: Self.start.advanced(byMilliseconds: $0))
        }
    }

    @Test func aWaiterThatMayNotStartTheNextOneWaitsForTheGrace() {
        var absence = DaemonAbsence()
        let found = verdicts(&absence, after: 100, 9099, 9100)
        #expect(found == [.tryAgain, .tryAgain, .staysAway(milliseconds: 9000)])
    }

    @Test func oneThatMayHasAsLongAsForAnyDaemon() {
        var absence = DaemonAbsence()
        let found = verdicts(&absence, mayStart: true, after: 0, 29_999, 30_000)
        #expect(found == [.tryAgain, .tryAgain, .staysAway(milliseconds: 30_000)])
    }

    @Test func theNextAbsenceCountsFromItsOwnBeginning() {
        var absence = DaemonAbsence()
        _ = verdicts(&absence, after: 0)
        absence.end()
        let found = verdicts(&absence, after: 20_000, 29_000)
        #expect(found == [.tryAgain, .staysAway(milliseconds: 9000)])
    }

    @Test func theRequestsOwnTimeComesFirst() {
        var absence = DaemonAbsence()
        let found = verdicts(&absence, limit: 500, after: 499, 500, 20_000)
        #expect(found == [.tryAgain, .expired, .expired])
    }

    @Test func aPersonsShutdownEndsTheWaitAtOnce() {
        var absence = DaemonAbsence()
        let found = verdicts(&absence, .shutDown, mayStart: true, after: 0)
        #expect(found == [.shutDown])
    }
}
