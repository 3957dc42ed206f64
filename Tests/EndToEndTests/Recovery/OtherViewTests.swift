import FlomTestKit
import Foundation
import Testing

/// A place from which processes are seen, made by words before a command.
struct Viewpoint: Sendable, CustomStringConvertible {
    let description: String
    fileprivate let words: @Sendable (Sandbox) -> [String]

    static let host = Viewpoint(description: "the host") { _ in [] }
    static let container = Viewpoint(description: "a container") { _ in
        ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    }
    /// A PID namespace with the host's `/proc`, as with `docker run -v /proc:/proc`: it shows other processes under the numbers of this namespace.
    static let foreignProc = Viewpoint(description: "a container with the host's /proc") { _ in
        ["unshare", "--pid", "--fork", "--kill-child"]
    }
    static let laterClock = Viewpoint(description: "a later boot clock") { _ in
        ["unshare", "--time", "--boottime", "1000000", "--fork", "--kill-child"]
    }
    static let earlierClock = Viewpoint(description: "an earlier boot clock") { _ in
        ["unshare", "--time", "--boottime", "-30", "--fork", "--kill-child"]
    }
    static let otherBoot = over("another boot id", "/proc/sys/kernel/random/boot_id") { box in
        try? Files.write("11111111-2222-3333-4444-555555555555\n", to: box.path("boot"))
        return box.path("boot")
    }
    static let noBoot = over("no boot id", "/proc/sys/kernel/random/boot_id") { _ in "/dev/null" }
    static let noMachine = over("no machine id", "/etc/machine-id") { _ in "/dev/null" }

    private static func over(_ name: String, _ path: String, _ file: @escaping @Sendable (Sandbox) -> String) -> Viewpoint {
        Viewpoint(description: name) { box in
            [
                "unshare", "--mount", "sh", "-c", "if [ -e \(path) ]; then mount --bind \(file(box)) \(path); fi && exec \"$@\"",
                "sh",
            ]
        }
    }
}

/// A daemon in another place than the one before it ends no lock of a living command, and ends the lock when the command has ended.
@Suite(.enabled(if: Conditions.canUnshareProcesses && Conditions.canMount, "needs the right to make namespaces"))
struct OtherViewTests {
    /// Starts a command that holds `db` in this place; its flom and its daemon are killed later.
    private func hold(_ box: Sandbox, from place: Viewpoint, _ gate: Gate) async throws -> RunningProcess {
        // The wrapper is not the namespace's first process, whose end would end them all.
        let script = "\"$@\" & wait $!; cat \(gate.path)-never"
        let process = try box.start(
            place.words(box) + ["sh", "-c", "mkfifo \(gate.path)-never; " + script, "sh", box.program] + box.options
                + ["-r", "db", "--", "sh", "-c", "echo > started; exec cat \(gate.path)"])
        try await eventually("it holds") { Files.exists(box.path("started")) }
        // By then the daemon knows the command.
        try await eventually("its command is on record") {
            try await JournalQuery.rows("SELECT 1 FROM event WHERE kind = 'started'", of: box.journal, in: box) != []
        }
        return process
    }

    private func endFlom(_ box: Sandbox, daemonBy signal: Int32) async throws {
        let all = box.processes.filter { $0.name == "flom" }
        // The daemon is no child of the test, or one of the first process of its namespace; after TERM it has a moment to end.
        for process in all where process.isDaemon { kill(process.pid, signal) }
        for process in all where !process.isDaemon { kill(process.pid, SIGKILL) }
        try await eventually("daemon and wrapper are gone") { !box.processes.contains { $0.name == "flom" } }
    }

    private func lock(_ box: Sandbox, from place: Viewpoint, waiting milliseconds: Int) async throws -> Outcome {
        try await box.run(
            place.words(box) + [box.program] + box.options
                + ["-r", "db", "-o", "\(milliseconds)", "--", "sh", "-c", "echo second"])
    }

    private func noSecondHolder(_ from: Viewpoint, _ to: Viewpoint, daemonBy signal: Int32 = SIGKILL) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let process = try await hold(box, from: from, gate)
        defer { process.send(SIGKILL) }
        try await endFlom(box, daemonBy: signal)
        let early = try await lock(box, from: to, waiting: 1000)
        #expect(early.status == 98, "from \(from) to \(to): \(early)")
        try await gate.open()
        let late = try await lock(box, from: to, waiting: 20_000)
        #expect(late.status == 0, "from \(from) to \(to): \(late)")
        let row = try await box.history(of: "db").first
        #expect(row?.outcome == "reclaimed", "from \(from) to \(to): \(String(describing: row))")
    }

    @Test(arguments: [
        (Viewpoint.host, Viewpoint.container), (.container, .host), (.container, .container), (.host, .host),
        (.host, .foreignProc), (.foreignProc, .container), (.foreignProc, .host),
    ]) func inAnotherPIDNamespace(from: Viewpoint, to: Viewpoint) async throws {
        try await noSecondHolder(from, to)
    }

    @Test(arguments: [
        (Viewpoint.host, Viewpoint.laterClock), (.laterClock, .host), (.host, .earlierClock), (.earlierClock, .host),
    ])
    func inAnotherTimeNamespace(from: Viewpoint, to: Viewpoint) async throws {
        try await noSecondHolder(from, to)
    }

    @Test(arguments: [
        (Viewpoint.host, Viewpoint.otherBoot), (.otherBoot, .host), (.host, .noBoot), (.noBoot, .host), (.noBoot, .noBoot),
        (.noMachine, .noMachine),
    ]) func withAnotherBootIDOrNone(from: Viewpoint, to: Viewpoint) async throws {
        try await noSecondHolder(from, to)
        if from.description != to.description { try await noSecondHolder(from, to, daemonBy: SIGTERM) }
    }

    /// The client has another number there, and the daemon records it.
    @Test func aClientThatComesBackIsSeenAnew() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        try await box.startDaemon()
        // This client does not start the next daemon.
        let holder = try box.start(
            [box.program] + box.options + ["-d", "0", "-r", "db", "--", "sh", "-c", "echo > started; cat \(gate.path); exit 7"])
        try await eventually("it holds") { Files.exists(box.path("started")) }
        try await box.killDaemon()
        // The first process of the namespace has to live as long as the daemon.
        let container = try box.start(
            Viewpoint.container.words(box) + ["sh", "-c", "\"$@\"; exec sleep 1000", "sh", box.program] + box.options
                + ["-r", "other", "--", "true"])
        defer { container.send(SIGKILL) }
        try await eventually("it is identified") {
            try await JournalQuery.rows("SELECT 1 FROM event WHERE kind = 'identified'", of: box.journal, in: box) != []
        }
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        try await gate.open()
        #expect(try await holder.wait().status == 7)
        #expect(try await box.history(of: "db").map(\.exitStatus).contains(7))
        #expect(try await box.flom("--history", "--verify").status == 0)
    }

    /// A place in the queue whose client does not come back is given up in the end.
    @Test func aWaiterThatCannotBeSeenLosesItsPlaceInTheEnd() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        try await box.startDaemon("--reclaim-grace", "1500")
        let holder = try await box.hold("db", options: "-d", "0")
        let waiter = try await box.queue(for: "db", "-d", "0", "--", "echo", "waited")
        waiter.send(SIGSTOP)
        try await box.killDaemon()
        waiter.send(SIGKILL)
        _ = try await waiter.wait()
        let next = try box.start(
            Viewpoint.container.words(box) + [box.program] + box.options + ["-r", "db", "--", "sh", "-c", "cat \(gate.path)"])
        defer { next.send(SIGKILL) }
        try await eventually("it waits behind") { try await box.status().filter { $0.outcome == "waiting" }.count >= 1 }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        try await eventually("it holds") { try await box.status().contains { $0.outcome == "held" } }
        try await gate.open()
        #expect(try await next.wait().status == 0)
    }
}

extension ProcessFacts {
    /// Starts a process without standard input, in a session of its own.
    fileprivate var isDaemon: Bool {
        Files.target(of: "/proc/\(pid)/fd/0") == "/dev/null" && getsid(pid) == pid
    }
}
