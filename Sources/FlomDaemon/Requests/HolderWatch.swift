internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// Carries out the directives of `HolderInquiry`: pidfds, liveness pipes, `/proc`, timers, signals. Decides nothing.
final class HolderWatch {
    private struct Watched {
        /// The descriptor of the process or liveness pipe; negative if the process is polled.
        let descriptor: Int32
        let isLivenessPipe: Bool
    }

    private let watcher: EventWatcher
    private let journalID: String
    private let livenessPipes: LivenessPipes
    private let isHeld: HolderInquiry.IsHeld
    private let report: (Input) -> Void
    private let after: After
    private var inquiry: HolderInquiry
    private var watched: [UInt64: Watched] = [:]

    /// - Parameters:
    ///   - isHeld: whether a request holds its lock by now.
    ///   - report: hands an input to the engine.
    init(
        watcher: EventWatcher, journalID: String, settings: DaemonSettings, after: @escaping After, livenessPipes: LivenessPipes,
        isHeld: @escaping HolderInquiry.IsHeld, report: @escaping (Input) -> Void
    ) {
        self.watcher = watcher
        self.journalID = journalID
        self.livenessPipes = livenessPipes
        self.isHeld = isHeld
        self.report = report
        self.after = after
        inquiry = HolderInquiry(
            lostHolderDelayMilliseconds: settings.lostHolderDelayMilliseconds,
            reclaimGraceMilliseconds: settings.reclaimGraceMilliseconds,
            killDelayMilliseconds: Processes.killDelayMilliseconds)
    }

    var reclaimGraceMilliseconds: Int64 {
        get { inquiry.reclaimGraceMilliseconds }
        set { inquiry.reclaimGraceMilliseconds = newValue }
    }
    var isBusy: Bool { inquiry.isBusy }
    var awaitsReturn: Bool { inquiry.awaitsReturn }
    func awaitsReturn(_ request: RequestID) -> Bool { inquiry.awaitsReturn(request) }
    func isBeyondProof(_ request: RequestID) -> Bool { inquiry.isBeyondProof(request) }
    func keptUntil(_ request: RequestID) -> Int64? { inquiry.keptUntil(request, isHeld) }

    /// Starts watching a request's client and command. The result may be reported at once.
    func open(_ request: RequestID, _ holder: Holder, _ absence: HolderAbsence) {
        let now = Instant(nanoseconds: Clock.boottimeNanoseconds())
        inquiry.open(request, holder, absence, isUntold: livenessPipes.isUntold(request), now: now, isHeld)
        carryOut()
    }

    func close(_ request: RequestID) {
        inquiry.close(request)
        carryOut()
    }

    /// Takes the watcher's report.
    func ended(watch number: UInt64) {
        guard let found = watched[number] else { return }
        // A liveness pipe also becomes readable when a process writes into it.
        if found.isLivenessPipe, LivenessPipes.isAlive(found.descriptor),
            (try? watcher.watchAgain(found.descriptor, as: number)) != nil
        {
            return
        }
        unwatch(number)
        inquiry.ended(watch: number, isHeld)
        carryOut()
    }

    // MARK: - Carrying out

    private func carryOut() {
        while inquiry.hasDirectives {
            for directive in inquiry.takeDirectives() { carryOut(directive) }
        }
    }

    private func carryOut(_ directive: HolderInquiry.Directive) {
        switch directive {
        case .watch(let process, let number): inquiry.saw(number, isGone: !watch(process, as: number), isHeld)
        case .lookAtLivenessPipe(let request, let number):
            inquiry.sawLivenessPipe(number, lookAtLivenessPipe(of: request, as: number), isHeld)
        case .unwatch(let number): unwatch(number)
        case .search(let request, let inquiry, let earliest):
            let search = Processes.eldest(
                carrying: "FLOM_REQUEST_ID", "\(journalID):\(request.number)", notBefore: earliest)
            let command = search.found.map { ProcessIdentity(pid: $0.pid, startTime: $0.startTime) }
            self.inquiry.searched(request, inquiry: inquiry, command, sawAll: search.isComplete, isHeld)
        case .arm(let alarm, let milliseconds):
            after(milliseconds) { [unowned self] in
                inquiry.due(alarm, isHeld)
                carryOut()
            }
        case .tell(let input): report(input)
        case .end(let command): Processes.signalFamily(of: (command.pid, command.startTime), SIGTERM)
        case .kill(let command): Processes.signalFamily(of: (command.pid, command.startTime), SIGKILL)
        }
    }

    /// False if the process has ended.
    private func watch(_ process: ProcessIdentity, as number: UInt64) -> Bool {
        if let descriptor = Processes.watchDescriptor(pid: process.pid, startTime: process.startTime) {
            if add(descriptor, isLivenessPipe: false, as: number) { return true }
            Glibc.close(descriptor)
        }
        if Processes.liveness(pid: process.pid, startTime: process.startTime) == .gone { return false }
        // No pidfd can be had.
        watched[number] = Watched(descriptor: -1, isLivenessPipe: false)
        watcher.watch(pid: process.pid, startTime: process.startTime, as: number)
        return true
    }

    private func lookAtLivenessPipe(of request: RequestID, as number: UInt64) -> HolderInquiry.LivenessPipeSight {
        switch livenessPipes.read(request) {
        case .none: return .none
        case .unreadable: return .unwatched
        case .open(let descriptor):
            let isAlive = LivenessPipes.isAlive(descriptor)
            if isAlive, add(descriptor, isLivenessPipe: true, as: number) { return .watched }
            Glibc.close(descriptor)
            return isAlive ? .unwatched : .ended
        }
    }

    private func add(_ descriptor: Int32, isLivenessPipe: Bool, as number: UInt64) -> Bool {
        guard (try? watcher.watch(descriptor, as: number)) != nil else { return false }
        watched[number] = Watched(descriptor: descriptor, isLivenessPipe: isLivenessPipe)
        return true
    }

    private func unwatch(_ number: UInt64) {
        guard let found = watched.removeValue(forKey: number) else { return }
        if found.descriptor >= 0 { Glibc.close(found.descriptor) } else { watcher.unwatch(number) }
    }
}
