import FlomTestKit
import Foundation
import Testing

/// An answer at the power level leaves only after its facts are on the device. The record of all writes and syncs gives the files that
/// a power cut would leave at the moment of each answer; the test opens and reads them.
@Suite(
    .enabled(if: Conditions.canTrace && JournalQuery.isPossible, "needs strace, and Python with SQLite"))
struct PowerLossTests {
    private func run(sync: String, logPages: Int) async throws -> PowerAudit {
        let box = try Sandbox()
        defer { box.close() }
        var start = JournalFiles()
        if logPages > 0 {
            start = try await JournalFiles.left(logPages: logPages)
            try start.write(to: box)
        }
        let words = [box.program] + box.options + ["--sync", sync, "-r", "warmup", "--", "touch", "started"]
        let tracer = try box.start(PowerAudit.strace + [box.path("trace")] + words)
        try await eventually("the daemon serves: \(tracer.errorsSoFar)") { Files.exists(box.path("started")) }
        for status in [0, 3, 0] {
            for resource in ["_s_n[1]", "_S_n[1]", "db"] {
                let outcome = try await box.flom("-i", "60000", "-r", resource, "--", "sh", "-c", "exit \(status)")
                #expect(outcome.status == Int32(status), "\(outcome)")
            }
        }
        let holder = try await box.hold("db")
        #expect(try await box.flom("--break", "-r", "db", "--yes").status == 0)
        try await holder.letGo()
        try await holder.process.wait()
        kill(try #require(box.daemonPID), SIGTERM)
        try await tracer.wait()
        return try await PowerAudit(of: box.path("trace"), from: start, allGrants: sync == "always")
    }

    @Test(arguments: [("auto", 0), ("always", 0), ("auto", 3950)])
    func answersAreOnTheDevice(sync: String, logPages: Int) async throws {
        let result = try await run(sync: sync, logPages: logPages)
        #expect(result.findings.isEmpty, "\(result.findings)")
        #expect(result.promises == (sync == "always" ? 12 : 7))
        #expect(logPages == 0 || result.hasCheckpoint)
    }

    /// Shows that the test above would notice a fault.
    @Test func withoutSyncItIsNot() async throws {
        let result = try await run(sync: "off", logPages: 0)
        #expect(result.promises == 7 && result.findings.count >= 7)
    }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
    func answersToAnotherHostAreOnTheDevice() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let file = net.box.path("trace")
        let tracer = try net.mojan.start(
            PowerAudit.strace + [file, "flom", "-a", "192.168.1.2", "-d", "-1", "-r", "warmup"]
                + ["--", "touch", net.box.path("started")])
        try await eventually("the daemon serves: \(tracer.errorsSoFar)") { Files.exists(net.box.path("started")) }
        let before = try #require(net.mojan.recorded("pid").flatMap { pid_t($0) })
        for number in 1...5 {
            let outcome = try await net.presanella.flom("-a", "192.168.1.2", "-d", "0", "-r", "R\(number)", "--", "true")
            #expect(outcome.status == 0, "\(outcome)")
        }
        kill(before, SIGTERM)
        try await tracer.wait()
        let result = try await PowerAudit(of: file, from: JournalFiles(), allGrants: true)
        // The first request is the warm-up of a client on the daemon's host: it is answered before the sync.
        #expect(result.promises == 6 && result.findings.allSatisfy { $0.hasSuffix("granted 1") }, "\(result)")
    }
}
