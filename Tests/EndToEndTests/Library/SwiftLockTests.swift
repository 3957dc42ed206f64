import FlomClient
import FlomTestKit
import Foundation
import Testing

/// Locks of a Swift program: this one.
@Suite struct SwiftLockTests {
    private static func endpoint(_ box: Sandbox) -> FlomEndpoint { .local(socket: box.socket, starting: nil) }

    /// Whether a command gets the lock at once.
    private static func isFree(_ resource: String, _ box: Sandbox) async throws -> Bool {
        try await box.flom("-r", resource, "-o", "0", "--", "true").status == 0
    }

    private static func row(_ resource: String, _ box: Sandbox, outcome: String = "held") async throws -> ReportRow? {
        try await box.status().first { $0.resource == resource && $0.clientPID == getpid() && $0.outcome == outcome }
    }

    @Test func aBodyRunsUnderTheLock() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let token = try await FlomLock.withLock("db", timeout: .seconds(20), at: Self.endpoint(box)) { lock in
            #expect(lock.state == .held && lock.element == nil && lock.requestID != nil)
            #expect(try await !Self.isFree("db", box))
            // Its program is shown when the lock is a moment old.
            let row = try await found("the holder is described") {
                try await Self.row("db", box).flatMap { $0.command == nil ? nil : $0 }
            }
            #expect(row.command?.first == CommandLine.arguments[0])
            return lock.fencingToken
        }
        #expect(try await Self.isFree("db", box))
        let rows = try await box.history(of: "db")
        #expect(rows.map(\.outcome) == ["released", "refused", "released"])
        #expect(token != nil && token == rows[0].fencingToken.map(Int64.init))
    }

    @Test func theBodysErrorPassesAndTheLockIsFree() async throws {
        struct Mistake: Error {}
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        await #expect(throws: Mistake.self) {
            try await FlomLock.withLock("db", at: Self.endpoint(box)) { _ in throw Mistake() }
        }
        #expect(try await Self.isFree("db", box))
    }

    @Test func sequencesAreCommittedOrRolledBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        func next(_ ending: FlomLock.Ending?) async throws -> String? {
            var options = FlomLock.Options()
            options.idleLifespan = .seconds(60)
            let lock = try await FlomLock.acquire("_S_n[1]", at: Self.endpoint(box), options: options)
            if let ending { #expect(await lock.release(ending) == .confirmed) }
            return lock.element
        }
        #expect(try await next(.commit) == "1")
        #expect(try await next(.rollback) == "2")
        #expect(try await next(.commit) == "2")
        // Forgotten.
        #expect(try await next(nil) == "3")
        try await eventually("what was forgotten is given again") { try await next(.commit) == "3" }
    }

    @Test func severalResourcesAtOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let wanted: [FlomResource] = [
            "db", FlomResource("licence[3]", quantity: 2), "red.green", FlomResource("/srv/a", mode: .protectedRead),
        ]
        try await FlomLock.withLock(wanted, at: Self.endpoint(box)) { lock async throws -> Void in
            #expect(lock.grants.map(\.resource) == wanted)
            #expect(lock.grants.map(\.element) == [nil, nil, "red", nil])
            #expect(Set(lock.grants.map(\.fencingToken)).count == 4 && Set(lock.grants.map(\.requestID)).count == 4)
            #expect(try await box.flom("-r", "licence[3]", "-q", "2", "-o", "0", "--", "true").status == 98)
            #expect(try await box.flom("-r", "licence[3]", "-q", "1", "-o", "0", "--", "true").status == 0)
            #expect(try await box.flom("-r", "/srv/a", "-l", "PR", "-o", "0", "--", "true").status == 0)
        }
        for resource in ["db", "licence[3]", "/srv/a"] { #expect(try await Self.isFree(resource, box)) }
    }

    @Test func eachFailureHasItsKind() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let endpoint = Self.endpoint(box)
        func failure(
            _ name: String, quantity: Int = 1, timeout: Duration? = nil, at endpoint: FlomEndpoint, creates: Bool = true
        ) async -> FlomError? {
            var options = FlomLock.Options()
            options.creates = creates
            do {
                _ = try await FlomLock.acquire(name, quantity: quantity, timeout: timeout, at: endpoint, options: options)
                return nil
            } catch { return error as? FlomError }
        }
        let lock = try await FlomLock.acquire("db", at: endpoint)
        guard case .busy = await failure("db", timeout: .zero, at: endpoint) else { throw NeverHappened(description: "busy") }
        guard case .timedOut(let reason) = await failure("db", timeout: .milliseconds(80), at: endpoint) else {
            throw NeverHappened(description: "timedOut")
        }
        #expect(reason == "the lock on 'db' was not obtained within 80 ms")
        guard case .noSuchResource = await failure("nothing", timeout: .zero, at: endpoint, creates: false) else {
            throw NeverHappened(description: "noSuchResource")
        }
        guard case .impossible = await failure("pool[2]", quantity: 3, at: endpoint) else {
            throw NeverHappened(description: "impossible")
        }
        guard case .invalidName(let name) = await failure("a b", at: endpoint) else {
            throw NeverHappened(description: "invalidName")
        }
        #expect(name.hasPrefix("'a b' is not the name of a resource: "))
        for quantity in [0, -1, Int.max] {
            guard case .invalidValue = await failure("pool[2]", quantity: quantity, at: endpoint) else {
                throw NeverHappened(description: "invalidValue")
            }
        }
        guard case .invalidValue = await failure("db", timeout: .seconds(-1), at: endpoint) else {
            throw NeverHappened(description: "a negative timeout")
        }
        guard case .unreachable(let place) = await failure("db", at: .local(socket: box.path("nobody"), starting: nil)) else {
            throw NeverHappened(description: "unreachable")
        }
        #expect(place == "no daemon listens on '\(box.path("nobody"))'")
        guard case .unreachable = await failure("db", at: .local(socket: String(repeating: "x", count: 200), starting: nil))
        else {
            throw NeverHappened(description: "a long path")
        }
        let missing = FlomProgram(program: "/no/such/flom")
        guard case .unreachable(let program) = await failure("db", at: .local(socket: box.path("other"), starting: missing))
        else {
            throw NeverHappened(description: "no program")
        }
        #expect(program.contains("'/no/such/flom'") && program.contains("FLOM_PROGRAM"))
        await lock.release()
    }

    @Test func aDeadlockIsRefused() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let endpoint = Self.endpoint(box)
        await #expect(throws: FlomError.self) {
            try await FlomLock.withLock("db", at: endpoint) { _ in
                try await FlomLock.withLock("db", at: endpoint) { _ in Issue.record("it is held twice") }
            }
        }
        #expect(try await Self.isFree("db", box))
    }

    @Test func theDaemonIsStartedOnDemand() async throws {
        let box = try Sandbox()
        defer {
            if let pid = box.daemonPID { kill(pid, SIGKILL) }
            box.close()
        }
        let daemon = FlomProgram(program: box.program, lifespan: .seconds(60), options: ["--journal", box.journal])
        let endpoint = FlomEndpoint.local(socket: box.socket, starting: daemon)
        let lock = try await FlomLock.acquire("db", at: endpoint)
        // To start it has left nothing on record.
        #expect(try await box.history().map(\.resource) == ["db"])
        // The one that the library starts by itself is as good.
        let old = try #require(box.daemonPID)
        try await box.killDaemon()
        try await eventually("another daemon runs") { box.daemonPID != old && box.daemonPID != nil }
        try await eventually("the lock has come back") { try await Self.row("db", box) != nil }
        try await eventually("it is held again") { lock.state == .held }
        #expect(await lock.release() == .confirmed)
        #expect(try await box.history().map(\.outcome) == ["released"])
    }

    /// Locks that a task has taken one after the other use one connection.
    @Test func connectionsAreUsedAgainAndEndWhenNobodyNeedsThem() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        func connections() -> Int {
            let text = Files.text(of: "/proc/net/unix") ?? ""
            return text.split(separator: "\n").count { $0.hasSuffix(" " + box.socket) && !$0.contains(" 00010000 ") }
        }
        for _ in 0..<50 {
            try await FlomLock.withLock("db", at: Self.endpoint(box)) { _ in }
            #expect(connections() <= 1)
        }
        try await eventually("the connection is closed") { connections() == 0 }
        #expect(try await box.history(of: "db").count(where: { $0.outcome == "released" }) == 50)
    }
}
