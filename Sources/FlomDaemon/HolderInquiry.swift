internal import FlomEngine
internal import FlomSystem
internal import Glibc

/// What is known of the client of a request, and of its command.
struct Holder {
    var client: ProcessIdentity?
    var command: ProcessIdentity?
    /// Whether its processes are ours to watch; nothing here can prove the end of one on another host.
    var isLocal = false
    /// Only a person ends its lock while it cannot be seen.
    var isLeaseless = false
    /// Its command is ended when its client is gone.
    var endsOrphan = false
    /// Whether its command line is on record.
    var isDescribed = false
    var secretHash: [UInt8] = []
    /// For the log: what it is about, or the first of it.
    var resource: ResourceName?

    init() {}

    init(_ request: LockRequest) {
        client = request.client.process
        isLocal = request.client.isLocal
        isLeaseless = request.isLeaseless
        endsOrphan = request.endsOrphan
        secretHash = request.secretHash
        resource = request.resource
    }

    init(_ open: OpenRequest) {
        self.init(open.request)
        command = open.command
        isDescribed = !open.commandLine.isEmpty
    }
}

/// Why a request has no session.
enum Absence {
    /// Its connection ended.
    case disconnected
    /// The daemon is new and has not met it. Earlier ones have listened for it in vain for so long.
    case restarted(missedMilliseconds: Int64)
}

/// Finds out what is left of requests whose session is gone, and tells the engine: pidfds, not polling; evidence, not time.
///
/// Client *and* command must be gone before a grant ends: a live client is waited for, and a command keeps its lock when its
/// client was killed. Of another host nothing can be proven but that nobody came back for so long.
final class HolderInquiry {
    /// What is watched on behalf of one request.
    private struct Case {
        /// Tells it from earlier ones about the same request.
        let number: UInt64
        var holder: Holder
        var clientIsGone = false
        var commandIsGone = false
        var watches: [UInt64] = []
        /// Whether its witness says that nobody is left; nil if it has none.
        var witnessHasEnded: Bool?
        /// When a holder on another host is given up, on `CLOCK_BOOTTIME`; nil if no time does that.
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
    /// Those of other hosts that have not come back since the restart.
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

    /// Whether somebody on another host has still to come back after the restart.
    var awaitsReturn: Bool { !awaited.isEmpty }

    /// Starts to watch what is known of a request's client and command; the answer may come at once.
    func open(_ request: RequestID, _ holder: Holder, absence: Absence) {
        lastCase += 1
        cases[request] = Case(number: lastCase, holder: holder)
        guard holder.isLocal else { return waitForReturn(request, absence) }
        if let client = holder.client { watch(client, for: request) }
        if let command = holder.command { watch(command, for: request) }
        watchWitness(of: request)
        conclude(request)
    }

    private func watchWitness(of request: RequestID) {
        guard let readEnd = witnesses.readEnd(of: request) else { return }
        cases[request]?.witnessHasEnded = !Witnesses.isAlive(readEnd)
        // A descriptor of its own, which ends with the case.
        let descriptor = fcntl(readEnd, F_DUPFD_CLOEXEC, 0)
        guard descriptor >= 0 else { return }
        if !add(descriptor, nil, for: request) { Glibc.close(descriptor) }
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

    private func waitForReturn(_ request: RequestID, _ absence: Absence) {
        // A waiter's place is not what a lease is about.
        guard let opened = cases[request], !(opened.holder.isLeaseless && isHeld(request)) else { return }
        let limit: Int64
        let proof: Proof
        switch absence {
        case .disconnected:
            (limit, proof) = (lostHolderDelayMilliseconds, .connectionLost(milliseconds: lostHolderDelayMilliseconds))
        case .restarted(let missed):
            awaited.insert(request)
            limit = Self.graceLeft(of: reclaimGraceMilliseconds, missed: missed)
            proof = .notResumed(milliseconds: reclaimGraceMilliseconds)
        }
        cases[request]?.keptUntil = Clock.boottimeNanoseconds() + limit * 1_000_000
        after(limit) { [unowned self] in
            guard cases[request]?.number == opened.number else { return }
            // It was granted meanwhile, and now it is a holder that only a person may end.
            if opened.holder.isLeaseless && isHeld(request) {
                awaited.remove(request)
                return
            }
            end(request, proof)
        }
    }

    /// Whether a request's client is on another host and has not come back yet.
    func awaitsReturn(_ request: RequestID) -> Bool { cases[request].map { !$0.holder.isLocal } ?? false }

    /// When such a request is given up, on `CLOCK_BOOTTIME` in nanoseconds; nil if only a person ends it.
    func keptUntil(_ request: RequestID) -> Int64? {
        guard let found = cases[request], !(found.holder.isLeaseless && isHeld(request)) else { return nil }
        return found.keptUntil
    }

    /// The request has ended in another way.
    func close(_ request: RequestID) {
        awaited.remove(request)
        guard let closed = cases.removeValue(forKey: request) else { return }
        for number in closed.watches {
            if let watch = watches.removeValue(forKey: number) { end(watch, number) }
        }
    }

    func ended(watch number: UInt64) {
        guard let watch = watches.removeValue(forKey: number) else { return }
        end(watch, number)
        if let process = watch.process {
            markGone(process, of: watch.request)
        } else {
            cases[watch.request]?.witnessHasEnded = true
        }
        conclude(watch.request)
    }

    private func end(_ watch: Watch, _ number: UInt64) {
        if watch.descriptor >= 0 { Glibc.close(watch.descriptor) } else { sentinel.unwatch(number) }
    }

    private func watch(_ process: ProcessIdentity, for request: RequestID) {
        if let descriptor = Processes.watchDescriptor(pid: process.pid, startTime: process.startTime) {
            if add(descriptor, process, for: request) { return }
            Glibc.close(descriptor)
        }
        guard process.pid > 0 else { return }
        if Processes.liveness(pid: process.pid, startTime: process.startTime) == .gone {
            return markGone(process, of: request)
        }
        // There is no pidfd to be had.
        let number = nextWatch
        nextWatch += 1
        watches[number] = Watch(request: request, process: process, descriptor: -1)
        cases[request]?.watches.append(number)
        sentinel.watch(pid: process.pid, startTime: process.startTime, as: number)
    }

    private func markGone(_ process: ProcessIdentity, of request: RequestID) {
        if cases[request]?.holder.client == process { cases[request]?.clientIsGone = true }
        if cases[request]?.holder.command == process { cases[request]?.commandIsGone = true }
    }

    private func conclude(_ request: RequestID) {
        guard let found = cases[request] else { return }
        guard let client = found.holder.client, client.pid > 0 else {
            // Of a process that cannot be seen only the witness tells.
            if found.witnessHasEnded == true { end(request, .witnessEnded) }
            return
        }
        guard found.clientIsGone else { return }
        guard isHeld(request) else {
            return end(request, .processesEnded([client]))
        }
        guard let command = found.holder.command, command.pid > 0 else { return search(request) }
        if found.commandIsGone {
            end(request, .processesEnded([client, command]))
        } else {
            report(.clientGone(request))
            if found.holder.endsOrphan { end(command, of: request) }
        }
    }

    /// The client is gone and never told of a command: look whether one carries the request's name.
    private func search(_ request: RequestID) {
        if let (pid, startTime) = Processes.eldest(
            carrying: "FLOM_REQUEST_ID", "\(journalID):\(request.number)",
            notBefore: cases[request]?.holder.client?.startTime ?? 0)
        {
            let command = ProcessIdentity(pid: pid, startTime: startTime)
            cases[request]?.holder.command = command
            report(.commandFound(request, command))
            watch(command, for: request)
            return conclude(request)
        }
        guard let found = cases[request], let client = found.holder.client else { return }
        if found.searchesLeft > 1 {
            cases[request]?.searchesLeft -= 1
            after(Self.searchDelayMilliseconds) { [unowned self] in
                if cases[request]?.number == found.number { search(request) }
            }
        } else if found.witnessHasEnded == false {
            // Somebody has what the command inherited: it holds the lock until nobody has.
            report(.clientGone(request))
        } else {
            end(request, found.witnessHasEnded == nil ? .processesEnded([client]) : .witnessEnded)
        }
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
