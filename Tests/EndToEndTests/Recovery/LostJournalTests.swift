import FlomTestKit
import Foundation
import Testing

/// A journal that is emptied, cut, overwritten or loses its log: no lock is given that is not on record, and a lock that only the
/// lost record had is not given to a second holder.
@Suite(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3")) struct LostJournalTests {
    enum Loss: String, CaseIterable, CustomTestStringConvertible {
        case emptied, logRemoved, logEmptied, olderCopy
        var testDescription: String { rawValue }
    }

    private func lose(_ loss: Loss, _ box: Sandbox, older: JournalFiles) throws {
        switch loss {
        case .emptied: #expect(truncate(box.journal, 0) == 0)
        case .logRemoved: #expect(unlink(box.journal + "-wal") == 0)
        case .logEmptied: #expect(truncate(box.journal + "-wal", 0) == 0)
        case .olderCopy:
            // Written into the same file, as `cp` does.
            let file = try FileHandle(forWritingTo: URL(filePath: box.journal))
            try file.truncate(atOffset: 0)
            try file.write(contentsOf: Data(older.database))
            #expect(truncate(box.journal + "-wal", 0) == 0)
        }
    }

    private func refusal(_ box: Sandbox, of resource: String = "Q") async throws -> Outcome {
        try await found("a request is refused") { () -> Outcome? in
            let outcome = try await box.flom("-r", resource, "-o", "300", "--", "echo", "ran")
            return outcome.status == 99 ? outcome : nil
        }
    }

    /// The loss happens while the daemon runs; then the daemon is killed, and so is the holder's flom.
    @Test(arguments: Loss.allCases) func theLockOfAnOrphanIsNotGiven(_ loss: Loss) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--reclaim-grace", "500")
        let older = JournalFiles(of: box)
        let holder = try await box.hold("R", options: "--reclaim-grace", "500")
        try await box.recordFollows()
        try lose(loss, box, older: older)
        let refused = try await refusal(box)
        #expect(refused.output.isEmpty && refused.errors.contains("no lock is given"), "\(refused)")

        kill(holder.process.pid, SIGKILL)
        try await box.killDaemon()
        let second = try await box.flom("-r", "R", "-o", "1500", "--", "echo", "two")
        // The daemon has saved everything of a removed log.
        #expect(second.status == (loss == .logRemoved ? 98 : 99) && second.output.isEmpty, "\(second)")
        let verified = try await box.flom("--verify")
        #expect(verified.status == (loss == .logRemoved ? 0 : 1), "\(verified)")
        if loss == .logRemoved {
            #expect(try await box.status().contains { $0.resource == "R" && $0.isOrphan })
        } else {
            #expect(second.errors.contains("--accept-journal") && second.errors.contains(box.journal), "\(second)")
            let doctor = try await box.flom("--doctor")
            #expect(doctor.status != 0 && doctor.output.contains("--accept-journal"), "\(doctor)")
        }
        #expect(ProcessTable.isAlive(holder.commandPID))
    }

    /// `--check` and `--status` say the same as the next command.
    @Test(arguments: ["emptied", "removed", "older"]) func reportsSayItWithoutADaemon(_ loss: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        // The endpoint's own journal; a named file is read without regard to its endpoint.
        let socket = ["-s", box.socket]
        try await box.startDaemon()
        let older = JournalFiles(of: box)
        let holder = try await box.hold("R", options: "-d", "0")
        try await box.recordFollows()
        try await box.killDaemon()
        func watch(_ words: String...) async throws -> Outcome { try await box.run([box.program] + socket + words) }
        let before = try await watch("--check")
        #expect(
            before.status == 1 && before.output.contains("no daemon is running, and the journal has open requests"), "\(before)")

        for ending in ["-wal", "-shm"] { unlink(box.journal + ending) }
        switch loss {
        case "emptied": #expect(truncate(box.journal, 0) == 0)
        case "removed": unlink(box.journal)
        default: try older.write(to: box)
        }
        let refused = try await watch("-r", "R", "-o", "1500", "--", "echo", "two")
        #expect(refused.status == 99 && refused.errors.contains("--accept-journal"), "\(refused)")
        let start = try #require(refused.errors.firstRange(of: "the journal '\(box.journal)' of this endpoint cannot be used: "))
        let end = try #require(refused.errors.firstRange(of: ", so it is not known"))
        let reason = String(refused.errors[start.lowerBound..<end.lowerBound])
        for words in [[], ["-r", "R", "--not-run-since", "1d"]] {
            let check = try await box.run([box.program] + socket + ["--check"] + words)
            #expect(check.status == 2 && check.output.hasPrefix("FLOM CRITICAL - "), "\(check)")
            #expect(check.output.contains(reason), "\(check) \(reason)")
        }
        let status = try await watch("--status")
        #expect(
            status.status == 99 && status.errors.contains(reason) && status.errors.contains("no daemon is running"), "\(status)")
        for words in ["--status", "--check"] {
            let figures = try await watch(words, "--format", "prometheus")
            #expect(figures.status == (words == "--check" ? 2 : 0), "\(figures)")
            #expect(figures.output.contains("\nflom_daemon_trouble{reason=\"\(reason)"), "\(figures)")
            #expect(figures.output.contains("\nflom_daemon_running 0\n"), "\(figures)")
        }
        try await holder.letGo()
        _ = try await holder.process.wait()
    }

    /// The same while no daemon runs.
    @Test func aLogThatIsRemovedAfterACrashIsMissed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R", options: "--reclaim-grace", "500")
        try await box.recordFollows()
        kill(holder.process.pid, SIGKILL)
        try await box.killDaemon()
        let log = try #require(Files.bytes(of: box.journal + "-wal"))
        #expect(unlink(box.journal + "-wal") == 0)
        for words in [["-r", "R", "-o", "1500", "--", "echo", "two"], ["--prune-older-than", "0s"], ["--vacuum"]] {
            let refused = try await box.run([box.program] + box.options + words)
            #expect(refused.status == 99 && refused.output.isEmpty, "\(refused)")
            #expect(refused.errors.contains("--accept-journal"), "\(refused)")
        }
        // A journal that is brought back is accepted.
        try Files.write(log, to: box.journal + "-wal", mode: 0o600)
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "echo", "two").status == 98)
        #expect(try await box.flom("--verify").status == 0)
    }

    @Test func aWaiterGetsNothingThatIsNotOnRecord() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let waiter = try await box.queue(for: "R", "--", "echo", "got it")
        #expect(rename(box.journal, box.path("moved")) == 0)
        _ = try await refusal(box)
        kill(holder.commandPID, SIGTERM)
        #expect(try await holder.process.wait().status == 143)
        #expect(waiter.outputSoFar.isEmpty)
        #expect(rename(box.path("moved"), box.journal) == 0)
        #expect(try await waiter.wait().output == "got it\n")
        let rows = try ReportRow.rows(try await box.flom("--history", "--format", "json"))
        #expect(rows.filter { $0.resource == "R" }.map(\.outcome) == ["released", "released"])
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    @Test func aRestartGoesOnWithoutTheLogThatWasRemoved() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let waiter = try await box.queue(for: "R", "--", "echo", "got it")
        #expect(unlink(box.journal + "-wal") == 0)
        let refused = try await refusal(box)
        #expect(refused.errors.contains("--restart"), "\(refused)")
        let restart = try await box.flom("--restart")
        #expect(restart.status == 0, "\(restart)")
        #expect(try await box.flom("-r", "Q", "--", "echo", "ran").output == "ran\n")
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
        #expect(try await waiter.wait().output == "got it\n")
        #expect(try await JournalAudit.findings(of: box.journal, in: box).isEmpty)
    }

    /// After an orderly end nothing is held; only the history is lost.
    @Test func afterAnEndInOrderAnEmptyJournalIsBegunAnew() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let token = try await box.flom("-r", "R", "--", "sh", "-c", "echo $FLOM_FENCING_TOKEN").output
        let daemon = try #require(box.daemonPID)
        #expect(try await box.flom("-x").status == 0)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
        for name in [box.journal, box.journal + "-wal"] where Files.exists(name) { #expect(truncate(name, 0) == 0) }
        let next = try await box.flom("-r", "R", "-o", "0", "--", "sh", "-c", "echo $FLOM_FENCING_TOKEN")
        #expect(next.status == 0 && next.errors.isEmpty == false && next.errors.contains("lost"), "\(next)")
        let numbers = [token, next.output].map { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 }
        #expect(numbers[0] > 0 && numbers[1] > numbers[0], "\(numbers)")
    }

    @Test(arguments: [true, false]) func aPersonMayAcceptWhatThereIs(fileIsThere: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--reclaim-grace", "3000")
        let holder = try await box.hold("R", options: "-d", "0")
        let running = try await box.flom("--accept-journal")
        #expect(running.status == 99 && running.errors.contains("flom -X"), "\(running)")
        try await box.killDaemon()
        for ending in ["", "-wal", "-shm"] { unlink(box.journal + ending) }
        if fileIsThere { try Files.write([UInt8](), to: box.journal, mode: 0o600) }
        #expect(try await box.flom("-r", "Q", "-o", "0", "--", "echo", "ran").status == 99)
        let accepted = try await box.flom("--accept-journal")
        #expect(accepted.status == 0 && accepted.output.contains("gives no lock for 3.0 s"), "\(accepted)")
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "echo", "two").status == 98)
        let outcome = try await box.flom("-r", "Q", "--", "echo", "ran")
        #expect(outcome.output == "ran\n", "\(outcome)")
        // It is said once only.
        #expect(box.recorded("accept-journal") == "no")
        try await holder.letGo()
        _ = try await holder.process.wait()
    }

    /// A waiter has no lock that could be on record elsewhere, and the place is the same, so it asks anew.
    @Test func aWaiterAsksAnewAtAJournalThatWasAccepted() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon("--reclaim-grace", "1000")
        let holder = try await box.hold("R", options: "-d", "0")
        let waiter = try await box.queue(for: "R", "-d", "0", "--", "echo", "got it")
        try await box.recordFollows()
        try await box.killDaemon()
        for ending in ["", "-wal", "-shm"] { unlink(box.journal + ending) }
        #expect(try await box.flom("--accept-journal").status == 0)
        #expect(try await box.flom("-r", "Q", "--", "true").status == 0)
        try await holder.letGo()
        _ = try await holder.process.wait()
        let outcome = try await waiter.wait()
        #expect(outcome.status == 0 && outcome.output == "got it\n", "\(outcome)")
        #expect(outcome.errors.contains("has another journal now") && outcome.errors.contains("asked anew there"), "\(outcome)")
    }

    @Test func withoutARecordThereIsNothingToAccept() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("--accept-journal")
        #expect(outcome.status == 99 && outcome.errors.contains("any journal is accepted"), "\(outcome)")
        #expect(!Files.exists(box.record))
    }
}
