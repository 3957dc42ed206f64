internal import FlomEngine
internal import FlomModel
internal import FlomSystem
internal import Glibc

/// Finds out what is left of requests whose session is gone, and tells the engine: pidfds, not polling; evidence, not time.
///
/// `HolderEvidence` decides; here the facts are gathered. A live client is waited for, and a command keeps its lock when its client was
/// killed. Of another host, and of waiters that cannot be told from here, nothing can be proven but that nobody came back for so
/// long.
final class HolderInquiry {
    /// What is watched on behalf of one request.
    private struct Case {
        /// Tells it from earlier ones about the same request.
        let number: UInt64
        var holder: Holder
        var evidence: HolderEvidence
        var watches: [UInt64] = []
        /// When it is given up, on `CLOCK_BOOTTIME`; nil if no time does that.
        var keptUntil: Int64?
        /// Searches for a command whose client died before it could tell: see `searchDelayMilliseconds`.
        var searchesLeft = 2
    }

    private struct Watch {
        let request: RequestID
        /// Nil: the witness.
        let process: ProcessIdentity?
        let descriptor: Int32
    }

    /// A client killed between spawn and exec leaves a child that shows its own environment only after exec.
    static let searchDelayMilliseconds: Int64 = 100

    /// A witness that cannot be opened or watched, for want of descriptors, is looked at again.
    private static let secondLookMilliseconds: Int64 = 1000

    /// However long earlier daemons have listened for a client: so long does every daemon. A client takes at most two seconds from one
    /// attempt to the next (`BackOff`, `DaemonAccess`), so it has two attempts in which this daemon hears it.
    static let leastGraceMilliseconds: Int64 = 4000

    /// How long a daemon still waits for a client. Only a sixth of the grace, if that is more, is given anew by each.
    static func graceLeft(of grace: Int64, missed: Int64) -> Int64 {
        max(grace - missed, min(grace, max(grace / 6, leastGraceMilliseconds)))
    }

    private let sentinel: Sentinel
    private let journalID: String
    private let lostHolderDelayMilliseconds: Int64
    var reclaimGraceMilliseconds: Int64
    private let witnesses: Witnesses
    private let isHeld: (RequestID) -> Bool
    private let report: (Input) -> Void
    private let after: After
    private var cases: [RequestID: Case] = [:]
    /// Those that have not come back since the restart, and are given up when they do not.
    private var awaited: Set<RequestID> = []
    private var lastCase: UInt64 = 0
    private var watches: [UInt64: Watch] = [:]
    private var nextWatch: UInt64 = 1

    /// - Parameter isHeld: whether a request holds its lock by now; the others wait, and have no command.
    init(
        sentinel: Sentinel, journalID: String, settings: DaemonSettings, after: @escaping After, witnesses: Witnesses,
        isHeld: @escaping (RequestID) -> Bool, report: @escaping (Input) -> Void
    ) {
        self.sentinel = sentinel
        self.journalID = journalID
        lostHolderDelayMilliseconds = settings.lostHolderDelayMilliseconds
        reclaimGraceMilliseconds = settings.reclaimGraceMilliseconds
        self.witnesses = witnesses
        self.isHeld = isHeld
        self.report = report
        self.after = after
    }

    /// Whether anything is watched: the daemon must not end meanwhile.
    var isBusy: Bool { !cases.isEmpty }

    /// Whether somebody who cannot be seen has still to come back after the restart.
    var awaitsReturn: Bool { !awaited.isEmpty }

    /// Starts to watch what is known of a request's client and command; the answer may come at once.
    func open(_ request: RequestID, _ holder: Holder, absence: Absence) {
        lastCase += 1
        let isHeld = isHeld(request)
        var evidence = HolderEvidence(holder.means(isHeld: isHeld), isHeld: isHeld)
        evidence.hasRebooted = holder.reboot != nil
        cases[request] = Case(number: lastCase, holder: holder, evidence: evidence)
        switch evidence.means {
        case .numbers:
            if let client = holder.client { watch(client, for: request) }
            if let command = holder.command { watch(command, for: request) }
            lookAtWitness(of: request)
        case .witness: lookAtWitness(of: request)
        case .time: waitForReturn(request, absence)
        case .nobody: break
        }
        conclude(request)
    }

    // MARK: - Those who cannot be seen

    private func waitForReturn(_ request: RequestID, _ absence: Absence) {
        guard let opened = cases[request], !opened.evidence.hasRebooted else { return }
        let limit: Int64
        let proof: Proof
        switch absence {
        case .disconnected:
            (limit, proof) = (lostHolderDelayMilliseconds, .connectionLost(milliseconds: lostHolderDelayMilliseconds))
        case .restarted(let missed):
            awaited.insert(request)
            // A waiter of this host tries again at least every two seconds: longer it need not stand in others' way.
            let isNear = opened.holder.isLocal && !opened.holder.isOverNetwork
            let grace = isNear ? min(reclaimGraceMilliseconds, Self.leastGraceMilliseconds) : reclaimGraceMilliseconds
            limit = Self.graceLeft(of: grace, missed: missed)
            proof = .notResumed(milliseconds: grace)
        }
        cases[request]?.keptUntil = Clock.boottimeNanoseconds() + limit * 1_000_000
        after(limit) { [unowned self] in
            guard cases[request]?.number == opened.number else { return }
            // It was granted meanwhile, and now it is a holder that only a person may end.
            if opened.holder.isLeaseless && isHeld(request) {
                awaited.remove(request)
                return
            }
            // A waiter of this host that has been granted meanwhile was never told, and does not hold.
            end(request, proof)
        }
    }

    /// Whether a request's client cannot be seen and has not come back yet.
    func awaitsReturn(_ request: RequestID) -> Bool { cases[request].map { $0.evidence.means != .numbers } ?? false }

    /// Whether nothing but its return or a person ends a grant on this host: it has no witness, and cannot be seen.
    func isBeyondProof(_ request: RequestID) -> Bool {
        cases[request].map { $0.evidence.means == .witness && $0.evidence.witness == .none } ?? false
    }

    /// When such a request is given up, on `CLOCK_BOOTTIME` in nanoseconds; nil if no time does that.
    func keptUntil(_ request: RequestID) -> Int64? {
        guard let found = cases[request], !(found.holder.isLeaseless && isHeld(request)) else { return nil }
        return found.keptUntil
    }

    // MARK: - Watching

    /// The request has ended in another way, or its client is back.
    func close(_ request: RequestID) {
        awaited.remove(request)
        guard let closed = cases.removeValue(forKey: request) else { return }
        for number in closed.watches {
            if let watch = watches.removeValue(forKey: number) { end(watch, number) }
        }
    }

    func ended(watch number: UInt64) {
        guard let watch = watches[number] else { return }
        // A witness can be read also when somebody has written into it.
        if watch.process == nil, Witnesses.isAlive(watch.descriptor),
            (try? sentinel.watchAgain(watch.descriptor, as: number)) != nil
        {
            return
        }
        watches[number] = nil
        end(watch, number)
        if let process = watch.process {
            note(process, .gone, of: watch.request)
        } else {
            lookAtWitness(of: watch.request)
        }
        conclude(watch.request)
    }

    private func end(_ watch: Watch, _ number: UInt64) {
        if watch.descriptor >= 0 { Glibc.close(watch.descriptor) } else { sentinel.unwatch(number) }
    }

    private func lookAtWitness(of request: RequestID) {
        // Its client was never given it, and so no command has it: this process does not vouch for anybody.
        if cases[request]?.evidence.means == .numbers, witnesses.isUntold(request) {
            cases[request]?.evidence.witness = .ended
            return
        }
        switch witnesses.read(request) {
        case .none: cases[request]?.evidence.witness = .none
        case .unreadable: lookAtWitnessLater(of: request)
        case .open(let descriptor):
            let isAlive = Witnesses.isAlive(descriptor)
            cases[request]?.evidence.witness = isAlive ? .alive : .ended
            if isAlive, add(descriptor, nil, for: request) { return }
            Glibc.close(descriptor)
            if isAlive { lookAtWitnessLater(of: request) }
        }
    }

    private func lookAtWitnessLater(of request: RequestID) {
        guard let number = cases[request]?.number else { return }
        cases[request]?.evidence.witness = .alive
        after(Self.secondLookMilliseconds) { [unowned self] in
            guard cases[request]?.number == number else { return }
            lookAtWitness(of: request)
            conclude(request)
        }
    }

    /// False if it cannot be watched.
    private func add(_ descriptor: Int32, _ process: ProcessIdentity?, for request: RequestID) -> Bool {
        let number = nextWatch
        nextWatch += 1
        guard (try? sentinel.watch(descriptor, as: number)) != nil else { return false }
        watches[number] = Watch(request: request, process: process, descriptor: descriptor)
        cases[request]?.watches.append(number)
        return true
    }

    private func watch(_ process: ProcessIdentity, for request: RequestID) {
        note(process, .mayLive, of: request)
        if let descriptor = Processes.watchDescriptor(pid: process.pid, startTime: process.startTime) {
            if add(descriptor, process, for: request) { return }
            Glibc.close(descriptor)
        }
        guard process.pid > 0 else { return }
        if Processes.liveness(pid: process.pid, startTime: process.startTime) == .gone {
            return note(process, .gone, of: request)
        }
        // There is no pidfd to be had.
        let number = nextWatch
        nextWatch += 1
        watches[number] = Watch(request: request, process: process, descriptor: -1)
        cases[request]?.watches.append(number)
        sentinel.watch(pid: process.pid, startTime: process.startTime, as: number)
    }

    private func note(_ process: ProcessIdentity, _ sight: HolderEvidence.Sight, of request: RequestID) {
        // Pid 0 is nobody whom anybody knows.
        guard process.pid > 0 else { return }
        if cases[request]?.holder.client == process { cases[request]?.evidence.client = sight }
        if cases[request]?.holder.command == process { cases[request]?.evidence.command = sight }
    }

    // MARK: - What follows

    private func conclude(_ request: RequestID) {
        guard var found = cases[request] else { return }
        found.evidence.isHeld = isHeld(request)
        cases[request]?.evidence.isHeld = found.evidence.isHeld
        switch found.evidence.verdict {
        case .stands: break
        case .search: search(request)
        case .orphaned:
            report(.clientGone(request))
            if found.holder.endsOrphan, let command = found.holder.command, command.pid > 0 { end(command, of: request) }
        case .processesEnded:
            let command = found.evidence.isHeld ? found.holder.command.flatMap { $0.pid > 0 ? $0 : nil } : nil
            end(request, .processesEnded([found.holder.client, command].compactMap(\.self)))
        case .witnessEnded: end(request, .witnessEnded)
        case .hostRebooted:
            let reboot = found.holder.reboot ?? ("", "")
            end(request, .hostRebooted(from: reboot.from, to: reboot.to))
        }
    }

    /// The client is gone and never told of a command: look whether one carries the request's name.
    private func search(_ request: RequestID) {
        guard let searched = cases[request] else { return }
        let search = Processes.eldest(
            carrying: "FLOM_REQUEST_ID", "\(journalID):\(request.number)", notBefore: searched.holder.client?.startTime ?? 0)
        if let (pid, startTime) = search.found {
            let command = ProcessIdentity(pid: pid, startTime: startTime)
            cases[request]?.holder.command = command
            report(.commandFound(request, command))
            watch(command, for: request)
            return conclude(request)
        }
        if searched.searchesLeft > 1 {
            cases[request]?.searchesLeft -= 1
            after(Self.searchDelayMilliseconds) { [unowned self] in
                if cases[request]?.number == searched.number { self.search(request) }
            }
            return
        }
        let sawAll = search.isComplete || !searched.holder.canResume
        cases[request]?.evidence.search = sawAll ? .foundNobody : .foundNobodyReadable
        conclude(request)
    }

    private func end(_ request: RequestID, _ proof: Proof) {
        close(request)
        report(.gone(request, proof))
    }

    /// `--on-orphan=kill`: asks the command and all its descendants to end, and makes them if they do not.
    private func end(_ command: ProcessIdentity, of request: RequestID) {
        guard let number = cases[request]?.number else { return }
        Processes.signalFamily(of: (command.pid, command.startTime), SIGTERM)
        after(Processes.killDelayMilliseconds) { [unowned self] in
            guard cases[request]?.number == number else { return }
            Processes.signalFamily(of: (command.pid, command.startTime), SIGKILL)
        }
    }
}
