package import Foundation

/// The system calls of a daemon that gives locks, as strace shows them.
package enum JournalStep: Sendable {
    case writesJournal
    case syncs
    /// The call that sends the answer with which a lock is granted.
    case grants

    /// Reads the trace of all threads in one file. A call that another thread interrupts in the file counts when it has returned.
    fileprivate static func all(in trace: String) -> [JournalStep] {
        trace.split(separator: "\n").compactMap { line in
            if line.contains("<unfinished ...>") && line.contains("fdatasync") { return nil }
            if line.contains("fdatasync") { return .syncs }
            if line.contains("pwrite64") && line.contains("-wal>") { return .writesJournal }
            return line.contains(#"verb=\"1\""#) && line.contains(#"answer rc=\"0\""#) ? .grants : nil
        }
    }

    /// For each grant: whether a sync followed the last write before it.
    package static func syncedGrants(in steps: [JournalStep]) -> [Bool] {
        steps.indices.filter { steps[$0] == .grants }.map { grant in
            guard let write = steps[..<grant].lastIndex(of: .writesJournal) else { return false }
            return steps[write..<grant].contains(.syncs)
        }
    }
}

extension Sandbox {
    /// Traces a daemon while a function runs.
    package func trace(_ daemon: pid_t, during body: () async throws -> Void) async throws -> [JournalStep] {
        let file = path("trace")
        let calls = "trace=fdatasync,pwrite64,write,writev,sendto,sendmsg"
        let strace = try start(["strace", "-f", "-y", "-s", "400", "-e", calls, "-o", file, "-p", "\(daemon)"])
        try await eventually("strace is attached") { strace.errorsSoFar.contains("attached") }
        try await body()
        strace.send(SIGINT)
        try await strace.wait()
        return JournalStep.all(in: Files.text(of: file) ?? "")
    }
}

extension Conditions {
    /// Whether strace can trace another process here.
    package static let canTrace = isRoot && succeeds(["strace", "-o", "/dev/null", "true"])
}
