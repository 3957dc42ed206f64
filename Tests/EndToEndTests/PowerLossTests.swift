import FlomTestKit
import Foundation
import Testing

/// What is answered at the power level is on the device before it is answered: from the record of all writes and syncs follows what
/// a power cut would leave at the moment of each answer, and that is opened and read.
@Suite(
    .enabled(if: Conditions.canTrace && JournalQuery.isPossible, "needs strace, and Python with SQLite"))
struct PowerLossTests {
    private static let strace = [
        "strace", "-f", "-y", "-xx", "-s", "5000", "-e", "trace=pwrite64,write,fdatasync,fsync,ftruncate", "-o",
    ]

    /// The answers that must be true after a power cut, and what the journal must know then.
    private struct Promise {
        let event: String
        /// 0 for the break, which is the only one.
        let request: Int

        /// Nil if a message promises nothing of the kind.
        init?(_ message: String, allGrants: Bool) {
            if message.contains(#"verb="24""#), message.contains(#"rc="0""#) {
                (event, request) = ("broken", 0)
            } else if message.contains(#"x-fence=""#), allGrants || message.contains(#" element=""#) {
                guard let id = message.firstMatch(of: /x-request="[0-9a-f]+:([0-9]+)"/), let number = Int(id.1) else {
                    return nil
                }
                (event, request) = ("granted", number)
            } else {
                return nil
            }
        }

        /// What is wrong with what a power cut would have left.
        func findings(_ files: JournalFiles) async throws -> [String] {
            let box = try await Sandbox()
            defer { box.close() }
            try files.write(to: box)
            return try await JournalAudit.findings(of: box.journal, in: box, mayBeOpen: true, knowing: "\(event) \(request)")
        }
    }

    private struct Result {
        var promises = 0
        /// What power cuts would break, a line each.
        var findings: [String] = []
        /// Whether the log was carried over into the database.
        var hasCheckpoint = false
    }

    private func audit(_ path: String, from start: JournalFiles, allGrants: Bool) async throws -> Result {
        let files = SyncedFiles(trace: Files.bytes(of: path) ?? [], start: start, seed: 7) {
            Promise($0, allGrants: allGrants) != nil
        }
        var result = Result()
        for moment in files.moments {
            guard let promise = Promise(moment.message, allGrants: allGrants) else { continue }
            result.promises += 1
            result.findings += try await promise.findings(moment.files)
            result.findings += try await promise.findings(moment.someMore)
            if moment.files.database != start.database { result.hasCheckpoint = true }
        }
        return result
    }

    /// - Parameter logPages: what the log has at the beginning; with enough a checkpoint comes meanwhile.
    private func run(sync: String, logPages: Int) async throws -> Result {
        let box = try await Sandbox()
        defer { box.close() }
        var start = JournalFiles()
        if logPages > 0 {
            let maker = try Sandbox(beside: box)
            defer { maker.close() }
            try await JournalFiles.make(in: maker, logPages: logPages)
            start = JournalFiles(of: maker)
            try start.write(to: box)
        }
        let words = [box.program] + box.options + ["--sync", sync, "-r", "warmup", "--", "touch", "started"]
        let tracer = try box.start(Self.strace + [box.path("trace")] + words)
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
        return try await audit(box.path("trace"), from: start, allGrants: sync == "always")
    }

    @Test(arguments: [("auto", 0), ("always", 0), ("auto", 3950)])
    func whatWasAnsweredIsOnTheDevice(sync: String, logPages: Int) async throws {
        let result = try await run(sync: sync, logPages: logPages)
        #expect(result.findings.isEmpty, "\(result.findings)")
        #expect(result.promises == (sync == "always" ? 12 : 7))
        #expect(logPages == 0 || result.hasCheckpoint)
    }

    /// The way to know that the test above would notice.
    @Test func withoutSyncItIsNot() async throws {
        let result = try await run(sync: "off", logPages: 0)
        #expect(result.promises == 7 && result.findings.count >= 7)
    }

    @Test(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
    func whatAnotherHostIsAnsweredIsOnTheDevice() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        let file = net.box.path("trace")
        let tracer = try net.mojan.start(
            Self.strace + [file, "flom", "-a", "192.168.1.2", "-d", "-1", "-r", "warmup", "--", "touch", net.box.path("started")])
        try await eventually("the daemon serves: \(tracer.errorsSoFar)") { Files.exists(net.box.path("started")) }
        let before = try #require(net.mojan.recorded("pid").flatMap { pid_t($0) })
        for number in 1...5 {
            let outcome = try await net.presanella.flom("-a", "192.168.1.2", "-d", "0", "-r", "R\(number)", "--", "true")
            #expect(outcome.status == 0, "\(outcome)")
        }
        kill(before, SIGTERM)
        try await tracer.wait()
        let result = try await audit(file, from: JournalFiles(), allGrants: true)
        // The first one is the warm-up, whose client is on the daemon's host: it is answered before the device has it.
        #expect(result.promises == 6 && result.findings.allSatisfy { $0.hasSuffix("granted 1") }, "\(result)")
    }
}
