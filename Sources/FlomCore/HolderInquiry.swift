package import FlomEngine
package import FlomModel

/// Finds out what is left of requests whose session is gone, and tells the engine. It goes by evidence, not by time.
///
/// A value without a clock or a system call. Each call may leave *directives*, which the shell carries out in order; a directive
/// that asks for a fact is answered by the call that its comment names. The facts are gathered here, and `HolderEvidence` decides
/// by them. A living client is waited for, and a command keeps its lock when its client was killed. For another host, and for
/// waiters that cannot be seen from here, only time decides.
package struct HolderInquiry: Sendable {
    package enum Directive: Equatable, Sendable {
        /// Watch a process. Answered by `saw`, and by `ended` when it ends.
        case watch(ProcessIdentity, as: UInt64)
        /// Check whether any process has the liveness pipe of a grant, and watch it if so. Answered by `sawLivenessPipe`, and by
        /// `ended` when it ends.
        case lookAtLivenessPipe(RequestID, as: UInt64)
        case unwatch(UInt64)
        /// Look for the eldest process, started in that clock tick or later, that carries the request's name. Answered by
        /// `searched`.
        case search(RequestID, inquiry: UInt64, notBefore: UInt64)
        /// Start a timer. Answered by `due` when the time is over.
        case arm(Alarm, milliseconds: Int64)
        case tell(Input)
        /// Ask the command and its descendants to end.
        case end(ProcessIdentity)
        /// Kill the command and its descendants.
        case kill(ProcessIdentity)
    }

    /// A later task. `inquiry` distinguishes it from earlier inquiries about the same request.
    package enum Alarm: Hashable, Sendable {
        case giveUp(RequestID, inquiry: UInt64, Proof)
        case searchAgain(RequestID, inquiry: UInt64)
        case lookAgain(RequestID, inquiry: UInt64)
        case kill(RequestID, inquiry: UInt64)
    }

    package enum LivenessPipeSight: Hashable, Sendable {
        /// No pipe was made, or it has disappeared.
        case none
        /// A process has it, and its end will be seen.
        case watched
        /// A process may have it, and its end will not be seen: the pipe could not be opened or watched.
        case unwatched
        case ended
    }

    private struct Case {
        let number: UInt64
        var holder: Holder
        var evidence: HolderEvidence
        var watches: [UInt64] = []
        /// The number of directives without an answer. Nothing is concluded before they are answered.
        var unanswered = 0
        /// Whether the engine knows that it is an orphan.
        var isOrphan = false
        /// When the request is given up, on the boot clock in nanoseconds; nil if time does not end it.
        var keptUntil: Int64?
        /// Searches left for a command whose client died before it could report it: see `searchDelayMilliseconds`.
        var searchesLeft = 2
    }

    private struct Watch {
        let request: RequestID
        /// The watched process; nil for the liveness pipe.
        let process: ProcessIdentity?
    }

    /// The pause before a search. A client that is killed between spawn and exec leaves a child that shows its own environment
    /// only after exec.
    package static let searchDelayMilliseconds: Int64 = 100

    /// The pause before a liveness pipe that could not be opened or watched, for want of descriptors, is checked again.
    private static let secondLookMilliseconds: Int64 = 1000

    /// How long a command has to end by itself before it is killed.
    private let killDelayMilliseconds: Int64

    /// The least grace of a new daemon, however long earlier daemons have listened for the client. A client takes at most two
    /// seconds from one attempt to the next (`BackOff`, `DaemonConnector`), so it has two attempts.
    package static let leastGraceMilliseconds: Int64 = 4000

    /// How long a daemon still waits for a client: the rest of the grace, but at least a sixth of it, and at least
    /// `leastGraceMilliseconds`.
    package static func graceLeft(of grace: Int64, missed: Int64) -> Int64 {
        precondition(grace >= 0 && missed >= 0, "of \(grace) ms of grace \(missed) have passed")
        return max(grace - missed, min(grace, max(grace / 6, leastGraceMilliseconds)))
    }

    private let lostHolderDelayMilliseconds: Int64
    package var reclaimGraceMilliseconds: Int64
    private var cases: [RequestID: Case] = [:]
    /// The requests whose clients have not come back since the restart, and are given up if they do not.
    private var awaited: Set<RequestID> = []
    private var lastCase: UInt64 = 0
    private var watches: [UInt64: Watch] = [:]
    private var nextWatch: UInt64 = 1
    private var directives: [Directive] = []

    package init(lostHolderDelayMilliseconds: Int64, reclaimGraceMilliseconds: Int64, killDelayMilliseconds: Int64) {
        precondition(lostHolderDelayMilliseconds >= 0, "a lost holder is kept for \(lostHolderDelayMilliseconds) ms")
        precondition(reclaimGraceMilliseconds >= 0, "clients have \(reclaimGraceMilliseconds) ms to come back")
        precondition(killDelayMilliseconds >= 0, "a command has \(killDelayMilliseconds) ms to end")
        self.lostHolderDelayMilliseconds = lostHolderDelayMilliseconds
        self.reclaimGraceMilliseconds = reclaimGraceMilliseconds
        self.killDelayMilliseconds = killDelayMilliseconds
    }

    /// Whether a request holds its lock by now. Others wait, and have no command.
    package typealias IsHeld = (RequestID) -> Bool

    /// The directives to carry out, in order; empty when all were taken.
    package mutating func takeDirectives() -> [Directive] {
        if directives.isEmpty { return [] }
        defer { directives = [] }
        return directives
    }

    package var hasDirectives: Bool { !directives.isEmpty }

    // MARK: - What the shell may ask

    /// Whether anything is watched; the daemon must not end meanwhile.
    package var isBusy: Bool { !cases.isEmpty }

    /// Whether an invisible client may still come back after the restart.
    package var awaitsReturn: Bool { !awaited.isEmpty }

    /// Whether the request's client is invisible and has not come back yet.
    package func awaitsReturn(_ request: RequestID) -> Bool { cases[request].map { $0.evidence.means != .numbers } ?? false }

    /// Whether a grant on this host ends only by its client's return or by a person: it has no liveness pipe, and cannot be seen.
    package func isBeyondProof(_ request: RequestID) -> Bool {
        cases[request].map { $0.evidence.means == .livenessPipe && $0.evidence.livenessPipe == .none } ?? false
    }

    /// When such a request is given up, on the boot clock in nanoseconds; nil if time does not end it.
    package func keptUntil(_ request: RequestID, _ isHeld: IsHeld) -> Int64? {
        guard let found = cases[request], found.holder.isNear || !(found.holder.isLeaseless && isHeld(request)) else {
            return nil
        }
        return found.keptUntil
    }

    // MARK: - A request loses its session, and ends or gets another one

    /// - Parameters:
    ///   - isUntold: whether this daemon has not yet passed the grant's liveness pipe on: the client was not told, and holds
    ///     nothing.
    ///   - now: on the boot clock.
    package mutating func open(
        _ request: RequestID, _ holder: Holder, _ absence: HolderAbsence, isUntold: Bool, now: Instant, _ isHeld: IsHeld
    ) {
        close(request)
        precondition(cases[request] == nil && !awaited.contains(request), "request \(request.number) is looked into twice")
        lastCase += 1
        let isHeldNow = isHeld(request)
        // An untold grant is like a place in the queue. That this process has the liveness pipe proves nothing about the client.
        var evidence = HolderEvidence(holder.means(isHeld: isHeldNow && !isUntold), isHeld: isHeldNow)
        evidence.hasRebooted = holder.reboot != nil
        cases[request] = Case(number: lastCase, holder: holder, evidence: evidence)
        switch evidence.means {
        case .numbers:
            if let client = holder.client { watch(client, for: request) }
            if let command = holder.command, command != holder.client { watch(command, for: request) }
            if isUntold { cases[request]?.evidence.livenessPipe = .ended } else { lookAtLivenessPipe(of: request) }
        case .livenessPipe: lookAtLivenessPipe(of: request)
        case .time: waitForReturn(request, absence, now)
        case .nobody: break
        }
        conclude(request, isHeld)
    }

    /// The request has ended in another way, or its client is back.
    package mutating func close(_ request: RequestID) {
        if !awaited.isEmpty { awaited.remove(request) }
        guard let closed = cases.removeValue(forKey: request) else { return }
        for number in closed.watches where watches.removeValue(forKey: number) != nil { directives.append(.unwatch(number)) }
    }

    private mutating func waitForReturn(_ request: RequestID, _ absence: HolderAbsence, _ now: Instant) {
        guard let opened = cases[request], !opened.evidence.hasRebooted else { return }
        let limit: Int64
        let proof: Proof
        switch absence {
        case .disconnected:
            (limit, proof) = (lostHolderDelayMilliseconds, .connectionLost(milliseconds: lostHolderDelayMilliseconds))
        case .restarted(let missed):
            awaited.insert(request)
            // A waiter of this host tries at least every two seconds, so it need not block others for longer.
            let grace =
                opened.holder.isNear ? min(reclaimGraceMilliseconds, Self.leastGraceMilliseconds) : reclaimGraceMilliseconds
            limit = Self.graceLeft(of: grace, missed: missed)
            proof = .notResumed(milliseconds: grace)
        }
        precondition(limit >= 0 && opened.keptUntil == nil, "request \(request.number) is given up twice, or in the past")
        cases[request]?.keptUntil = now.advanced(byMilliseconds: limit).nanoseconds
        directives.append(.arm(.giveUp(request, inquiry: opened.number, proof), milliseconds: limit))
    }

    // MARK: - Questions

    private mutating func watch(_ process: ProcessIdentity, for request: RequestID) {
        // Pid 0 stands for an unknown process.
        guard process.pid > 0 else { return }
        note(process, .mayLive, of: request)
        directives.append(.watch(process, as: newWatch(process, for: request)))
    }

    private mutating func lookAtLivenessPipe(of request: RequestID) {
        precondition(cases[request] != nil, "the pipe of request \(request.number) is looked at, and nobody wants to know")
        let number = newWatch(nil, for: request)
        directives.append(.lookAtLivenessPipe(request, as: number))
    }

    private mutating func newWatch(_ process: ProcessIdentity?, for request: RequestID) -> UInt64 {
        let number = nextWatch
        precondition(watches[number] == nil, "watch \(number) is used twice")
        nextWatch += 1
        watches[number] = Watch(request: request, process: process)
        cases[request]?.watches.append(number)
        cases[request]?.unanswered += 1
        return number
    }

    private mutating func note(_ process: ProcessIdentity, _ sight: HolderEvidence.Sight, of request: RequestID) {
        if cases[request]?.holder.client == process { cases[request]?.evidence.client = sight }
        if cases[request]?.holder.command == process { cases[request]?.evidence.command = sight }
    }

    // MARK: - Answers

    /// - Parameter isGone: whether the process has ended; if not, it is watched from now on.
    package mutating func saw(_ number: UInt64, isGone: Bool, _ isHeld: IsHeld) {
        guard let watch = watches[number], let process = watch.process else { return }
        if isGone {
            forget(number, watch)
            note(process, .gone, of: watch.request)
        }
        answered(watch.request, isHeld)
    }

    package mutating func sawLivenessPipe(_ number: UInt64, _ sight: LivenessPipeSight, _ isHeld: IsHeld) {
        guard let watch = watches[number], let opened = cases[watch.request] else { return }
        switch sight {
        case .none: cases[watch.request]?.evidence.livenessPipe = .none
        case .watched, .unwatched: cases[watch.request]?.evidence.livenessPipe = .alive
        case .ended: cases[watch.request]?.evidence.livenessPipe = .ended
        }
        if sight != .watched { forget(number, watch) }
        if sight == .unwatched {
            directives.append(
                .arm(.lookAgain(watch.request, inquiry: opened.number), milliseconds: Self.secondLookMilliseconds))
        }
        answered(watch.request, isHeld)
    }

    private mutating func answered(_ request: RequestID, _ isHeld: IsHeld) {
        cases[request]?.unanswered -= 1
        precondition(
            cases[request].map { $0.unanswered >= 0 } ?? true, "request \(request.number) is answered more than it asked")
        conclude(request, isHeld)
    }

    private mutating func forget(_ number: UInt64, _ watch: Watch) {
        watches[number] = nil
        cases[watch.request]?.watches.removeAll { $0 == number }
    }

    /// What was watched has ended, or no process has the liveness pipe any more.
    package mutating func ended(watch number: UInt64, _ isHeld: IsHeld) {
        guard let watch = watches[number] else { return }
        forget(number, watch)
        if let process = watch.process {
            note(process, .gone, of: watch.request)
        } else {
            lookAtLivenessPipe(of: watch.request)
        }
        conclude(watch.request, isHeld)
    }

    /// - Parameters:
    ///   - command: the process that was found.
    ///   - sawAll: whether every process could be looked at.
    package mutating func searched(
        _ request: RequestID, inquiry: UInt64, _ command: ProcessIdentity?, sawAll: Bool, _ isHeld: IsHeld
    ) {
        guard let searched = cases[request], searched.number == inquiry else { return }
        precondition(searched.unanswered > 0, "nobody searches for the command of request \(request.number)")
        cases[request]?.unanswered -= 1
        if let command {
            cases[request]?.holder.command = command
            directives.append(.tell(.commandFound(request, command)))
            return watch(command, for: request)
        }
        if searched.searchesLeft > 1 {
            cases[request]?.searchesLeft -= 1
            let alarm = Alarm.searchAgain(request, inquiry: searched.number)
            return directives.append(.arm(alarm, milliseconds: Self.searchDelayMilliseconds))
        }
        cases[request]?.evidence.search = sawAll || !searched.holder.canResume ? .foundNobody : .foundNobodyReadable
        conclude(request, isHeld)
    }

    package mutating func due(_ alarm: Alarm, _ isHeld: IsHeld) {
        switch alarm {
        case .giveUp(let request, let number, let proof):
            guard let found = cases[request], found.number == number else { return }
            // It was granted meanwhile, and only a person may end it now. A client on this host was not told, and does not hold.
            if found.holder.isLeaseless && !found.holder.isNear && isHeld(request) {
                awaited.remove(request)
                return
            }
            end(request, proof)
        case .searchAgain(let request, let number):
            if cases[request]?.number == number { search(request) }
        case .lookAgain(let request, let number):
            if cases[request]?.number == number { lookAtLivenessPipe(of: request) }
        case .kill(let request, let number):
            guard let found = cases[request], found.number == number, let command = found.holder.command else { return }
            directives.append(.kill(command))
        }
    }

    // MARK: - What follows

    private mutating func conclude(_ request: RequestID, _ isHeld: IsHeld) {
        guard let found = cases[request], found.unanswered == 0 else { return }
        var evidence = found.evidence
        evidence.isHeld = isHeld(request)
        cases[request]?.evidence.isHeld = evidence.isHeld
        switch evidence.verdict {
        case .stands: break
        case .search: search(request)
        case .orphaned:
            precondition(evidence.isHeld, "request \(request.number) is left by its client, and holds nothing")
            guard !found.isOrphan else { break }
            cases[request]?.isOrphan = true
            directives.append(.tell(.clientGone(request)))
            if found.holder.endsOrphan, let command = found.holder.command, command.pid > 0 {
                directives.append(.end(command))
                directives.append(.arm(.kill(request, inquiry: found.number), milliseconds: killDelayMilliseconds))
            }
        case .processesEnded:
            let client = found.holder.client
            let command = evidence.isHeld ? found.holder.command.flatMap { $0.pid > 0 && $0 != client ? $0 : nil } : nil
            end(request, .processesEnded([client, command].compactMap(\.self)))
        case .livenessPipeEnded: end(request, .livenessPipeEnded)
        case .hostRebooted:
            let reboot = found.holder.reboot ?? ("", "")
            end(request, .hostRebooted(from: reboot.from, to: reboot.to))
        }
    }

    /// The client is gone and never reported a command: searches for one that carries the request's name.
    private mutating func search(_ request: RequestID) {
        guard let searched = cases[request] else { return }
        precondition(searched.searchesLeft > 0, "the command of request \(request.number) is searched for without end")
        cases[request]?.unanswered += 1
        let earliest = searched.holder.client?.startTime ?? 0
        directives.append(.search(request, inquiry: searched.number, notBefore: earliest))
    }

    private mutating func end(_ request: RequestID, _ proof: Proof) {
        precondition(cases[request] != nil, "request \(request.number) ends by an inquiry that is over")
        close(request)
        directives.append(.tell(.gone(request, proof)))
    }
}
