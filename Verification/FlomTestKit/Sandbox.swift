package import Foundation
import Synchronization

/// The world of one test: a directory with its own socket, journal and homes. `close` ends every process that was
/// started in it, daemon and commands included, and removes the directory.
package final class Sandbox: Sendable {
    package let directory: String
    /// The program under test.
    package let program: String
    private let number = Mutex(0)

    /// The environment entry that only this test's processes have.
    private static let mark = "TEST_SANDBOX"

    /// - Parameter isShared: whether other users may reach the directory and the program, of which it then holds a copy.
    package init(isShared: Bool = false) throws {
        try Program.check()
        directory = try Files.makeTemporaryDirectory("flomtest")
        program = isShared ? directory + "/bin/flom" : Program.path
        for name in ["home", "config", "state", "io"] {
            try Files.makeDirectory("\(directory)/\(name)", mode: isShared ? 0o1777 : 0o700)
        }
        if isShared {
            guard chmod(directory, 0o755) == 0 else { throw SystemFailure("chmod") }
            try Files.makeDirectory(directory + "/bin")
            // A process of its own makes the copy: a child that another test starts meanwhile would inherit the descriptor of the copy, and a
            // program that is open for writing cannot be executed.
            let copy = try start(["cp", Program.path, program])
            var status: Int32 = 0
            guard waitpid(copy.pid, &status, 0) == copy.pid, status == 0 else { throw SystemFailure("cp \(Program.path)") }
        }
    }

    package var socket: String { directory + "/s" }
    package var record: String { socket + ".record" }
    package var journal: String { directory + "/journal" }
    package func path(_ name: String) -> String { "\(directory)/\(name)" }

    /// The options with which `flom` and `startFlom` begin. Later ones win, so a test may give its own after them.
    package var options: [String] { ["-s", socket, "--journal", journal, "-d", "60000"] }

    package var environment: [String: String] {
        let own = ProcessInfo.processInfo.environment
        let fixed = [
            "PATH": own["PATH"] ?? "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm",
            "HOME": path("home"), "XDG_CONFIG_HOME": path("config"), "XDG_STATE_HOME": path("state"), Self.mark: directory,
        ]
        return own.filter { Self.sanitizing.contains($0.key) }.merging(fixed) { $1 }
    }

    /// The options that `tools/sanitize` gives to a program that was built with a sanitizer.
    private static let sanitizing: Set<String> = ["ASAN_OPTIONS", "TSAN_OPTIONS", "SWIFT_BACKTRACE"]

    // MARK: - Processes

    /// Starts any program, in the sandbox's directory.
    package func start(
        _ words: [String], environment changes: [String: String] = [:], closing: Set<Int32> = [],
        opening: [Int32: String] = [:]
    ) throws -> RunningProcess {
        let number = number.withLock { number in
            number += 1
            return number
        }
        return try RunningProcess(
            Birth(
                words: words, environment: environment.merging(changes) { $1 }, directory: directory,
                output: path("io/\(number).out"), errors: path("io/\(number).err"), closed: closing, descriptors: opening))
    }

    /// Runs any program to its end.
    package func run(
        _ words: [String], environment: [String: String] = [:], closing: Set<Int32> = [], opening: [Int32: String] = [:]
    ) async throws -> Outcome {
        try await start(words, environment: environment, closing: closing, opening: opening).wait()
    }

    /// Runs flom with the sandbox's options, and these words after them.
    @discardableResult
    package func flom(_ words: String...) async throws -> Outcome { try await run([program] + options + words) }

    /// Starts flom with the sandbox's options, and these words after them.
    package func startFlom(_ words: String...) throws -> RunningProcess { try start([program] + options + words) }

    /// The processes that were started in here and still run.
    package var processes: [ProcessFacts] { ProcessTable.carrying("\(Self.mark)=\(directory)") }

    // MARK: - The daemon

    /// The value of a key of the endpoint record; nil if there is none.
    package func recorded(_ key: String) -> String? {
        guard let lines = Files.text(of: record)?.split(separator: "\n") else { return nil }
        return lines.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    package var daemonPID: pid_t? { recorded("pid").flatMap { pid_t($0) } }

    /// Starts the daemon if it does not run yet.
    @discardableResult
    package func startDaemon(_ options: String...) async throws -> pid_t {
        let outcome = try await run([program] + self.options + options + ["-r", "warmup", "--", "true"])
        guard outcome.status == 0, let pid = daemonPID else { throw NeverHappened(description: "no daemon started: \(outcome)") }
        return pid
    }

    /// Ends the daemon as a crash would.
    package func killDaemon() async throws {
        guard let pid = daemonPID else { throw NeverHappened(description: "no daemon has run here") }
        kill(pid, SIGKILL)
        try await eventually("daemon \(pid) is gone") { !ProcessTable.isAlive(pid) }
    }

    // MARK: - The end

    package func close() {
        for _ in 0..<100 {
            let left = processes
            for process in left { kill(process.pid, SIGKILL) }
            if left.isEmpty { break }
            usleep(10_000)
        }
        try? FileManager.default.removeItem(atPath: directory)
        // The notes of root's daemons about sockets in here.
        let place = "@tmp-" + (directory.split(separator: "/").last ?? "").replacing("-", with: "%2d")
        for state in ["/var/lib/flom", "/var/tmp/flom-\(geteuid())"] {
            for name in Files.names(in: state) where name.contains(place) { unlink("\(state)/\(name)") }
        }
    }
}
