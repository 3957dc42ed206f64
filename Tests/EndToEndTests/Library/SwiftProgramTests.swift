import FlomTestKit
import Foundation
import Testing

/// Programs that use the Swift library, as processes of their own.
@Suite(.enabled(if: SwiftProgram.isBuilt, "needs the programs that are built with the tests")) struct SwiftProgramTests {
    private static func isFree(_ resource: String, _ box: Sandbox) async throws -> Bool {
        try await box.flom("-r", resource, "-o", "0", "--", "true").status == 0
    }

    @Test(arguments: ["exit", "abort"]) func aProgramThatEndsWithoutAWordHoldsNothing(how: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let input = try ProbeInput(box)
        let probe = try input.start(SwiftProgram.probe, box.socket, how, "_S_n[1]")
        try await eventually("it holds the lock: \(probe.errorsSoFar)") { probe.outputSoFar.hasPrefix("held 1 ") }
        input.close()
        let outcome = try await probe.wait()
        #expect(outcome.ending == (how == "exit" ? .exited(3) : .signalled(SIGABRT)), "\(outcome)")
        #expect(try await box.flom("-r", "_S_n[1]", "-o", "5000", "--", "echo").output == "1\n")
    }

    @Test func aKilledProgramHoldsNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let input = try ProbeInput(box)
        let probe = try input.start(SwiftProgram.probe, box.socket, "hold", "db")
        try await eventually("it holds the lock: \(probe.errorsSoFar)") { probe.outputSoFar.hasPrefix("held") }
        #expect(try await !Self.isFree("db", box))
        probe.send(SIGKILL)
        try await eventually("the lock is free") { try await Self.isFree("db", box) }
        _ = try await probe.wait()
    }

    /// Neither the life of a child that it has forked nor the child's end means anything for the lock.
    @Test func aForkedChildHasNoPartInTheLock() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let input = try ProbeInput(box)
        let probe = try input.start(SwiftProgram.probe, box.socket, "fork", "db")
        let line = try await found("it has forked: \(probe.errorsSoFar)") {
            probe.outputSoFar.split(separator: "\n").first.map(String.init)
        }
        let child = try #require(line.split(separator: " ").last.flatMap { pid_t($0) })
        #expect(try await !Self.isFree("db", box))
        input.write("\n")
        #expect(try await probe.wait().output.hasSuffix("still held\n"))
        #expect(ProcessTable.isAlive(child))
        try await eventually("the lock is free while the child lives") { try await Self.isFree("db", box) }
        #expect(ProcessTable.isAlive(child))
        input.close()
    }

    @Test func theEndOfAForkedChildReleasesNothing() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let input = try ProbeInput(box)
        let probe = try input.start(SwiftProgram.probe, box.socket, "fork", "db")
        let line = try await found("it has forked: \(probe.errorsSoFar)") {
            probe.outputSoFar.split(separator: "\n").first.map(String.init)
        }
        let child = try #require(line.split(separator: " ").last.flatMap { pid_t($0) })
        kill(child, SIGKILL)
        try await eventually("the child is gone") { !ProcessTable.isAlive(child) }
        #expect(try await !Self.isFree("db", box))
        input.write("\n")
        #expect(try await probe.wait().output.hasSuffix("still held\n"))
        input.close()
    }

    @Test func aThousandWaitersHaveFewThreads() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let limits = ["prlimit", "--nofile=8192:8192", "--"]
        guard Conditions.hasProgram("prlimit") else { return }
        let probe = try box.start(limits + [SwiftProgram.probe, box.socket, "crowd", "db", "1000"])
        try await eventually("a thousand wait: \(probe.errorsSoFar)") {
            try await box.status().count { $0.outcome == "waiting" } == 1000
        }
        try await holder.letGo()
        let outcome = try await probe.wait()
        #expect(outcome.status == 0 && outcome.output.hasSuffix("granted 1000\n"), "\(outcome.errors)")
        let threads = outcome.output.split(separator: "\n").compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        // The loop's, four helpers, the main thread, and those on which Swift runs tasks.
        #expect(threads.dropLast().max() ?? 99 <= 6 + ProcessInfo.processInfo.processorCount + 2)
        #expect(try await box.history(of: "db").count { $0.outcome == "released" } == 1001)
    }

    @Test func theExampleOfTheDocumentsRuns() async throws {
        let box = try Sandbox()
        defer {
            if let pid = Self.defaultDaemon(box) { kill(pid, SIGKILL) }
            Self.removeDefaultSocket()
            box.close()
        }
        Self.removeDefaultSocket()
        // It uses the default socket: that of a user without an entry.
        guard Conditions.canBecomeNobodyKnown else { return }
        let program = box.path("example")
        _ = try await box.run(["cp", SwiftProgram.example, program])
        _ = try await box.run(["chmod", "-R", "a+rwX", box.directory])
        let outcome = try await box.run(Stranger.words([program]), environment: ["FLOM_PROGRAM": box.program])
        #expect(outcome.status == 0 && outcome.output.hasPrefix("db is held, with token "), "\(outcome)")
    }

    /// A record that an earlier run has left names a journal that is gone.
    private static func removeDefaultSocket() {
        for suffix in ["", ".lock", ".record"] { unlink("/tmp/flom-\(Stranger.uid)\(suffix)") }
    }

    private static func defaultDaemon(_ box: Sandbox) -> pid_t? {
        box.processes.first { $0.name == "flom" }?.pid
    }
}

/// What a probe reads. It ends when the test closes it.
private final class ProbeInput: Sendable {
    private let box: Sandbox
    private let path: String
    private let descriptor: Int32

    init(_ box: Sandbox) throws {
        self.box = box
        path = try box.gate("input-\(UUID().uuidString)").path
        // For both, so that neither end has to wait for the other.
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    }

    func start(_ words: String...) throws -> RunningProcess { try box.start(words, opening: [0: path]) }
    func write(_ text: String) { _ = Foundation.write(descriptor, Array(text.utf8), text.utf8.count) }
    func close() { Foundation.close(descriptor) }
}

/// The programs that are built with the tests: see `Package.swift`.
enum SwiftProgram {
    private static let folder = Program.repository + "/.build/debug"
    static let probe = folder + "/flom-library-probe"
    static let example = folder + "/flom-library-example"
    static let isBuilt = access(probe, X_OK) == 0 && access(example, X_OK) == 0
}
