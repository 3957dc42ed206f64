import FlomTestKit
import Foundation
import Testing

/// `--history --follow`.
@Suite struct FollowTests {
    private func resources(_ follower: RunningProcess) throws -> [String] {
        try follower.outputSoFar.split(separator: "\n").map { try JSONValue.of($0)["resource"]?.text ?? "" }
    }

    private func follow(_ box: Sandbox, _ words: String...) throws -> RunningProcess {
        try box.start([box.program] + box.options + ["--history", "--follow", "--format", "json"] + words)
    }

    private func shows(_ follower: RunningProcess, _ expected: [String]) async throws {
        try await eventually("\(expected) is shown and not \(follower.outputSoFar)") { try resources(follower) == expected }
    }

    @Test func eachEndIsShownOnceInItsOrder() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for number in 1...3 { try await box.flom("-r", "R\(number)", "--", "true") }
        let follower = try follow(box, "--limit", "2")
        try await shows(follower, ["R2", "R3"])
        let first = try await box.hold("A")
        let second = try await box.hold("B")
        try await box.flom("-r", "C", "--", "true")
        try await shows(follower, ["R2", "R3", "C"])
        try await second.letGo()
        try await shows(follower, ["R2", "R3", "C", "B"])
        try await first.letGo()
        try await shows(follower, ["R2", "R3", "C", "B", "A"])
        follower.send(SIGINT)
        let outcome = try await follower.wait()
        #expect(outcome.errors.isEmpty, "\(outcome)")
        #expect(try JSONSchema(document: "history.schema.json").complaints(lines: outcome.output) == [])
    }

    @Test func itBeginsBeforeTheJournalAndOutlivesTheDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let follower = try follow(box)
        let first = try await box.hold("A")
        try await box.killDaemon()
        try await first.letGo()
        try await shows(follower, ["A"])
        try await box.flom("-r", "B", "--", "true")
        try await shows(follower, ["A", "B"])
        #expect(follower.isRunning)
    }

    @Test func aJournalThatTakesThePlaceOfAnotherIsFollowed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for name in ["A", "B", "C"] { try await box.flom("-r", name, "--", "true") }
        let follower = try follow(box)
        try await shows(follower, ["A", "B", "C"])
        let pid = try #require(box.daemonPID)
        kill(pid, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        for suffix in ["", "-wal", "-shm"] where Files.exists(box.journal + suffix) {
            try FileManager.default.moveItem(atPath: box.journal + suffix, toPath: box.path("old" + suffix))
        }
        try await box.flom("-r", "D", "--", "true")
        #expect(try await box.history().map(\.request) == [1])
        try await shows(follower, ["A", "B", "C", "D"])
    }

    /// Puts a copy of an earlier day into the same file, with a log and an index of its own.
    @Test(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"), arguments: [false, true])
    func aRestoredJournalIsSaidAndFollowed(catchesUp: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.flom("-r", "A", "--", "true")
        let copy = JournalFiles(of: box)
        for name in ["B", "C"] { try await box.flom("-r", name, "--", "true") }
        let follower = try follow(box)
        try await shows(follower, ["A", "B", "C"])
        if catchesUp { follower.send(SIGSTOP) }
        let daemon = try #require(box.daemonPID)
        #expect(try await box.flom("-x").status == 0)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
        for ending in ["-wal", "-shm"] { unlink(box.journal + ending) }
        try copy.write(to: box)
        let new = catchesUp ? ["D", "E", "F"] : ["D"]
        for name in new { try await box.flom("-r", name, "--", "true") }
        if catchesUp { follower.send(SIGCONT) }
        try await shows(follower, ["A", "B", "C"] + new)
        #expect(follower.errorsSoFar.contains("not the one that was followed"), "\(follower.errorsSoFar)")
        try await box.flom("-r", "Z", "--", "true")
        try await shows(follower, ["A", "B", "C"] + new + ["Z"])
    }

    /// The states of the file while a copy is written into it page by page, or a wrong file is copied first.
    @Test(
        .enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"),
        arguments: ["half of it", "another program's", "without tables"])
    func aFileThatIsNoJournalForAWhileIsWaitedFor(_ content: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.flom("-r", "A", "--", "true")
        let copy = JournalFiles(of: box)
        let follower = try follow(box)
        try await shows(follower, ["A"])
        let daemon = try #require(box.daemonPID)
        #expect(try await box.flom("-x").status == 0)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(daemon) }
        let whole = try #require(Files.bytes(of: box.journal))
        for ending in ["-wal", "-shm"] { unlink(box.journal + ending) }
        // Written into the same file, as `cp` does.
        let file = try FileHandle(forWritingTo: URL(filePath: box.journal))
        try file.truncate(atOffset: 0)
        switch content {
        case "half of it": try file.write(contentsOf: Data(whole.prefix(whole.count / 2)))
        default:
            _ = try await JournalQuery.rows("CREATE TABLE t (x)", of: box.path("other"), in: box)
            var other = try #require(Files.bytes(of: box.path("other")))
            // The application id and the version of the journal, and nothing else of it.
            if content == "without tables" { other.replaceSubrange(60..<72, with: whole[60..<72]) }
            try file.write(contentsOf: Data(other))
        }
        try await eventually("it waits: \(follower.errorsSoFar)") { follower.errorsSoFar.contains("--follow waits for it") }
        try file.close()
        for ending in ["-wal", "-shm"] { unlink(box.journal + ending) }
        try copy.write(to: box)
        try await box.flom("-r", "D", "--", "true")
        try await shows(follower, ["A", "D"])
    }

    @Test func onlyWhatMatchesIsFollowed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let follower = try follow(box, "--command", "wanted", "--outcome", "released", "--outcome", "refused")
        let holder = try await box.hold("R")
        try await box.flom("-r", "R", "-o", "0", "--", "echo", "wanted")
        try await box.flom("-r", "R", "-o", "20", "--", "echo", "wanted")
        let wanted = try await box.queue(for: "R", "--", "echo", "wanted")
        try await holder.letGo()
        #expect(try await wanted.wait().status == 0)
        try await eventually("both are shown") { follower.outputSoFar.split(separator: "\n").count >= 2 }
        try await box.flom("-r", "last", "--", "echo", "wanted")
        try await shows(follower, ["R", "R", "last"])
    }

    @Test func aReaderThatLeavesEndsIt() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        // No more rows come that could be written into the closed pipe.
        let script = #""$0" -s "$1" --history --follow | head -n 1; echo done"#
        let outcome = try await box.run(["bash", "-c", script, box.program, box.socket])
        #expect(outcome.output.hasSuffix("\ndone\n") && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func theDaemonIsFollowedWhereTheJournalCannotBeRead() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try Files.makeDirectory(box.path("private"), mode: 0o700)
        let options = ["-s", box.socket, "--journal", box.path("private/journal"), "-d", "60000"]
        let lock = { (name: String) in try await box.run([box.program] + options + ["-r", name, "--", "true"]) }
        let first = try await lock("A")
        try #require(first.status == 0, "\(first)")
        let words = [box.program, "-s", box.socket, "--history", "--follow", "--format", "json"]
        let follower = try box.start(Stranger.words(words))
        try await shows(follower, ["A"])
        #expect(try await lock("B").status == 0)
        try await shows(follower, ["A", "B"])
        try await box.killDaemon()
        #expect(try await lock("C").status == 0)
        try await shows(follower, ["A", "B", "C"])
    }
}
