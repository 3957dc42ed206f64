import FlomCore
import FlomEngine
import FlomModel
import Testing

/// What is asked, what is concluded, and in which order.
@Suite struct HolderInquiryTests {
    private static let request = RequestID(7)
    private static let client = ProcessIdentity(pid: 10, startTime: 100)
    private static let command = ProcessIdentity(pid: 11, startTime: 110)
    private static let grace: Int64 = 30_000
    private static let delay: Int64 = 15_000

    private enum Step {
        case saw(UInt64, isGone: Bool)
        case sawLivenessPipe(UInt64, HolderInquiry.LivenessPipeSight)
        case ended(UInt64)
        case searched(ProcessIdentity?, sawAll: Bool = true)
        case due(HolderInquiry.Alarm)
        case closes
    }

    private struct Row {
        let step: Step
        let does: [HolderInquiry.Directive]
        init(_ step: Step, _ does: [HolderInquiry.Directive] = []) { (self.step, self.does) = (step, does) }
    }

    private func holder(_ change: (inout Holder) -> Void = { _ in }) -> Holder {
        var holder = Holder()
        (holder.client, holder.command) = (Self.client, Self.command)
        (holder.isLocal, holder.canResume) = (true, true)
        change(&holder)
        return holder
    }

    private func check(
        _ holder: Holder, _ absence: HolderAbsence = .disconnected, isHeld: Bool = true, isUntold: Bool = false,
        opens: [HolderInquiry.Directive], _ rows: [Row], isBusy: Bool = false
    ) {
        var inquiry = HolderInquiry(
            lostHolderDelayMilliseconds: Self.delay, reclaimGraceMilliseconds: Self.grace, killDelayMilliseconds: 5000)
        let now = Instant(nanoseconds: 0)
        inquiry.open(Self.request, holder, absence, isUntold: isUntold, now: now) { _ in isHeld }
        let first = inquiry.takeDirectives()
        #expect(first == opens)
        for (number, row) in rows.enumerated() {
            switch row.step {
            case .saw(let watch, let isGone): inquiry.saw(watch, isGone: isGone) { _ in isHeld }
            case .sawLivenessPipe(let watch, let sight): inquiry.sawLivenessPipe(watch, sight) { _ in isHeld }
            case .ended(let watch): inquiry.ended(watch: watch) { _ in isHeld }
            case .searched(let found, let sawAll):
                inquiry.searched(Self.request, inquiry: 1, found, sawAll: sawAll) { _ in isHeld }
            case .due(let alarm): inquiry.due(alarm) { _ in isHeld }
            case .closes: inquiry.close(Self.request)
            }
            let does = inquiry.takeDirectives()
            #expect(does == row.does, "step \(number + 1): \(row.step)")
        }
        #expect(inquiry.isBusy == isBusy)
    }

    private static let all: [HolderInquiry.Directive] = [
        .watch(client, as: 1), .watch(command, as: 2), .lookAtLivenessPipe(request, as: 3),
    ]
    private static func gone(_ proof: Proof) -> HolderInquiry.Directive { .tell(.gone(request, proof)) }

    @Test func clientAndCommandHaveToBeGone() {
        check(
            holder(), opens: Self.all,
            [
                Row(.saw(1, isGone: false)), Row(.saw(2, isGone: false)), Row(.sawLivenessPipe(3, .watched)),
                Row(.ended(1), [.tell(.clientGone(Self.request))]),
                Row(.ended(2), [.unwatch(3), Self.gone(.processesEnded([Self.client, Self.command]))]),
            ])
    }

    /// Nothing is concluded from half of the answers.
    @Test func allQuestionsAreAnsweredFirst() {
        check(
            holder(), opens: Self.all,
            [
                Row(.saw(1, isGone: true)), Row(.saw(2, isGone: true)),
                Row(.sawLivenessPipe(3, .watched), [.unwatch(3), Self.gone(.processesEnded([Self.client, Self.command]))]),
            ])
    }

    @Test func aWaiterHasNoCommand() {
        check(
            holder { $0.command = nil }, isHeld: false,
            opens: [.watch(Self.client, as: 1), .lookAtLivenessPipe(Self.request, as: 2)],
            [Row(.saw(1, isGone: true)), Row(.sawLivenessPipe(2, .none), [Self.gone(.processesEnded([Self.client]))])])
    }

    private static let search = HolderInquiry.Directive.search(request, inquiry: 1, notBefore: 100)
    private static let again = HolderInquiry.Alarm.searchAgain(request, inquiry: 1)

    @Test(
        arguments: [
            (.none, true, [gone(.processesEnded([client]))], false),
            // Somebody could not be looked at.
            (.none, false, [.tell(.clientGone(request))], true),
            (.ended, true, [gone(.livenessPipeEnded)], false),
            (.watched, true, [.tell(.clientGone(request))], true),
        ] as [(HolderInquiry.LivenessPipeSight, Bool, [HolderInquiry.Directive], Bool)])
    func aCommandThatNobodyTellsOfIsLookedForTwice(
        livenessPipe: HolderInquiry.LivenessPipeSight, sawAll: Bool, ends: [HolderInquiry.Directive], isBusy: Bool
    ) {
        check(
            holder { $0.command = nil }, opens: [.watch(Self.client, as: 1), .lookAtLivenessPipe(Self.request, as: 2)],
            [
                Row(.saw(1, isGone: true)), Row(.sawLivenessPipe(2, livenessPipe), [Self.search]),
                Row(.searched(nil), [.arm(Self.again, milliseconds: 100)]), Row(.due(Self.again), [Self.search]),
                Row(.searched(nil, sawAll: sawAll), ends),
            ], isBusy: isBusy)
    }

    @Test func aCommandThatIsFoundKeepsTheLock() {
        check(
            holder { $0.command = nil }, opens: [.watch(Self.client, as: 1), .lookAtLivenessPipe(Self.request, as: 2)],
            [
                Row(.saw(1, isGone: true)), Row(.sawLivenessPipe(2, .none), [Self.search]),
                Row(
                    .searched(Self.command), [.tell(.commandFound(Self.request, Self.command)), .watch(Self.command, as: 3)]),
                Row(.saw(3, isGone: false), [.tell(.clientGone(Self.request))]),
                Row(.ended(3), [Self.gone(.processesEnded([Self.client, Self.command]))]),
            ])
    }

    @Test func anOrphanIsAskedToEndAndMadeTo() {
        let kill = HolderInquiry.Alarm.kill(Self.request, inquiry: 1)
        check(
            holder { $0.endsOrphan = true }, opens: Self.all,
            [
                Row(.saw(1, isGone: true)), Row(.saw(2, isGone: false)),
                Row(
                    .sawLivenessPipe(3, .none),
                    [.tell(.clientGone(Self.request)), .end(Self.command), .arm(kill, milliseconds: 5000)]),
                Row(.due(kill), [.kill(Self.command)]), Row(.closes, [.unwatch(2)]), Row(.due(kill)),
            ])
    }

    /// Numbers of another place prove nothing; somebody may have the liveness pipe, or not.
    @Test func whatCannotBeSeenIsKnownByItsLivenessPipe() {
        let again = HolderInquiry.Alarm.lookAgain(Self.request, inquiry: 1)
        check(
            holder { $0.isSeenAlike = false }, .restarted(missedMilliseconds: 0),
            opens: [.lookAtLivenessPipe(Self.request, as: 1)],
            [
                // It could not be opened.
                Row(.sawLivenessPipe(1, .unwatched), [.arm(again, milliseconds: 1000)]),
                Row(.due(again), [.lookAtLivenessPipe(Self.request, as: 2)]), Row(.sawLivenessPipe(2, .watched)),
                Row(.ended(2), [.lookAtLivenessPipe(Self.request, as: 3)]),
                Row(.sawLivenessPipe(3, .ended), [Self.gone(.livenessPipeEnded)]),
            ])
    }

    /// Only a person, or its own return, ends it.
    @Test func withoutALivenessPipeNothingIsProven() {
        var inquiry = HolderInquiry(
            lostHolderDelayMilliseconds: Self.delay, reclaimGraceMilliseconds: Self.grace, killDelayMilliseconds: 5000)
        let unseen = holder { $0.isSeenAlike = false }
        let now = Instant(nanoseconds: 0)
        inquiry.open(Self.request, unseen, .restarted(missedMilliseconds: 0), isUntold: false, now: now) { _ in true }
        let first = inquiry.takeDirectives()
        #expect(first == [.lookAtLivenessPipe(Self.request, as: 1)])
        inquiry.sawLivenessPipe(1, .none) { _ in true }
        #expect(
            inquiry.isBeyondProof(Self.request) && !inquiry.hasDirectives && inquiry.keptUntil(Self.request) { _ in true } == nil)
    }

    /// There is no command to be searched for, and its end is that of the lock.
    @Test func aProgramThatHoldsItsLockItself() {
        var request = LockRequest(resource: .unnamed, mode: .exclusive)
        (request.client.process, request.client.isLocal, request.client.canResume) = (Self.client, true, true)
        request.runsNoCommand = true
        check(
            Holder(request), opens: [.watch(Self.client, as: 1), .lookAtLivenessPipe(Self.request, as: 2)],
            [
                Row(.saw(1, isGone: false)), Row(.sawLivenessPipe(2, .ended)),
                Row(.ended(1), [Self.gone(.processesEnded([Self.client]))]),
            ])
    }

    private static func giveUp(_ proof: Proof) -> HolderInquiry.Alarm { .giveUp(request, inquiry: 1, proof) }

    /// Only time ends the request of an invisible client: as long as it was never told of a grant, and always on another host.
    @Test(
        arguments: [
            (false, false, HolderAbsence.disconnected, Proof.connectionLost(milliseconds: delay), delay),
            (true, true, .disconnected, .connectionLost(milliseconds: delay), delay),
            (false, false, .restarted(missedMilliseconds: 0), .notResumed(milliseconds: 4000), 4000),
        ])
    func thePlaceOfOneWhoCannotBeSeenEndsByTime(
        isHeld: Bool, isUntold: Bool, absence: HolderAbsence, proof: Proof, milliseconds: Int64
    ) {
        check(
            holder { $0.isSeenAlike = false }, absence, isHeld: isHeld, isUntold: isUntold,
            opens: [.arm(Self.giveUp(proof), milliseconds: milliseconds)], [Row(.due(Self.giveUp(proof)), [Self.gone(proof)])])
    }

    @Test func aHolderOnAnotherHostIsGivenUp() {
        let proof = Proof.notResumed(milliseconds: Self.grace)
        let remote = holder { ($0.isLocal, $0.isOverNetwork, $0.client) = (false, true, nil) }
        check(
            remote, .restarted(missedMilliseconds: 20_000), opens: [.arm(Self.giveUp(proof), milliseconds: 10_000)],
            [Row(.due(Self.giveUp(proof)), [Self.gone(proof)])])
        // It is back before that.
        check(
            remote, .restarted(missedMilliseconds: 0), opens: [.arm(Self.giveUp(proof), milliseconds: Self.grace)],
            [Row(.closes), Row(.due(Self.giveUp(proof)))])
        var leaseless = remote
        leaseless.isLeaseless = true
        check(leaseless, opens: [], [], isBusy: true)
    }

    @Test func aRebootEndsWhatNobodyHas() {
        let reboot = holder {
            $0.isSeenAlike = false
            $0.reboot = ("a", "b")
        }
        let proof = Proof.hostRebooted(from: "a", to: "b")
        let look = HolderInquiry.Directive.lookAtLivenessPipe(Self.request, as: 1)
        check(reboot, opens: [look], [Row(.sawLivenessPipe(1, .none), [Self.gone(proof)])])
        check(reboot, opens: [look], [Row(.sawLivenessPipe(1, .watched))], isBusy: true)
        check(reboot, isHeld: false, opens: [Self.gone(proof)], [])
    }
}
