import FlomModel
import FlomRandom
import FlomStore
import Glibc

/// The history of a host with many users: exclusive locks on resources of which few are busy, waiters in order, commands of all
/// lengths. The journal's own code writes it, event for event.
struct MadeUpPast {
    private let journal: Journal
    private var random: SeededRandom
    private let eventLimit: Int64
    private let start: Int64
    private let microsecondsBetweenRequests: Int64

    private(set) var requests: Int64 = 0
    private(set) var events: Int64 = 0
    private var tokens: Int64 = 0
    private var epoch: Int64 = 0
    /// The time when each resource's last holder releases it, by the resource's number, in microseconds since 1970-01-01 UTC.
    private var freeAt: [Int64]
    /// Future events by the second in which they happen.
    private var due: [Int64: [PlannedBatch]] = [:]

    private struct PlannedBatch {
        let at: Int64
        let entries: [Event]
    }

    private static let resources = 300
    private static let users = 50
    private static let hosts = 100
    private static let eventsPerRequest: Int64 = 5

    /// The history ends now.
    init(path: String, events: Int64, days: Int64, seed: UInt64) throws {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let length = days * 86_400_000_000
        start = Int64(now.tv_sec) * 1_000_000 - length
        eventLimit = events
        microsecondsBetweenRequests = max(1, length * Self.eventsPerRequest / events)
        random = SeededRandom(seed: seed)
        freeAt = Array(repeating: start, count: Self.resources)
        journal = try Journal.open(
            .init(path: path, sync: .off, machineID: "", bootID: "made-up"),
            now: Moment(boottime: Instant(nanoseconds: 0), wallMicroseconds: start))
        epoch = try journal.advanceEpoch(bootID: "made-up")
    }

    mutating func write() throws {
        try journal.commit(
            [.daemonStarted(.init(pid: 1, bootID: "made-up", version: "made up", endpoint: path))], at: stamp(start))
        var at = start
        var second = start / 1_000_000
        while events < eventLimit {
            at += 1 + Int64(random.below(Int(2 * microsecondsBetweenRequests)))
            ask(at)
            // No event before this request can be added any more.
            while second < at / 1_000_000 {
                try commitPlanned(second)
                second += 1
            }
        }
        while !due.isEmpty {
            try commitPlanned(second)
            second += 1
        }
        try makeBlocks()
        journal.close()
    }

    /// Makes the summaries that a running daemon makes beside its work.
    private func makeBlocks() throws {
        let reader = try JournalReader.open(path: path)
        defer { reader.close() }
        for first in try reader.missingBlocks() {
            if let block = try reader.summarizeBlock(first) { try journal.keep(block) }
        }
    }

    private var path: String { journal.path }

    private func stamp(_ at: Int64) -> Moment {
        Moment(boottime: Instant(nanoseconds: (at - start) * 1000), wallMicroseconds: at)
    }

    private mutating func commitPlanned(_ second: Int64) throws {
        guard let coming = due.removeValue(forKey: second) else { return }
        for batch in coming.sorted(by: { $0.at < $1.at }) {
            try journal.commit(batch.entries.map { .request(token(for: $0)) }, at: stamp(batch.at))
            events += Int64(batch.entries.count)
            _ = journal.checkpointed()
        }
    }

    /// Numbers a grant's token. Tokens grow in the order of the grants, which is known only now.
    private mutating func token(for event: Event) -> Event {
        guard case .granted = event.kind else { return event }
        tokens += 1
        return Event(event.request, .granted(FencingToken(epoch: epoch, counter: tokens)))
    }

    private mutating func plan(_ at: Int64, _ id: RequestID, _ kinds: [Event.Kind]) {
        due[at / 1_000_000, default: []].append(PlannedBatch(at: at, entries: kinds.map { Event(id, $0) }))
    }

    // MARK: - Who does what

    /// A random number below `bound`: small ones often, large ones rarely.
    private mutating func skewed(_ bound: Int) -> Int { random.below(random.below(bound) + 1) }

    private mutating func ask(_ at: Int64) {
        requests += 1
        let id = RequestID(requests)
        let resource = skewed(Self.resources)
        let request = request(for: resource)
        let grant = max(at, freeAt[resource])
        let pid = Int32(1000 + random.below(30_000))
        let described = Event.Kind.described(command: command())
        if grant - at > 120_000_000 {
            // The waiter gives up after a minute.
            plan(at, id, [.requested(request), .queued(position: 1), described])
            plan(at + 60_000_000, id, [.withdrawn(.timedOut)])
            return
        }
        if grant == at {
            plan(at, id, [.requested(request), .granted(FencingToken(0)), described])
        } else {
            plan(at, id, [.requested(request), .queued(position: 1), described])
            plan(grant, id, [.granted(FencingToken(0))])
        }
        plan(grant + 500, id, [.started(ProcessIdentity(pid: pid, startTime: UInt64(pid)))])
        // From milliseconds to a minute; mostly short on the busiest resources.
        let length = Int64(1000) << Int64(random.below(16))
        let end = grant + 1000 + Int64(random.below(Int(length)))
        plan(end, id, [.released(.exited(status: random.chance(percent: 3) ? 1 : 0))])
        freeAt[resource] = end + 1
    }

    private mutating func request(for resource: Int) -> LockRequest {
        let name = (try? ResourceName(Array("resource\(resource)".utf8))) ?? .unnamed
        var request = LockRequest(resource: name, mode: .exclusive)
        request.client.uid = UInt32(1000 + skewed(Self.users))
        request.client.user = "user\(request.client.uid! - 1000)"
        // One in a hundred thousand requests is by a user who has hardly any.
        if random.below(100_000) == 0 { request.client.user = "rare" }
        request.client.host = "host\(skewed(Self.hosts)).example"
        request.client.isLocal = true
        request.client.process = ProcessIdentity(pid: Int32(1000 + random.below(30_000)), startTime: 1)
        request.client.canResume = true
        request.client.bootID = "made-up"
        request.secretHash = (0..<4).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
        return request
    }

    private mutating func command() -> [[UInt8]] {
        let words =
            switch random.below(4) {
            case 0: ["/usr/local/bin/backup", "--target", "volume\(random.below(40))", "--quiet"]
            case 1: ["sh", "-c", "exec make -C /srv/build\(random.below(20)) install"]
            case 2: ["rsync", "-a", "/data/\(random.below(100))/", "store:/data/"]
            default: ["report", "--day", "2026-01-\(1 + random.below(28))"]
            }
        return words.map { Array($0.utf8) }
    }
}

extension Journal {
    /// Makes a checkpoint if one is due. A failing checkpoint shows at the next commit.
    fileprivate func checkpointed() -> Bool { (try? checkpointIfDue()) ?? false }
}
