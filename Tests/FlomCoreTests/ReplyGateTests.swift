import FlomCore
import FlomEngine
import FlomModel
import Testing

/// What the gate has the shell do, step by step.
@Suite struct ReplyGateTests {
    private static let session = SessionID(1)
    private static let request = RequestID(1)

    private enum Step {
        case turn(Answer.Body? = nil, isDurable: Bool = false, isRemote: Bool = false)
        /// A turn in which the engine has decided nothing.
        case emptyTurn(Answer.Body)
        case committed, failed
        case synced(UInt64)
        case commitIsDue, commitNow, syncIsDue, retryIsDue, remind
        case whenOnDevice
    }

    private struct Row {
        let step: Step
        let does: [ReplyGate.Directive]
        init(_ step: Step, _ does: [ReplyGate.Directive]) { (self.step, self.does) = (step, does) }
    }

    private static let granted = Answer.Body.granted(Grant(FencingToken(1)))
    private static let queued = Answer.Body.queued(position: 1)

    private static let moment = Moment(boottime: Instant(nanoseconds: 0), wallMicroseconds: 0)

    private func check(_ level: SyncLevel, _ rows: [Row]) {
        var gate = ReplyGate(level)
        for (number, row) in rows.enumerated() {
            var isRemote = false
            switch row.step {
            case .turn(let body, let isDurable, let remote):
                isRemote = remote
                let answers = body.map { [Answer(Self.session, Self.request, $0, isDurable: isDurable)] } ?? []
                gate.pass([Event(Self.request, .queued(position: 1))], answers, at: Self.moment) { _ in isRemote }
            case .emptyTurn(let body):
                gate.pass([], [Answer(Self.session, Self.request, body)], at: Self.moment) { _ in isRemote }
            case .committed: gate.committed()
            case .failed: gate.failed("the disk is full", at: Self.moment)
            case .synced(let commit): gate.synced(upTo: commit)
            case .commitIsDue: gate.commitIsDue()
            case .commitNow: gate.commitNow()
            case .syncIsDue: gate.syncIsDue()
            case .retryIsDue: gate.retryIsDue()
            case .remind: gate.remind()
            case .whenOnDevice: _ = gate.whenOnDevice()
            }
            var does: [ReplyGate.Directive] = []
            while let next = gate.next() {
                does.append(next)
                var answers: [Answer] = []
                if next == .release { gate.takeReady(into: &answers) }
            }
            #expect(does == row.does, "step \(number + 1): \(row.step)")
        }
    }

    @Test func nothingLeavesBeforeItsCommit() {
        check(
            .auto,
            [
                Row(.turn(Self.queued), [.commit]),
                Row(.committed, [.armSync(milliseconds: 100), .release]),
                // Nothing new: nothing to commit.
                Row(.emptyTurn(.notHeld), [.release]),
                Row(.turn(Self.granted), [.commit]),
                // One sync serves all commits of its interval.
                Row(.committed, [.release]),
                Row(.syncIsDue, [.noteProgress, .sync(upTo: 2)]),
            ])
    }

    @Test func whatMustOutliveALossOfPowerWaitsForTheDevice() {
        check(
            .auto,
            [
                Row(.turn(Self.granted, isRemote: true), [.commit]), Row(.committed, [.sync(upTo: 1)]),
                Row(.synced(1), [.release]),
                Row(.turn(.released, isDurable: true), [.commit]), Row(.committed, [.sync(upTo: 2)]),
                // The device has got no further.
                Row(.synced(1), []), Row(.remind, [.sync(upTo: 2)]), Row(.synced(2), [.release]), Row(.remind, []),
                Row(.turn(.revoked(by: "root", reason: "")), [.commit]), Row(.committed, [.sync(upTo: 3)]),
            ])
    }

    @Test func underAlwaysAllWait() {
        check(
            .always,
            [
                Row(.turn(Self.queued), [.commit]), Row(.committed, [.sync(upTo: 1)]),
                Row(.synced(1), [.noteProgress, .release]),
            ])
    }

    @Test func underOffNobodyWaits() {
        check(
            .off,
            [
                Row(.turn(Self.granted, isDurable: true, isRemote: true), [.commit]), Row(.committed, [.noteProgress, .release]),
                Row(.whenOnDevice, [.isOnDevice(1)]), Row(.turn(), [.armCommit(milliseconds: 1)]), Row(.whenOnDevice, [.commit]),
                Row(.committed, [.noteProgress, .isOnDevice(2)]),
            ])
    }

    @Test func aBatchThatFailsIsKeptAndItsAnswersStay() {
        check(
            .auto,
            [
                Row(.turn(Self.granted), [.commit]), Row(.failed, [.armRetry(milliseconds: 1000)]),
                Row(.turn(Self.queued), [.commit]), Row(.failed, []),
                // Also what depends on no event waits: its order is that of the others.
                Row(.emptyTurn(.notHeld), [.commit]), Row(.failed, []),
                Row(.retryIsDue, [.commit]), Row(.failed, [.armRetry(milliseconds: 1000)]),
                Row(.retryIsDue, [.commit]), Row(.committed, [.armSync(milliseconds: 100), .release]),
            ])
    }

    @Test func aPersonHearsWhenTheDeviceHasIt() {
        check(
            .auto,
            [
                Row(.turn(Self.queued), [.commit]), Row(.failed, [.armRetry(milliseconds: 1000)]),
                // It goes with the next commit, which has no number yet.
                Row(.whenOnDevice, []), Row(.retryIsDue, [.commit]), Row(.committed, [.sync(upTo: 1), .release]),
                Row(.synced(1), [.isOnDevice(1)]),
                Row(.whenOnDevice, [.isOnDevice(2)]),
            ])
    }

    @Test func whatNoAnswerWaitsForIsWrittenWithTheNextTurn() {
        check(
            .auto,
            [
                Row(.turn(), [.armCommit(milliseconds: 1)]), Row(.turn(), []), Row(.turn(Self.granted), [.commit]),
                Row(.committed, [.armSync(milliseconds: 100), .release]),
                // All of it is written.
                Row(.commitIsDue, []), Row(.commitNow, []),
                Row(.turn(), [.armCommit(milliseconds: 1)]), Row(.commitIsDue, [.commit]), Row(.committed, []),
                Row(.turn(), [.armCommit(milliseconds: 1)]), Row(.turn(Self.granted), [.commit]), Row(.committed, [.release]),
                // It is younger than the commit since the time was set, and has its own millisecond.
                Row(.turn(), []), Row(.commitIsDue, [.armCommit(milliseconds: 1)]), Row(.commitIsDue, [.commit]),
                Row(.committed, []),
                Row(.turn(), [.armCommit(milliseconds: 1)]), Row(.commitNow, [.commit]),
            ])
    }

    /// What ends the daemon may come while answers leave: two turns end before the shell makes the commit of the first.
    @Test func oneCommitIsAskedForUntilItIsMade() {
        var gate = ReplyGate(.auto)
        for number in 1...2 {
            gate.pass(
                [Event(RequestID(Int64(number)), .queued(position: 1))], [Answer(Self.session, Self.request, Self.queued)],
                at: Self.moment
            ) {
                _ in false
            }
        }
        gate.commitNow()
        #expect(gate.next() == .commit)
        gate.committed()
        #expect(gate.next() == .armSync(milliseconds: 100))
        #expect(gate.next() == .release)
        #expect(gate.next() == nil)
    }

    @Test func aFailingJournalIsTriedWithEachTurn() {
        check(
            .auto,
            [
                Row(.turn(), [.armCommit(milliseconds: 1)]), Row(.turn(Self.granted), [.commit]),
                Row(.failed, [.armRetry(milliseconds: 1000)]),
                Row(.commitIsDue, []), Row(.turn(), [.commit]), Row(.failed, []),
            ])
    }

    @Test func whatIsWrittenLaterHasTheMomentOfItsDecision() {
        func moment(_ seconds: Int64) -> Moment {
            Moment(boottime: Instant(nanoseconds: seconds * 1_000_000_000), wallMicroseconds: seconds)
        }
        var gate = ReplyGate(.auto)
        let events = (1...2).map { Event(RequestID(Int64($0)), .queued(position: 1)) }
        gate.pass([events[0]], [], at: moment(5)) { _ in false }
        gate.pass([events[1]], [Answer(Self.session, Self.request, Self.queued)], at: moment(6)) { _ in false }
        #expect(gate.late == [LateEntries([.request(events[0])], decidedAt: moment(5))])
        #expect(gate.entries(at: moment(6).boottime) == [.request(events[1])])
        gate.committed()
        #expect(gate.late.isEmpty)
    }

    @Test func whatIsLateSaysSo() {
        func moment(_ seconds: Int64) -> Moment {
            Moment(boottime: Instant(nanoseconds: seconds * 1_000_000_000), wallMicroseconds: seconds)
        }
        var gate = ReplyGate(.auto)
        let events = (1...3).map { Event(RequestID(Int64($0)), .queued(position: 1)) }
        gate.pass([events[0]], [Answer(Self.session, Self.request, Self.queued)], at: moment(4)) { _ in false }
        #expect(gate.entries(at: moment(5).boottime) == [.request(events[0])])
        let isNews = gate.failed("the disk is full", at: moment(5))
        gate.pass([events[1]], [], at: moment(5)) { _ in false }
        let isNewsAgain = gate.failed("it is still full", at: moment(6))
        #expect(isNews && !isNewsAgain)
        gate.pass([events[2]], [], at: moment(6)) { _ in false }
        #expect(gate.late.map(\.decidedAt) == [moment(5), moment(6)])
        #expect(gate.late.flatMap(\.entries) == [.request(events[0]), .request(events[1])])
        #expect(
            gate.entries(at: moment(8).boottime) == [.request(events[2]), .gap("not written for 3 s: the disk is full")])
        let wasFailing = gate.committed()
        #expect(wasFailing)
        #expect(gate.late.isEmpty && gate.entries(at: moment(9).boottime).isEmpty && gate.failure == nil)
    }
}
