import FlomClient
import FlomTestKit
import Foundation
import Synchronization
import Testing

/// Cancelled tasks, killed daemons and ended processes, seen from a Swift program.
@Suite struct SwiftLossTests {
    private static func endpoint(_ box: Sandbox) -> FlomEndpoint { .local(socket: box.socket, starting: nil) }

    private static func isFree(_ resource: String, _ box: Sandbox) async throws -> Bool {
        try await box.flom("-r", resource, "-o", "0", "--", "true").status == 0
    }

    private static func waits(for resource: String, _ box: Sandbox, _ count: Int = 1) async throws {
        try await eventually("\(count) wait for \(resource)") {
            try await box.status().count { $0.resource == resource && $0.outcome == "waiting" && $0.clientPID == getpid() }
                == count
        }
    }

    // MARK: - Cancellation

    @Test func aCancelledTaskLeavesTheQueueAtOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let endpoint = Self.endpoint(box)
        let holder = try await FlomLock.acquire("db", at: endpoint)
        let task = Task { try await FlomLock.withLock("db", at: endpoint) { _ in Issue.record("it has the lock") } }
        try await Self.waits(for: "db", box)
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await Self.waits(for: "db", box, 0)
        #expect(try await box.history(of: "db").last?.outcome == "withdrawn")
        await holder.release()
        #expect(try await Self.isFree("db", box))
    }

    @Test func manyAreCancelledWhileTheLockPassesFromOneToTheNext() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let endpoint = Self.endpoint(box)
        let tally = Tally()
        let tasks = (0..<60).map { _ in
            Task {
                try await FlomLock.withLock("db", at: endpoint) { _ in
                    tally.enter()
                    await Task.yield()
                    tally.leave()
                }
            }
        }
        for (index, task) in tasks.enumerated() where index % 2 == 0 {
            task.cancel()
            await Task.yield()
        }
        for task in tasks { _ = await task.result }
        #expect(tally.most == 1)
        try await eventually("nobody waits or holds") { try await box.status().isEmpty }
        #expect(try await Self.isFree("db", box))
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// The daemon is killed, and the waiter is cancelled before the next one runs: that one finds the request in its journal.
    @Test func nothingIsLeftOfAWaiterThatIsCancelledWithoutADaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let endpoint = Self.endpoint(box)
        let task = Task { try await FlomLock.acquire("db", at: endpoint) }
        try await Self.waits(for: "db", box)
        holder.process.send(SIGSTOP)
        try await box.killDaemon()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await box.startDaemon()
        holder.process.send(SIGCONT)
        try await Self.waits(for: "db", box, 0)
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    // MARK: - The daemon

    @Test func aHolderKeepsItsLockWhenTheDaemonIsKilled() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let lock = try await FlomLock.acquire("db", at: Self.endpoint(box))
        let states = lock.states
        var seen = states.makeAsyncIterator()
        #expect(await seen.next() == .held)
        for _ in 0..<3 {
            let request = try await box.status().first?.request
            try await box.killDaemon()
            #expect(await seen.next() == .daemonLost)
            try await box.startDaemon()
            #expect(await seen.next() == .held)
            try await eventually("it is on the new daemon") { try await box.status().first?.outcome == "held" }
            #expect(try await box.status().first?.request == request)
            #expect(try await !Self.isFree("db", box))
        }
        #expect(await lock.release() == .confirmed)
        #expect(await seen.next() == .released)
        #expect(await seen.next() == nil)
        #expect(try await Self.isFree("db", box))
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    @Test func waitersKeepTheirPlacesWhenTheDaemonIsKilled() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let endpoint = Self.endpoint(box)
        let holder = try await FlomLock.acquire("db", at: endpoint)
        let tally = Tally()
        var tasks: [Task<Void, any Error>] = []
        for number in 1...5 {
            tasks.append(Task { try await FlomLock.withLock("db", at: endpoint) { _ in tally.note(number) } })
            try await Self.waits(for: "db", box, number)
        }
        for _ in 0..<2 {
            try await box.killDaemon()
            try await box.startDaemon()
            try await eventually("all have come back") {
                let rows = try await box.status()
                return rows.count == 6
            }
        }
        await holder.release()
        for task in tasks { try await task.value }
        #expect(tally.order == [1, 2, 3, 4, 5])
        #expect(try await JournalAudit.findings(of: box.journal, in: box, inOrder: "db").isEmpty)
    }

    /// The lock is let go of while no daemon runs: the next one, whoever starts it, is told.
    @Test func aLateReleaseReachesTheNextDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let lock = try await FlomLock.acquire("db", at: Self.endpoint(box))
        try await box.killDaemon()
        #expect(await lock.release() == .untold)
        try await box.startDaemon()
        try await eventually("the lock is free") { try await Self.isFree("db", box) }
        #expect(try await box.history(of: "db").first?.outcome == "released")
    }

    // MARK: - Loss

    @Test func aLockThatIsTakenAwayCancelsTheBody() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let endpoint = Self.endpoint(box)
        let task = Task {
            try await FlomLock.withLock("db", at: endpoint) { _ in
                try await eventually("this is broken") {
                    _ = try await box.flom("-r", "db", "--break", "--yes", "--reason", "a test")
                    return false
                }
            }
        }
        do {
            try await task.value
            Issue.record("it goes on without the lock")
        } catch let FlomError.lockLost(reason) {
            #expect(reason.contains("a test"))
        }
        #expect(!task.isCancelled)
        #expect(try await Self.isFree("db", box))
    }

    @Test func aBodyThatKeepsGoingIsTold() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let ended = try await FlomLock.withLock("db", at: Self.endpoint(box), onLost: .keepGoing) {
            lock async throws -> FlomLock in
            #expect(try await box.flom("-r", "db", "--break", "--yes", "--reason", "a test").status == 0)
            for await state in lock.states { if case .lost = state { break } }
            return lock
        }
        #expect(await ended.release() == .lostBefore)
    }
}

/// Who was under a lock.
private final class Tally: Sendable {
    private struct State {
        var holders = 0
        var most = 0
        var order: [Int] = []
    }

    private let state = Mutex(State())

    /// The most that were there at the same time.
    var most: Int { state.withLock(\.most) }
    var order: [Int] { state.withLock(\.order) }

    func enter() {
        state.withLock { state in
            state.holders += 1
            state.most = max(state.most, state.holders)
        }
    }

    func leave() { state.withLock { $0.holders -= 1 } }
    func note(_ number: Int) { state.withLock { $0.order.append(number) } }
}
