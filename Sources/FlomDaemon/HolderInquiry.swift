internal import FlomEngine
internal import FlomSystem
internal import Glibc

/// The processes behind a request, as far as they are known.
struct HolderProcesses {
    var client: ProcessIdentity?
    var command: ProcessIdentity?
    /// Whether its processes are ours to watch; nothing here can prove the end of one on another host.
    var isLocal = false
}

/// Why a request has no session.
enum Absence {
    /// Its connection ended.
    case disconnected
    /// The daemon is new and has not met it.
    case restarted

    /// How long a holder on another host may stay away.
    var limitMilliseconds: Int64 {
        switch self {
        case .disconnected: 15_000
        case .restarted: 30_000
        }
    }
}

/// Finds out what is left of requests whose session is gone, and tells the engine: pidfds, not polling; evidence, not time.
///
/// Client *and* command must be gone before a grant ends: a live client is waited for, and a command keeps its lock when its
/// client was killed.
final class HolderInquiry {
    /// What is watched on behalf of one request.
    private struct Case {
        var client: ProcessIdentity?
        var command: ProcessIdentity?
        var clientIsGone = false
        var commandIsGone = false
        var watches: [UInt64] = []
        /// Searches for a command whose client died before it could tell: see `searchDelayMilliseconds`.
        var searchesLeft = 2
    }

    private struct Watch {
        let request: RequestID
        let process: ProcessIdentity
        let descriptor: Int32
    }

    /// A client killed between spawn and exec leaves a child that shows its own environment only after exec.
    static let searchDelayMilliseconds: Int64 = 100

    private let sentinel: Sentinel
    private let journalID: String
    private let report: (Input) -> Void
    private let after: After
    private var cases: [RequestID: Case] = [:]
    private var watches: [UInt64: Watch] = [:]
    private var nextWatch: UInt64 = 1

    init(
        sentinel: Sentinel, journalID: String, after: @escaping After, report: @escaping (Input) -> Void
    ) {
        self.sentinel = sentinel
        self.journalID = journalID
        self.after = after
        self.report = report
    }

    /// Whether anything is watched: the daemon must not end meanwhile.
    var isBusy: Bool { !cases.isEmpty }

    /// Starts to watch what is known of a request's client and command; the answer may come at once.
    func open(_ request: RequestID, _ known: HolderProcesses, absence: Absence) {
        cases[request] = Case(client: known.client, command: known.command)
        guard known.isLocal else { return waitForReturn(request, absence) }
        if let client = known.client { watch(client, for: request) }
        if let command = known.command { watch(command, for: request) }
        conclude(request)
    }

    /// Of another host nothing can be proven but that nobody came back.
    private func waitForReturn(_ request: RequestID, _ absence: Absence) {
        let limit = absence.limitMilliseconds
        after(limit) { [unowned self] in
            guard cases[request] != nil else { return }
            close(request)
            switch absence {
            case .disconnected: report(.gone(request, .connectionLost(milliseconds: limit)))
            case .restarted: report(.gone(request, .notResumed(milliseconds: limit)))
            }
        }
    }

    /// The request has ended in another way.
    func close(_ request: RequestID) {
        guard let closed = cases.removeValue(forKey: request) else { return }
        for number in closed.watches {
            if let watch = watches.removeValue(forKey: number) { Glibc.close(watch.descriptor) }
        }
    }

    func ended(watch number: UInt64) {
        guard let watch = watches.removeValue(forKey: number) else { return }
        Glibc.close(watch.descriptor)
        markGone(watch.process, of: watch.request)
        conclude(watch.request)
    }

    private func watch(_ process: ProcessIdentity, for request: RequestID) {
        if let descriptor = Processes.watchDescriptor(pid: process.pid, startTime: process.startTime) {
            let number = nextWatch
            nextWatch += 1
            if (try? sentinel.watch(descriptor, as: number)) != nil {
                watches[number] = Watch(request: request, process: process, descriptor: descriptor)
                cases[request]?.watches.append(number)
                return
            }
            Glibc.close(descriptor)
        }
        if Processes.liveness(pid: process.pid, startTime: process.startTime) == .gone { markGone(process, of: request) }
    }

    private func markGone(_ process: ProcessIdentity, of request: RequestID) {
        if cases[request]?.client == process { cases[request]?.clientIsGone = true }
        if cases[request]?.command == process { cases[request]?.commandIsGone = true }
    }

    private func conclude(_ request: RequestID) {
        guard let found = cases[request], let client = found.client, found.clientIsGone else { return }
        guard let command = found.command else { return search(request) }
        if found.commandIsGone {
            close(request)
            report(.gone(request, .processesEnded([client, command])))
        } else {
            report(.clientGone(request))
        }
    }

    /// The client is gone and never told of a command: look whether one carries the request's name.
    private func search(_ request: RequestID) {
        if let pid = Processes.carrying("FLOM_REQUEST_ID", "\(journalID):\(request.number)").min(),
            let startTime = Processes.startTime(of: pid)
        {
            let command = ProcessIdentity(pid: pid, startTime: startTime)
            cases[request]?.command = command
            report(.commandFound(request, command))
            watch(command, for: request)
            return conclude(request)
        }
        guard let client = cases[request]?.client, let left = cases[request]?.searchesLeft else { return }
        if left > 1 {
            cases[request]?.searchesLeft = left - 1
            after(Self.searchDelayMilliseconds) { [unowned self] in
                if cases[request] != nil { search(request) }
            }
        } else {
            close(request)
            report(.gone(request, .processesEnded([client])))
        }
    }
}
