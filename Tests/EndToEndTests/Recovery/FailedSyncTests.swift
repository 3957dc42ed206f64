import FlomTestKit
import Foundation
import Testing

/// A device that fails once: the kernel drops the pages that it could not write, and the next sync succeeds without them.
@Suite(
    .enabled(if: Conditions.canTrace && JournalQuery.isPossible, "needs strace, and Python with SQLite"))
struct FailedSyncTests {
    /// Lets the syncs of a daemon fail until a client has waited for one in vain.
    private func failSyncs(of daemon: pid_t, in box: Sandbox) async throws {
        // The daemon's own regular sync is not the one that fails.
        try await box.recordFollows()
        let strace = try box.start(
            ["strace", "-f", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-o", "/dev/null", "-p", "\(daemon)"])
        try await eventually("strace is attached") { strace.errorsSoFar.contains("attached") }
        let unanswered = try await box.flom("-r", "_s_n[1]", "-o", "500", "-i", "60000", "--", "echo", "ran")
        #expect(unanswered.status == 99 && unanswered.output.isEmpty, "\(unanswered)")
        try await eventually("the record tells of it") { box.recorded("sync-failed") == "yes" }
        strace.send(SIGINT)
        try await strace.wait()
    }

    @Test func nothingIsGivenUntilTheNextDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        try await failSyncs(of: daemon, in: box)
        // The device works again, and still no lock is given.
        let refused = try await box.flom("-r", "R", "-o", "0", "--", "echo", "ran")
        #expect(refused.status == 99 && refused.errors.contains("could not be synced"), "\(refused)")
        #expect(try await box.flom("--restart").status == 0)
        #expect(box.recorded("sync-failed") == "no")
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "echo", "ran").output == "ran\n")
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// - Parameter knows: whether the next daemon is told. If not, it gives answers that a loss of power takes back: this shows that the test works.
    @Test(arguments: [true, false]) func theNextDaemonWritesAnewWhatTheDeviceLacks(knows: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon("--sync", "always")
        // The writes that follow have not reached the device.
        let device = JournalFiles(of: box)
        try await failSyncs(of: daemon, in: box)
        try await box.killDaemon()
        if !knows {
            let record = try #require(Files.text(of: box.record))
            try Files.write(record.replacing("sync-failed=yes", with: "sync-failed=no"), to: box.record)
        }
        let file = box.path("trace")
        let tracer = try box.start(
            PowerAudit.strace + [file, box.program] + box.options + ["-r", "warmup", "--", "touch", "started"])
        try await eventually("the daemon serves: \(tracer.errorsSoFar)") { Files.exists(box.path("started")) }
        for _ in 1...3 { #expect(try await box.flom("-r", "_s_n[1]", "-i", "60000", "--", "true").status == 0) }
        kill(try #require(box.daemonPID), SIGTERM)
        try await tracer.wait()
        let audit = try await PowerAudit(of: file, from: device, allGrants: true)
        #expect(audit.promises == 4)
        #expect(audit.findings.isEmpty == knows, "\(audit.findings)")
    }

    /// A daemon whose first sync fails does not serve, and the next one does not trust its files.
    @Test func aSyncThatFailsAtTheStartIsRemembered() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run(
            ["strace", "-f", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO", "-o", "/dev/null", box.program]
                + box.options + ["-r", "R", "--", "echo", "ran"])
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains(box.journal), "\(outcome)")
        #expect(box.recorded("sync-failed") == "yes")
        #expect(try await box.flom("-r", "R", "--", "echo", "ran").output == "ran\n")
        #expect(box.recorded("sync-failed") == "no")
    }
}
