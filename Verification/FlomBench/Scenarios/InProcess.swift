internal import FlomEngine
internal import FlomModel
internal import FlomStore
internal import Glibc

/// A journal of this process, without daemon and sockets.
private struct OwnJournal {
    let journal: Journal
    private let path: String

    init(_ directory: String, _ sync: SyncLevel) {
        path = "\(directory)/own-\(sync.rawValue)-\(Ticks.now())"
        do {
            journal = try Journal.open(
                .init(path: path, sync: sync, machineID: "", bootID: "bench"), now: Self.now())
            _ = try journal.advanceEpoch(bootID: "bench")
        } catch { Bench.fail("\(error)") }
    }

    static func now() -> Moment {
        Moment(boottime: Instant(nanoseconds: Ticks.now()), wallMicroseconds: 1_700_000_000_000_000)
    }

    func commit(_ events: [Event], _ lives: [ResourceChange] = []) {
        do { try journal.commit(events.map { .request($0) }, changes: lives, at: Self.now()) } catch { Bench.fail("\(error)") }
    }

    func close() {
        journal.close()
        unlink(path)
    }
}

/// More requests in one queue than a daemon takes connections: the last one must cost as much as the first one.
struct InProcessQueue {
    let directory: String
    let size: Int

    func figures() -> [Figure] {
        let own = OwnJournal(directory, .off)
        defer { own.close() }
        var engine = Engine(policy: .bounded, nextRequest: 1, epoch: 1, lastTokenCounter: 0)
        var effects = Effects()
        guard let name = try? ResourceName(Array("R".utf8)) else { Bench.fail("R is no name") }
        func step(_ input: Input) {
            effects.removeAll()
            engine.step(
                input, at: Moment(boottime: OwnJournal.now().boottime, wallMicroseconds: 1_700_000_000_000_000), into: &effects)
            own.commit(effects.events, effects.lives)
        }
        func eachMicroseconds(_ range: Range<Int>, _ body: (Int) -> Void) -> Double {
            let start = Ticks.now()
            for number in range { body(number) }
            return Double(Ticks.now() - start) / 1000 / Double(range.count)
        }
        let ask = { (number: Int) in step(.lock(SessionID(UInt64(number)), LockRequest(resource: name, mode: .exclusive))) }
        let release = { (number: Int) in step(.unlock(SessionID(UInt64(number)), name, .exited(status: 0))) }
        let sample = 1000
        let first = eachMicroseconds(0..<sample, ask)
        _ = eachMicroseconds(sample..<size - sample, ask)
        let last = eachMicroseconds(size - sample..<size, ask)
        let handOver = eachMicroseconds(0..<sample, release)
        return [
            Figure(name: "first thousand join, each", value: first, unit: .microseconds),
            Figure(name: "last thousand join, each", value: last, unit: .microseconds),
            Figure(name: "hand-over among all", value: handOver, unit: .microseconds),
        ]
    }
}

/// The cost of commits alone.
struct JournalLoad {
    let directory: String

    func figures(seconds: Int) -> [Figure] {
        SyncLevel.allCases.flatMap { level in
            [1, 64].flatMap { requests in rows(level, requestsPerCommit: requests, seconds: seconds) }
        }
    }

    /// A request is three events: asked, granted, released.
    private func rows(_ level: SyncLevel, requestsPerCommit: Int, seconds: Int) -> [Figure] {
        let own = OwnJournal(directory, level)
        defer { own.close() }
        guard let name = try? ResourceName(Array("R".utf8)) else { Bench.fail("R is no name") }
        var number: Int64 = 0
        var commits = 0
        var samples = Samples()
        let start = Ticks.now()
        let end = start + Int64(seconds) * 1_000_000_000 / 4
        while Ticks.now() < end {
            var events: [Event] = []
            for _ in 0..<requestsPerCommit {
                number += 1
                let id = RequestID(number)
                events.append(Event(id, .requested(LockRequest(resource: name, mode: .exclusive))))
                events.append(Event(id, .granted(FencingToken(1 << 37 + number))))
                events.append(Event(id, .released(.exited(status: 0))))
            }
            let begun = Ticks.now()
            own.commit(events)
            if level == .always { do { try own.journal.sync() } catch { Bench.fail("\(error)") } }
            samples.add(Ticks.now() - begun)
            commits += 1
            do { try own.journal.checkpointIfDue() } catch { Bench.fail("\(error)") }
        }
        let label = "\(level.rawValue), \(requestsPerCommit) a commit:"
        let rate = Double(number * 3) / (Double(Ticks.now() - start) / 1e9)
        return [Figure(name: "\(label) events", value: rate, unit: .perSecond)] + samples.figures("\(label) commit", [50, 99.9])
    }
}
