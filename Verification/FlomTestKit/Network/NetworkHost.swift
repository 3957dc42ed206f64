package import Foundation

/// One host of a `HostNetwork`.
package final class NetworkHost: Sendable {
    /// The name by which the other hosts know it.
    package let name: String
    package let namespace: String
    /// `192.168.1.2`, `fd00::2` and `fe80::2`.
    package let address: String
    package let address6: String
    package let linkLocal: String
    private let box: Sandbox
    private let stateDirectory: String

    /// - Parameter state: the directory that is mounted over `/var/lib/flom`; a directory in it is mounted over `/var/tmp`.
    init(_ name: String, number: Int, _ prefix: String, _ box: Sandbox, state: String) {
        self.name = name
        self.box = box
        namespace = "\(prefix)-\(name)"
        address = "192.168.1.\(number)"
        address6 = "fd00::\(number)"
        linkLocal = "fe80::\(number)"
        stateDirectory = state
    }

    // MARK: - Processes

    /// Starts any program on this host. `flom` is the program under test.
    package func start(_ words: [String], environment changes: [String: String] = [:]) throws -> RunningProcess {
        let own = [
            "HOME": home, "XDG_CONFIG_HOME": home + "/config", "XDG_STATE_HOME": home + "/state",
            "PATH": "\(box.path("path")):\(box.environment["PATH"] ?? "")",
        ]
        // `ip` and the shell become the program, so the pid is its own. `ip` gives it its own mounts. Other users than root have
        // their records in `/var/tmp`.
        let mount = #"mount --bind "$0" \#(HostNetwork.stateDirectory) && mount --bind "$0/tmp" /var/tmp && exec "$@""#
        return try box.start(
            ["ip", "netns", "exec", namespace, "sh", "-c", mount, stateDirectory] + words,
            environment: own.merging(changes) { $1 })
    }

    @discardableResult
    package func run(_ words: [String], environment: [String: String] = [:]) async throws -> Outcome {
        try await start(words, environment: environment).wait()
    }

    /// Runs flom with just these words.
    @discardableResult
    package func flom(_ words: String...) async throws -> Outcome { try await run(["flom"] + words) }

    /// Starts flom with just these words.
    package func startFlom(_ words: String...) throws -> RunningProcess { try start(["flom"] + words) }

    /// The result that `pgrep flom` would have if hosts did not share their processes.
    package func pgrep() async throws -> [pid_t] {
        let outcome = try await run(["sh", "-c", "exec pgrep --ns $$ --nslist net -x flom"])
        return outcome.output.split(separator: "\n").compactMap { pid_t($0) }
    }

    /// The daemons on this host: processes named flom that are no children of the tests.
    package var daemons: [pid_t] {
        guard let inode = Files.status(of: "/run/netns/\(namespace)")?.st_ino else { return [] }
        return box.processes.filter {
            $0.name == "flom" && $0.parent != getpid() && Files.target(of: "/proc/\($0.pid)/ns/net") == "net:[\(inode)]"
        }.map(\.pid)
    }

    // MARK: - Its files

    package var home: String { box.path(name) }
    package var journal: String { home + "/journal" }

    /// The value of a key of the record of this host's only network endpoint.
    package func recorded(_ key: String) -> String? {
        guard let name = Files.names(in: stateDirectory).first(where: { $0.hasSuffix(".record") }) else { return nil }
        let lines = Files.text(of: "\(stateDirectory)/\(name)")?.split(separator: "\n")
        return lines?.first { $0.hasPrefix(key + "=") }.map { String($0.dropFirst(key.count + 1)) }
    }

    // MARK: - Locks

    /// The present holders and waiters; works on the daemon's host only.
    package func status(_ place: [String]) async throws -> [ReportRow] {
        try ReportRow.rows(try await run(["flom"] + place + ["--status", "--format", "json"]))
    }

    /// Starts a command that holds `resource` until the test lets it go, and waits until it runs.
    ///
    /// - Parameter resource: nil for the default resource of commands that name none.
    package func hold(_ resource: String?, _ place: [String]) async throws -> Holder {
        let name = UUID().uuidString
        let gate = try box.gate("gate-\(name)")
        let note = box.path("pid-\(name)")
        let script = #"echo $$ > "$0.new"; mv "$0.new" "$0"; exec cat "$1""#
        let process = try start(["flom"] + place + naming(resource) + ["--", "sh", "-c", script, note, gate.path])
        let command = try await found("the holder of \(resource ?? "the default") runs its command: \(process.errorsSoFar)") {
            guard process.isRunning else { throw NeverHappened(description: "no hold: \(try await process.wait())") }
            return Files.text(of: note).flatMap { pid_t($0.dropLast()) }
        }
        return Holder(process: process, commandPID: command, gate: gate)
    }

    /// Starts a command that has to wait for `resource`, and returns when it is in the queue of the daemon on `server`.
    package func queue(
        for resource: String?, _ place: [String], at server: NetworkHost, _ command: [String]
    ) async throws -> RunningProcess {
        let process = try start(["flom"] + place + naming(resource) + ["--"] + command)
        try await eventually("\(process.pid) waits: \(process.errorsSoFar)") {
            guard process.isRunning else { throw NeverHappened(description: "no waiting: \(try await process.wait())") }
            return try await server.status(place).contains { $0.clientPID == process.pid && $0.outcome == "waiting" }
        }
        return process
    }

    private func naming(_ resource: String?) -> [String] { resource.map { ["-r", $0] } ?? [] }
}
