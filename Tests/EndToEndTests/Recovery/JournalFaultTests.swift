import FlomTestKit
import Foundation
import Testing

/// Journals that cannot be used: a sentence says so, no lock is given, and the file stays unchanged.
@Suite struct JournalFaultTests {
    private func expectRefusal(_ outcome: Outcome, naming path: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("flom: ") && outcome.errors.contains(path), "\(outcome)", sourceLocation: sourceLocation)
    }

    private static let foreign: [(String, [UInt8])] = [
        ("text", Array(String(repeating: "This is not a database. ", count: 400).utf8)),
        ("a header and garbage", Array("SQLite format 3\0".utf8) + (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }),
        ("zeros", [UInt8](repeating: 0, count: 8192)),
    ]

    @Test(arguments: foreign)
    func aFileThatIsNoJournalIsRefusedAndLeftUntouched(name: String, content: [UInt8]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write(content, to: box.journal, mode: 0o600)
        expectRefusal(try await box.flom("--", "echo", "ran"), naming: box.journal)
        #expect(Files.bytes(of: box.journal) == content)
        let history = try await box.flom("--history")
        #expect(history.status == 99 && history.errors.contains(box.journal), "\(history)")
        #expect(box.processes.isEmpty)
    }

    @Test func aDirectoryIsNoJournal() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.journal)
        expectRefusal(try await box.flom("--", "echo", "ran"), naming: box.journal)
    }

    @Test(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
    func anotherProgramsDatabaseIsRefusedAndLeftUntouched() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await JournalQuery.rows("create table theirs (a)", of: box.journal, in: box)
        let before = Files.bytes(of: box.journal)
        expectRefusal(try await box.flom("--", "echo", "ran"), naming: box.journal)
        #expect(Files.bytes(of: box.journal) == before)
    }

    @Test(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
    func aNewerJournalIsRefusedAndLeftUntouched() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let pid = try await box.startDaemon()
        kill(pid, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        _ = try await JournalQuery.rows("pragma user_version = 9999", of: box.journal, in: box)
        let before = Files.bytes(of: box.journal)
        let outcome = try await box.flom("--", "echo", "ran")
        expectRefusal(outcome, naming: box.journal)
        #expect(outcome.errors.contains("newer"), "\(outcome)")
        #expect(Files.bytes(of: box.journal) == before)
        let history = try await box.flom("--history")
        #expect(history.status == 99 && history.errors.contains("newer"), "\(history)")
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func aJournalThatCannotBeReadIsRefused() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let pid = try await box.startDaemon()
        kill(pid, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        let command = [box.program, "-s", box.path("home/s"), "--journal", box.journal]
        expectRefusal(try await box.run(Stranger.words(command + ["--", "echo", "ran"])), naming: box.journal)
        expectRefusal(try await box.run(Stranger.words(command + ["--history"])), naming: box.journal)
    }

    @Test func aJournalServesOneEndpointOnly() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let outcome = try await box.flom("-s", box.path("other"), "-o", "2000", "--", "echo", "ran")
        expectRefusal(outcome, naming: box.journal)
        #expect(box.processes.map(\.pid) == [try #require(box.daemonPID)])
    }

    @Test func afterACrashAnotherJournalIsRefused() async throws {
        let box = try Sandbox()
        defer { box.close() }
        // Otherwise it would start the next daemon.
        kill(try await box.hold("R").process.pid, SIGSTOP)
        try await box.killDaemon()
        let other = box.path("other")
        let outcome = try await box.flom("--journal", other, "-r", "R", "-o", "0", "--", "echo", "ran")
        expectRefusal(outcome, naming: box.journal)
        #expect(!Files.exists(other))
        // Without --journal the endpoint's own journal is found, with the lock in it.
        let found = try await box.run([box.program, "-s", box.socket, "-r", "R", "-o", "0", "--", "echo", "ran"])
        #expect(found.status == 98, "\(found)")
    }

    @Test func whileTheJournalsNameIsAnotherFileNoLockIsGiven() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        #expect(rename(box.journal, box.path("moved")) == 0)
        let refused = try await found("a request is refused") { () -> Outcome? in
            let outcome = try await box.flom("-r", "Q", "-o", "0", "--", "echo", "ran")
            return outcome.status == 0 ? nil : outcome
        }
        expectRefusal(refused, naming: box.journal)
        #expect(rename(box.path("moved"), box.journal) == 0)
        try await eventually("requests are granted again") {
            try await box.flom("-r", "Q", "-o", "0", "--", "true").status == 0
        }
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }

    @Test(
        .enabled(if: Conditions.canMount, "needs the right to mount a tmpfs"),
        .enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
    func onAFullDiskNothingIsGrantedAndReleasesGoOn() async throws {
        let box = try Sandbox()
        let folder = box.path("small")
        try Files.makeDirectory(folder)
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=4m") == 0)
        defer {
            for process in box.processes { kill(process.pid, SIGKILL) }
            umount2(folder, Int32(MNT_DETACH))
            box.close()
        }
        let flom = [box.program, "-s", box.socket, "--journal", folder + "/journal", "-d", "60000"]
        let gate = try box.gate("gate")
        let holder = try box.start(flom + ["-r", "R", "--", "cat", gate.path])
        try await eventually("the holder runs") {
            let report = try await box.run(flom + ["--status", "--format", "json"])
            return report.status == 0 && report.output.contains("\"command_pid\"")
        }

        let filler = folder + "/filler"
        var granted = 0
        // The first request on the full disk waits until its own time is over; those that follow are refused at once.
        let refused = try await found("a request is refused on the full disk") { () -> Outcome? in
            _ = try await box.run(["sh", "-c", "cat /dev/zero >> '\(filler)'"])
            let outcome = try await box.run(flom + ["-r", "Q", "-o", "500", "--", "sh", "-c", "echo ran >> ran"])
            if outcome.status == 0 { granted += 1 }
            return outcome.status == 0 ? nil : outcome
        }
        #expect(refused.status == 98 || refused.status == 99, "\(refused)")
        let again = try await box.run(flom + ["-r", "Q", "-o", "0", "--", "sh", "-c", "echo ran >> ran"])
        #expect(again.status == 99 && again.errors.contains("no lock is given"), "\(again)")

        try await gate.open()
        try await eventually("the holder's command has ended") {
            !box.processes.contains { $0.name == "cat" }
        }
        #expect(unlink(filler) == 0)
        #expect(try await holder.wait().status == 0)
        try await eventually("requests are granted again") {
            let outcome = try await box.run(flom + ["-r", "Q", "-o", "0", "--", "sh", "-c", "echo ran >> ran"])
            if outcome.status == 0 { granted += 1 }
            return outcome.status == 0
        }
        // The commands that ran are on record, and so is the gap.
        let runs = (Files.text(of: box.path("ran")) ?? "").split(separator: "\n").count
        let rows = try ReportRow.rows(try await box.run(flom + ["--history", "--format", "json"]))
        #expect(runs == granted && rows.filter { $0.resource == "Q" && $0.outcome == "released" }.count == granted)
        #expect(rows.first?.resource == "R" && rows.first?.outcome == "released" && rows.first?.exitStatus == 0)
        let gaps = try await JournalQuery.rows(
            "select detail from event where kind = 'journal_gap'", of: folder + "/journal", in: box)
        #expect(!gaps.isEmpty)
    }
}
