import FlomTestKit
import Foundation
import Testing

/// The daemon is killed at every single call by which it changes a file or answers, while three clients use every kind of resource.
/// Its clients start the next daemon by themselves, and every promise is kept.
///
/// `tools/test` runs an even spread of the commonest calls; `tools/crash-points` runs them all.
@Suite(.serialized, .enabled(if: Conditions.canTrace && JournalQuery.isPossible, "needs strace, and Python with SQLite"))
struct CrashPointTests {
    private static let runsAll = ProcessInfo.processInfo.environment["FLOM_CRASH_POINTS"] == "all"
    /// The greatest number of points for one system call.
    private static let spread = 16
    private static let atOnce = 6

    /// The occurrences of a call that are run, of `count`.
    private static func occurrences(_ count: Int) -> [Int] {
        if runsAll || count <= spread { return Array(1...max(count, 1)) }
        return (0..<spread).map { 1 + $0 * (count - 1) / (spread - 1) }
    }

    @Test func noCrashBreaksAPromise() async throws {
        let undisturbed = try await CrashRun(nil)
        #expect(undisturbed.findings.isEmpty && !undisturbed.wasKilled, "\(undisturbed.findings)")
        #expect(try #require(undisturbed.counts["pwrite64"]) >= 200)
        let points = CrashPoint.calls.flatMap { call in
            (undisturbed.counts[call].map(Self.occurrences) ?? []).map { CrashPoint(call: call, occurrence: $0) }
        }
        let runs = try await run(points)
        let killed = runs.count(where: \.wasKilled)
        print("crash points: \(points.count) of \(undisturbed.counts) chosen, \(killed) daemons killed at them")
        #expect(points.count >= (Self.runsAll ? 300 : 45))
        // Runs differ: a few make fewer calls than the counted run.
        #expect(killed * 10 >= points.count * 9)
    }

    /// The daemon begins with a log that is nearly due for a checkpoint, and carries it over while the clients go on.
    @Test func noCrashInACheckpointBreaksAPromise() async throws {
        // Each run has a journal of its own, whose id distinguishes its commands from those of other runs.
        let prepare: @Sendable (Sandbox) async throws -> Void = { box in
            try await JournalFiles.left(logPages: 3900).write(to: box)
        }
        let undisturbed = try await CrashRun(nil, prepare: prepare)
        #expect(undisturbed.findings.isEmpty, "\(undisturbed.findings)")
        #expect(undisturbed.databaseWrites > 5)
        var points = stride(from: 1, through: undisturbed.databaseWrites, by: Self.runsAll ? 1 : 2).map {
            CrashPoint(call: "pwrite64", occurrence: $0, file: "journal")
        }
        // Before the pages are carried over their log is synced, afterwards the database is.
        points += [1, 2].map { CrashPoint(call: "fdatasync", occurrence: $0, file: "journal") }
        let killed = try await run(points, prepare: prepare).count(where: \.wasKilled)
        let writes = undisturbed.databaseWrites
        print("crash points: \(points.count) in a checkpoint of \(writes) writes, \(killed) daemons killed at them")
        #expect(killed >= 5)
    }

    /// Shows that the tests above would notice a fault.
    @Test(arguments: [
        "UPDATE event SET at = at + 1 WHERE number = 4", "DELETE FROM event WHERE kind = 'released'",
        "UPDATE request SET outcome = 'timed_out'",
    ])
    func theAuditNoticesChanges(sql: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.killDaemon()
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
        _ = try await JournalQuery.rows(sql, of: box.journal, in: box)
        #expect(try await !JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// Runs the points, a few at once.
    private func run(
        _ points: [CrashPoint], prepare: @escaping @Sendable (Sandbox) async throws -> Void = { _ in }
    ) async throws -> [CrashRun] {
        var runs: [CrashRun] = []
        try await withThrowingTaskGroup(of: (CrashPoint, CrashRun).self) { group in
            var rest = points[...]
            func startNext() {
                guard let point = rest.popFirst() else { return }
                group.addTask {
                    do { return (point, try await CrashRun(point, prepare: prepare)) } catch {
                        throw NeverHappened(description: "\(point): \(error)")
                    }
                }
            }
            for _ in 0..<Self.atOnce { startNext() }
            while let (point, result) = try await group.next() {
                #expect(result.findings.isEmpty, "\(point): \(result.findings.joined(separator: "\n"))")
                runs.append(result)
                startNext()
            }
        }
        return runs
    }
}
