import FlomTestKit
import Foundation
import Testing

/// flom as the first process of a container, where no signal has a default action and orphans are inherited.
@Suite(.enabled(if: Conditions.canUnshareProcesses, "needs root and unshare")) struct FirstProcessTests {
    private static let container = ["unshare", "--pid", "--fork", "--kill-child"]

    private static func start(_ box: Sandbox, _ words: String...) throws -> RunningProcess {
        try box.start(container + [box.program] + box.options + words)
    }

    /// The process with number 1 in the container.
    private static func first(_ process: RunningProcess, _ box: Sandbox) async throws -> pid_t {
        try await found("the first process") { box.processes.first { $0.parent == process.pid }?.pid }
    }

    @Test(arguments: [("TERM", SIGTERM), ("INT", SIGINT), ("HUP", SIGHUP)])
    func aWaiterEndsByASignal(name: String, number: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let waiter = try Self.start(box, "-r", "R", "--", "true")
        try await eventually("it waits") { try await box.status().count == 2 }
        kill(try await Self.first(waiter, box), number)
        #expect(try await waiter.wait().status == 128 + number)
        try await eventually("it has left the queue") { try await box.status().count == 1 }
        try await holder.letGo()
        try await holder.process.wait()
        #expect(try await box.history().map(\.outcome) == ["released", "withdrawn"])
    }

    @Test func aSignalReachesTheCommandOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let script = "trap 'echo got 15' TERM; trap 'echo got 12; exit 5' USR2; echo ready; while :; do sleep 0.02; done"
        let process = try Self.start(box, "-r", "R", "--", "sh", "-c", script)
        try await eventually("the command is ready") { process.outputSoFar == "ready\n" }
        try await eventually("the witness is there") { box.processes.contains { $0.name == "signal-witness" } }
        let first = try await Self.first(process, box)
        kill(first, SIGTERM)
        try await eventually("it has it") { process.outputSoFar == "ready\ngot 15\n" }
        // To the whole group of command and flom.
        kill(-getpgid(process.pid), SIGTERM)
        try await eventually("it has it again") { process.outputSoFar.hasPrefix("ready\ngot 15\ngot 15\n") }
        kill(first, SIGUSR2)
        let outcome = try await process.wait()
        #expect(outcome.status == 5 && outcome.output == "ready\ngot 15\ngot 15\ngot 12\n", "\(outcome)")
    }

    @Test func itsStatusIsTheCommands() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        #expect(try await Self.start(box, "-r", "R", "--", "sh", "-c", "exit 7").wait().status == 7)
        #expect(try await Self.start(box, "-r", "R", "--", "sh", "-c", "kill -KILL $$").wait().status == 137)
    }

    /// The daemon as a container's only service, whose health checks leave children behind.
    @Test func aDaemonReapsOrphansToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let process = try box.start(
            Self.container + ["sh", "-c", #"(sleep 1000 & sleep 1000 &); exec "$@""#, "sh", box.program] + box.options
                + ["--foreground"])
        let first = try await Self.first(process, box)
        let orphans = try await found("both orphans") {
            let found = box.processes.filter { $0.name == "sleep" && $0.parent == first }.map(\.pid)
            return found.count == 2 ? found : nil
        }
        try await eventually("it serves: \(process.errorsSoFar)") {
            try await box.run([box.program, "-s", box.socket, "-d", "0", "--", "true"]).status == 0
        }
        for orphan in orphans { kill(orphan, SIGKILL) }
        try await eventually("the orphans are reaped") { orphans.allSatisfy { ProcessFacts($0) == nil } }
        kill(first, SIGTERM)
        #expect(try await process.wait().status == 0)
    }

    @Test func orphansAreReaped() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let process = try Self.start(
            box, "-r", "R", "--", "sh", "-c", "(sleep 1000 & echo ready) ; until [ -e end ]; do read x < fifo; done")
        #expect(try await box.run(["mkfifo", "fifo"]).status == 0)
        try await eventually("the orphan is there") { process.outputSoFar == "ready\n" }
        let first = try await Self.first(process, box)
        let orphan = try await found("the orphan") { box.processes.first { $0.name == "sleep" && $0.parent == first }?.pid }
        kill(orphan, SIGKILL)
        try await eventually("the orphan is reaped") { ProcessFacts(orphan) == nil }
        kill(first, SIGTERM)
        #expect(try await process.wait().status == 143)
    }
}
