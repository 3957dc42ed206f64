package import Foundation

/// A command that holds a lock until the test lets it go: it waits at the end of a FIFO.
package struct Holder: Sendable {
    package let process: RunningProcess
    package let commandPID: pid_t
    let gate: Gate

    /// Lets the command end, with status 0.
    package func letGo() async throws { try await gate.open() }
}

/// A FIFO at which commands wait: `cat FIFO` ends when it is opened.
package struct Gate: Sendable {
    package let path: String

    package init(_ path: String) throws {
        guard mkfifo(path, 0o666) == 0, chmod(path, 0o666) == 0 else { throw SystemFailure("mkfifo \(path)") }
        self.path = path
    }

    /// Lets the waiting commands pass, as soon as one waits.
    package func open() async throws {
        let descriptor: Int32 = try await found("somebody waits at '\(path)'") {
            let descriptor = Foundation.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return descriptor >= 0 ? descriptor : nil
        }
        Foundation.close(descriptor)
    }
}

extension Sandbox {
    package func gate(_ name: String) throws -> Gate { try Gate(path(name)) }

    /// Starts a command that holds `resource`, and waits until it runs.
    package func hold(_ resource: String, options: String...) async throws -> Holder {
        let gate = try gate("gate-\(UUID().uuidString)")
        let process = try start([program] + self.options + options + ["-r", resource, "--", "cat", gate.path])
        let row = try await found("the holder of \(resource) runs its command: \(process.errorsSoFar)") {
            try await status().first { $0.clientPID == process.pid && $0.outcome == "held" && $0.commandPID != nil }
        }
        return Holder(process: process, commandPID: row.commandPID!, gate: gate)
    }

    /// Starts a command that has to wait for `resource`, and returns when it is in the queue.
    package func queue(for resource: String, _ words: String...) async throws -> RunningProcess {
        let process = try start([program] + options + ["-r", resource] + words)
        _ = try await found("\(process.pid) waits for \(resource): \(process.errorsSoFar)") {
            try await status().first { $0.clientPID == process.pid && $0.outcome == "waiting" && $0.command != nil }
        }
        return process
    }
}
