internal import FlomCore
internal import FlomEngine
import FlomModel

/// Carries out what the product's `HolderInquiry` says, in the simulated world.
final class ShellInquiry {
    private unowned let shell: DaemonShell
    private(set) var inquiry: HolderInquiry
    /// By the process, as it is and not as this daemon sees it.
    private var watched: [ProcessIdentity: Set<UInt64>] = [:]
    private var watchedLivenessPipes: [RequestID: UInt64] = [:]

    init(_ shell: DaemonShell) {
        self.shell = shell
        inquiry = HolderInquiry(
            lostHolderDelayMilliseconds: World.lostHolderDelay / Style.millisecond,
            reclaimGraceMilliseconds: World.reclaimGrace / Style.millisecond, killDelayMilliseconds: 5000)
    }

    var isBusy: Bool { inquiry.isBusy }

    func open(_ request: RequestID, _ holder: Holder, _ absence: HolderAbsence) {
        let isUntold = shell.world.livenessPipes[request]?.maker == shell.incarnation
        inquiry.open(request, holder, absence, isUntold: isUntold, now: shell.world.boottime) { shell.engine.isHeld($0) }
        carryOut()
    }

    func close(_ request: RequestID) {
        inquiry.close(request)
        carryOut()
    }

    func due(_ alarm: HolderInquiry.Alarm) {
        inquiry.due(alarm) { shell.engine.isHeld($0) }
        carryOut()
    }

    func ended(_ process: ProcessIdentity) {
        for number in (watched.removeValue(forKey: process) ?? []).sorted() {
            inquiry.ended(watch: number) { shell.engine.isHeld($0) }
            carryOut()
        }
    }

    func livenessPipeEnded(_ request: RequestID) {
        guard let number = watchedLivenessPipes.removeValue(forKey: request) else { return }
        inquiry.ended(watch: number) { shell.engine.isHeld($0) }
        carryOut()
    }

    private func carryOut() {
        while inquiry.hasDirectives {
            for directive in inquiry.takeDirectives() { carryOut(directive) }
        }
    }

    private func carryOut(_ directive: HolderInquiry.Directive) {
        let world = shell.world
        switch directive {
        case .watch(let seen, let number):
            let process = world.process(seen, from: shell.place)
            if let process { watched[process, default: []].insert(number) }
            inquiry.saw(number, isGone: process == nil) { shell.engine.isHeld($0) }
        case .lookAtLivenessPipe(let request, let number):
            let sight = lookAtLivenessPipe(of: request)
            if sight == .watched { watchedLivenessPipes[request] = number }
            inquiry.sawLivenessPipe(number, sight) { shell.engine.isHeld($0) }
        case .unwatch(let number):
            for process in watched.filter({ $0.value.contains(number) }).keys {
                watched[process]?.remove(number)
                if watched[process]?.isEmpty == true { watched[process] = nil }
            }
            watchedLivenessPipes = watchedLivenessPipes.filter { $0.value != number }
        case .search(let request, let inquiry, _):
            let command = world.command(carrying: request, from: shell.place)
            self.inquiry.searched(request, inquiry: inquiry, command, sawAll: true) { shell.engine.isHeld($0) }
        case .arm(let alarm, let milliseconds):
            let due = SimulatedEvent.inquiryIsDue(incarnation: shell.incarnation, alarm)
            if case .giveUp = alarm {
                world.planOnGrain(due, after: milliseconds * Style.millisecond)
            } else {
                world.plan(due, after: milliseconds * Style.millisecond)
            }
        case .tell(let input): shell.apply(input)
        // Nobody here says `--on-orphan=kill`.
        case .end, .kill: break
        }
    }

    private func lookAtLivenessPipe(of request: RequestID) -> HolderInquiry.LivenessPipeSight {
        guard let livenessPipe = shell.world.livenessPipes[request] else { return .none }
        return shell.world.isAlive(livenessPipe) ? .watched : .ended
    }
}
