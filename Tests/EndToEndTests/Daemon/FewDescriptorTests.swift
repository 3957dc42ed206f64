import FlomTestKit
import Foundation
import Testing

/// A daemon that was started with few descriptors: free locks are given, nested requests come in, and all others have their
/// turn.
@Suite struct FewDescriptorTests {
    /// With 64 descriptors about 15 are for connections, a dozen of them for holders and eight for holders or waiters.
    private func startDaemon(_ box: Sandbox, descriptors: Int = 64) async throws {
        let words = ["sh", "-c", "ulimit -n \(descriptors); exec \"$@\"", "sh"] + Conditions.withoutRightsOverLimits
        let started = try await box.run(words + [box.program] + box.options + ["-r", "warmup", "--", "true"])
        try #require(started.status == 0, "\(started)")
    }

    private func crowd(_ box: Sandbox, _ count: Int, for resource: String) async throws -> [RunningProcess] {
        let crowd = try (0..<count).map { _ in try box.startFlom("-d", "0", "-r", resource, "--", "true") }
        // By then each client has a place, or has heard that there is none.
        try await eventually("some have been sent away") {
            try await box.status().count { $0.outcome == "waiting" } >= 5
                && crowd.contains { $0.errorsSoFar.contains("no descriptor for one more command") }
        }
        return crowd
    }

    @Test func everybodyHasHisTurn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await startDaemon(box)
        let holder = try await box.hold("db")
        let crowd = try await crowd(box, 40, for: "db")
        let free = try await box.flom("-d", "0", "-r", "free", "-o", "0", "--", "true")
        #expect(free.status == 0, "\(free)")
        let limited = try await box.flom("-d", "0", "-r", "db", "-o", "500", "--", "true")
        #expect(limited.status == 98 && limited.errors.contains("the lock was not free"), "\(limited)")
        #expect(try await box.flom("-d", "0", "-r", "db", "-o", "0", "--", "true").status == 98)
        try await holder.letGo()
        for waiter in crowd {
            let ended = try await waiter.wait(within: .seconds(60))
            #expect(ended.status == 0, "\(ended)")
        }
        #expect(try await box.history(of: "db").count { $0.outcome == "released" } == 41)
    }

    @Test func nestedRequestsAndPeopleComeIn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await startDaemon(box)
        let gate = try box.gate("go")
        let flom = ([box.program] + box.options).joined(separator: " ")
        let outer = try box.startFlom("-r", "db", "--", "sh", "-c", "cat \(gate.path); \(flom) -d 0 -r inner -- echo nested")
        try await eventually("it holds") { try await box.status().contains { $0.outcome == "held" } }
        let crowd = try await crowd(box, 40, for: "db")
        #expect(try await box.flom("--check").status == 0)
        let waiting = try #require(try await box.status().first { $0.outcome == "waiting" })
        let broken = try await box.flom("--break", "--request", "\(waiting.request)", "--yes")
        #expect(broken.status == 0, "\(broken)")
        #expect(try await box.flom("-x").status == 0)
        try await gate.open()
        let ended = try await outer.wait()
        #expect(ended.status == 0 && ended.output == "nested\n", "\(ended)")
        for waiter in crowd { try await waiter.wait(within: .seconds(60)) }
    }

    /// No client is told that another has the lock where none has.
    @Test func aClientThatCannotHoldForLackOfRoomIsToldSo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await startDaemon(box)
        let gate = try box.gate("end")
        let holders = try (0..<30).map { try box.startFlom("-d", "0", "-r", "R\($0)", "--", "cat", gate.path) }
        try await eventually("there is no room for all of them") {
            holders.contains { $0.errorsSoFar.contains("no descriptor for one more command") }
        }
        let refused = try await box.flom("-d", "0", "-r", "OneMore", "-o", "0", "--", "true")
        #expect(refused.status == 99 && refused.errors.contains("no descriptor for one more lock"), "\(refused)")
        for holder in holders {
            kill(holder.pid, SIGTERM)
            try await holder.wait()
        }
        #expect(try await box.flom("-d", "0", "-r", "OneMore", "-o", "0", "--", "true").status == 0)
    }

    /// A daemon with the right to do so lifts its starter's limits.
    @Test(.enabled(if: Conditions.mayLiftLimits, "needs CAP_SYS_RESOURCE")) func rootsDaemonIsNotBoundByThem() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ["sh", "-c", "ulimit -n 64; exec \"$@\"", "sh", box.program] + box.options + ["-r", "warmup", "--", "true"]
        #expect(try await box.run(words).status == 0)
        let limits = try #require(Files.text(of: "/proc/\(box.daemonPID ?? 0)/limits"))
        let files = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        let numbers = files.split(separator: " ").compactMap { Int($0) }
        #expect(numbers.count == 2 && numbers.allSatisfy { $0 > 20_000 }, "\(files)")
    }

    /// Too few descriptors for any daemon: a sentence, and nothing hangs.
    @Test(arguments: [8, 12, 16, 20, 24])
    func aDaemonThatCannotServeSaysSo(descriptors: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ["sh", "-c", "ulimit -n \(descriptors); exec \"$@\"", "sh"] + Conditions.withoutRightsOverLimits
        let ended = try await box.run(words + [box.program] + box.options + ["-r", "R", "--", "true"])
        #expect(ended.status == 0 || (ended.status == 99 && !ended.errors.isEmpty), "\(ended)")
    }
}
