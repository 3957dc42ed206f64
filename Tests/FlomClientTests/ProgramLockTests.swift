import FlomModel
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import Synchronization
import Testing

@testable import FlomClient

/// Locks of a program, and a daemon that does what a script says.
@Suite struct ProgramLockTests {
    private static func answer(_ step: LockAnswer.Step, _ code: ReturnCode, _ request: String = "a:7") -> ScriptedDaemon.Act {
        var answer = LockAnswer(step: step, code: code)
        var details = AnswerDetails()
        details.request = request
        if code == .granted { details.token = FencingToken(epoch: 0, counter: 5) }
        answer.details = details
        return .says(.answer(answer))
    }

    private static let granted = answer(.first, .granted)
    private static let queued = answer(.first, .queued)
    private static let locks: [ScriptedDaemon.Act] = [.hears("lock"), granted]
    private static let unlocks: [ScriptedDaemon.Act] = [.hears("unlock"), .says(.unlocked)]

    private static func endpoint(_ daemon: ScriptedDaemon) -> ProgramEndpoint {
        ProgramEndpoint(ProgramEndpoint.Way(.unix(path: daemon.path, isDefault: false)))
    }

    private static func terms(timeout: Int32 = -1) -> LockTerms {
        var terms = LockTerms(LockStory.one)
        terms.timeoutMilliseconds = timeout
        return terms
    }

    private static func wait(_ what: String, _ condition: () -> Bool) {
        let limit = Deadline.after(milliseconds: 20_000)
        while !condition() {
            if limit.hasPassed {
                Issue.record("it never happened that \(what)")
                return
            }
            Clock.sleep(milliseconds: 1)
        }
    }

    @Test func oneConnectionServesLocksOneAfterTheOther() throws {
        let daemon = try ScriptedDaemon([.accepts] + Self.locks + Self.unlocks + Self.locks + Self.unlocks)
        let endpoint = Self.endpoint(daemon)
        try daemon.play {
            for _ in 0..<2 {
                let lock = try ProgramLock(Self.terms(), at: endpoint)
                try lock.acquire()
                #expect(lock.granted.map(\.requestID) == ["a:7"])
                #expect(lock.release(.unlocked(rollback: false)) == .released)
            }
        }
        #expect(daemon.failure == nil && daemon.heard == ["lock", "unlock", "lock", "unlock"])
    }

    @Test func aKeptConnectionThatHasEndedIsReplaced() throws {
        let script: [ScriptedDaemon.Act] =
            [.accepts] + Self.locks + Self.unlocks + [.closes, .pauses, .accepts] + Self.locks + Self.unlocks
        let daemon = try ScriptedDaemon(script)
        let endpoint = Self.endpoint(daemon)
        try daemon.play {
            for number in 0..<2 {
                let lock = try ProgramLock(Self.terms(), at: endpoint)
                try lock.acquire()
                #expect(lock.release(.unlocked(rollback: false)) == .released)
                if number == 0 {
                    Self.wait("it is closed") { daemon.isPaused }
                    daemon.goOn()
                }
            }
        }
        #expect(daemon.failure == nil && daemon.connections == 2)
    }

    @Test func aConnectionIsClosedWhenItIsNotNeededForAWhile() throws {
        let daemon = try ScriptedDaemon([.accepts] + Self.locks + Self.unlocks + [.hearsTheEnd])
        let endpoint = Self.endpoint(daemon)
        try daemon.play {
            let lock = try ProgramLock(Self.terms(), at: endpoint)
            try lock.acquire()
            #expect(lock.release(.unlocked(rollback: false)) == .released)
        }
        #expect(daemon.failure == nil)
    }

    @Test func aWaitIsCancelledByAnotherThread() throws {
        let daemon = try ScriptedDaemon([.accepts, .hears("lock"), Self.queued, .hears("unlock"), .says(.unlocked)])
        let endpoint = Self.endpoint(daemon)
        try daemon.play {
            let lock = try ProgramLock(Self.terms(), at: endpoint, description: [Array("me".utf8)])
            let thread = try SystemThread.start(
                Body {
                    Self.wait("it is asked for") { daemon.heard.contains("describe") || daemon.heard.contains("lock") }
                    lock.cancel()
                })
            defer { pthread_join(thread, nil) }
            var outcome = "held"
            do { try lock.acquire() } catch { outcome = "\(error)" }
            #expect(outcome == "cancelled")
        }
        #expect(daemon.failure == nil && daemon.heard.last == "unlock")
    }

    /// It was granted when nobody wanted it any more.
    @Test func aGrantThatMeetsACancellationIsReleased() throws {
        let daemon = try ScriptedDaemon(
            [.accepts, .hears("lock"), Self.queued, .pauses, Self.answer(.later, .granted)] + Self.unlocks)
        let endpoint = Self.endpoint(daemon)
        let outcome = Mutex("nothing")
        try daemon.play {
            let lock = try ProgramLock(Self.terms(), at: endpoint)
            lock.acquire { result in outcome.withLock { $0 = if case .success = result { "held" } else { "not held" } } }
            Self.wait("it waits") { daemon.isPaused }
            lock.cancel()
            daemon.goOn()
        }
        #expect(daemon.failure == nil && outcome.withLock(\.self) == "not held")
    }

    @Test func aHolderIsTendedWhileTheProgramDoesSomethingElse() throws {
        let daemon = try ScriptedDaemon(
            [.accepts] + Self.locks + [.closes, .accepts, .hears("lock"), Self.granted, .hears("unlock"), .says(.unlocked)])
        let endpoint = Self.endpoint(daemon)
        let changes = Mutex<[String]>([])
        try daemon.play {
            let lock = try ProgramLock(Self.terms(), at: endpoint) { change in changes.withLock { $0.append("\(change)") } }
            try lock.acquire()
            Self.wait("it is back") { changes.withLock(\.count) == 2 }
            #expect(lock.release(.unlocked(rollback: false)) == .released)
        }
        #expect(daemon.failure == nil && changes.withLock(\.self) == ["daemonLost", "daemonBack"])
    }

    @Test func aLockOfAnOldDaemonIsLostWithIt() throws {
        let old = ScriptedDaemon.Act.says(.answer(LockAnswer(step: .first, code: .granted)))
        let daemon = try ScriptedDaemon([.accepts, .hears("lock"), old, .closes])
        let endpoint = Self.endpoint(daemon)
        let isLost = Mutex(false)
        try daemon.play {
            let lock = try ProgramLock(Self.terms(), at: endpoint) { change in
                if case .lost = change { isLost.withLock { $0 = true } }
            }
            try lock.acquire()
            Self.wait("it is lost") { isLost.withLock(\.self) }
            #expect(lock.release(.unlocked(rollback: false)) == .lost)
        }
        #expect(daemon.failure == nil)
    }

    @Test func anOldDaemonIsNotAskedForSeveral() throws {
        let old = ScriptedDaemon.Act.says(.answer(LockAnswer(step: .first, code: .granted)))
        let daemon = try ScriptedDaemon([.accepts, .hears("lock"), old, .hears("unlock"), .hearsTheEnd])
        let endpoint = Self.endpoint(daemon)
        try daemon.play {
            var terms = LockTerms(LockStory.one + LockStory.one)
            terms.parts[1].resource = try ResourceName(Array("R2".utf8))
            let lock = try ProgramLock(terms, at: endpoint)
            var outcome = "held"
            do throws(ProgramLock.Failure) { try lock.acquire() } catch { outcome = error.sentence(terms, at: endpoint) }
            #expect(outcome.contains("which locks one resource at a time, not 'db', 'R2' at once"))
        }
        #expect(daemon.failure == nil)
    }

    @Test func timersComeInTheirOrder() {
        var heap = TimerHeap()
        for (index, at) in [5, 3, 9, 1, 7, 3, 2].enumerated() {
            heap.insert(.init(at: Int64(at), tag: UInt64(index), version: 0))
        }
        var order: [Int64] = []
        while let first = heap.first {
            order.append(first.at)
            heap.removeFirst()
        }
        #expect(order == [1, 2, 3, 3, 5, 7, 9])
    }

    /// A job does not wait behind one that blocks because a thread was just about to take both.
    @Test func aThreadThatIsCalledCountsOnce() {
        let helpers = HelperThreads(mostPerKey: 2)
        let isBlocked = Mutex(true)
        let done = Mutex(0)
        for round in 0..<50 {
            isBlocked.withLock { $0 = true }
            // One thread is idle now.
            #expect(helpers.run(for: 1) { done.withLock { $0 += 1 } })
            Self.wait("it is done") { done.withLock(\.self) == 3 * round + 1 }
            #expect(
                helpers.run(for: 1) {
                    while isBlocked.withLock(\.self) { usleep(1000) }
                    done.withLock { $0 += 1 }
                })
            #expect(helpers.run(for: 2) { done.withLock { $0 += 1 } })
            Self.wait("the other job is done") { done.withLock(\.self) == 3 * round + 2 }
            isBlocked.withLock { $0 = false }
            Self.wait("both are done") { done.withLock(\.self) == 3 * round + 3 }
        }
    }

    /// An endpoint that does not answer leaves threads for others.
    @Test func helpersAreFewAndSharedFairly() {
        let helpers = HelperThreads(mostPerKey: 2)
        let isBlocked = Mutex(true)
        let running = Mutex(0)
        let done = Mutex(0)
        for _ in 0..<5 {
            #expect(
                helpers.run(for: 1) {
                    running.withLock { $0 += 1 }
                    while isBlocked.withLock(\.self) { Clock.sleep(milliseconds: 1) }
                    done.withLock { $0 += 1 }
                })
        }
        #expect(helpers.run(for: 2) { done.withLock { $0 += 100 } })
        Self.wait("the other endpoint is served") { done.withLock(\.self) == 100 }
        #expect(running.withLock(\.self) <= 2)
        isBlocked.withLock { $0 = false }
        Self.wait("all is done") { done.withLock(\.self) == 105 }
    }

    private final class Body: ThreadBody {
        private let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        func run() { body() }
    }
}
