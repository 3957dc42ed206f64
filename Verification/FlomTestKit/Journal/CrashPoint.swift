import Foundation

/// A moment at which a daemon is killed: its n-th call of a system call, before the call has an effect.
package struct CrashPoint: Hashable, Sendable, CustomStringConvertible {
    package let call: String
    /// The number of the call, from 1.
    package let occurrence: Int
    /// Only calls on this file of the sandbox count; nil for all calls.
    package let file: String?

    package init(call: String, occurrence: Int, file: String? = nil) {
        self.call = call
        self.occurrence = occurrence
        self.file = file
    }

    package var description: String { "\(call) \(occurrence)" + (file.map { " of \($0)" } ?? "") }

    /// The calls that change a file, and those with which the daemon answers.
    package static let calls = [
        "pwrite64", "write", "sendto", "fdatasync", "fsync", "ftruncate", "rename", "renameat", "renameat2", "unlink", "unlinkat",
    ]
}

/// The standard workload under a daemon that strace traces. After the daemon's death clients start one that is not traced.
package struct CrashRun: Sendable {
    package let wasKilled: Bool
    /// The number of writes to the database file itself: when it was made, and in a checkpoint.
    package let databaseWrites: Int
    /// How often one thread of the daemon made each call.
    package let counts: [String: Int]
    /// The findings, a line each.
    package let findings: [String]

    /// - Parameters:
    ///   - point: nil for a run without a crash, which counts the calls.
    ///   - prepare: makes the journal that the daemon finds; without it there is none.
    package init(_ point: CrashPoint?, prepare: (Sandbox) async throws -> Void = { _ in }) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await prepare(box)
        try Files.write(CrashWorkload.use, to: box.path("use"))
        try Files.write(CrashWorkload.script, to: box.path("workload"))

        let trace = box.path("trace")
        let flom = [box.program] + box.options
        // Without --seccomp-bpf, under which strace 6.1 sends no signals.
        var strace = ["strace", "-f", "-y", "-o", trace, "-e", "trace=" + CrashPoint.calls.joined(separator: ",")]
        if let file = point?.file { strace += ["-P", box.path(file)] }
        if let point { strace += ["-e", "inject=\(point.call):signal=KILL:when=\(point.occurrence)"] }
        let starter = try box.start(strace + flom + ["-r", "first", "--", "touch", box.path("started")])
        // The first command starts the next daemon itself, under strace, which kills it again: that must not go on for ever.
        var first: pid_t?
        try await eventually("the first command runs, or its daemon is dead") {
            first = first ?? box.daemonPID
            let isLost = first.map { $0 != box.daemonPID || !ProcessTable.isAlive($0) } ?? false
            return Files.exists(box.path("started")) || !starter.isRunning || isLost
        }
        let workload = try box.start(["sh", "workload"], environment: ["FLOM": flom.joined(separator: " ")])
        var findings: [String] = []
        do {
            let outcome = try await workload.wait(within: .seconds(60))
            if outcome.status != 0 { findings.append("the workload: \(outcome)") }
            try await eventually("nobody holds or waits") { try await box.status().isEmpty }
        } catch {
            findings.append("\(error); \(String(describing: try? await box.status()))")
        }
        findings += CrashWorkload.findings(in: box)
        findings += try await JournalAudit.findings(of: box.journal, in: box, inOrder: "line")
        let outcomes = Set(try await box.history().map(\.outcome))
        let known: Set = ["released", "refused", "timed_out", "withdrawn", "reclaimed"]
        if !outcomes.isSubset(of: known) { findings.append("outcomes are \(outcomes)") }
        if !findings.isEmpty { findings += try await Self.events(of: findings, in: box) }
        self.findings = findings
        // The file of strace is complete when strace has ended.
        if starter.isRunning, let daemon = box.daemonPID { kill(daemon, SIGTERM) }
        try await starter.wait()
        let lines = (Files.text(of: trace) ?? "").split(separator: "\n")
        // A command's signal witness, which makes none of these calls, ends in the same way.
        wasKilled = lines.contains { line in
            guard line.hasSuffix("+++ killed by SIGKILL +++") else { return false }
            let process = line.prefix { $0 != " " }
            return lines.contains { $0.hasPrefix("\(process) ") && !$0.contains("+++") }
        }
        counts = Self.counts(lines)
        databaseWrites = lines.count { $0.contains(" pwrite64(") && $0.contains("/journal>") }
    }

    /// The journal's rows for each resource that a finding names.
    private static func events(of findings: [String], in box: Sandbox) async throws -> [String] {
        let events = try await JournalQuery.rows(
            """
            SELECT CAST(resource.name AS TEXT), event.at / 1000 % 1000000, event.kind, event.request, event.detail
            FROM event JOIN request ON request.number = event.request JOIN resource ON resource.id = request.resource
            ORDER BY event.number
            """, of: box.journal, in: box)
        return events.filter { event in findings.contains { $0.contains(event.prefix { $0 != "|" }) } }
    }

    /// strace counts the calls of each thread separately.
    private static func counts(_ lines: [Substring]) -> [String: Int] {
        var threads: [String: Int] = [:]
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count > 1, let open = words[1].firstIndex(of: "("), words[1].first?.isLetter == true else { continue }
            threads["\(words[0]) \(words[1][..<open])", default: 0] += 1
        }
        var counts: [String: Int] = [:]
        for (thread, count) in threads {
            let call = String(thread.split(separator: " ")[1])
            counts[call] = max(counts[call] ?? 0, count)
        }
        return counts
    }
}
