import FlomTestKit
import Foundation
import Testing

/// `--history` and `--status` for users who cannot read the journal: the daemon sends the rows, page by page.
@Suite(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
struct RemoteQueryTests {
    /// A report for a user without access to the journal, which therefore asks the daemon.
    private func ask(_ box: Sandbox, as uid: uid_t = Stranger.other, _ words: [String]) async throws -> Outcome {
        try await box.run(Stranger.words([box.program, "-s", box.socket] + words, uid: uid))
    }

    /// The same report for root, who reads the file.
    private func read(_ box: Sandbox, _ words: [String]) async throws -> [String] {
        let outcome = try await box.run([box.program, "-s", box.socket] + words)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        return lines(outcome.output)
    }

    private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

    /// A line of JSON with the first word of its command only.
    private func withoutArguments(_ line: String) -> String {
        guard line.contains(#""command""#) else { return line }
        return line.replacing(/"command":\[("(?:[^"\\]|\\.)*")(?:,"(?:[^"\\]|\\.)*")*\]/) { "\"command\":[\($0.output.1)]" }
    }

    /// A daemon of a user without a name, with its journal where only that user may read.
    private func startDaemon(_ box: Sandbox) async throws {
        try Files.makeDirectory(box.path("private"), mode: 0o700)
        #expect(chown(box.path("private"), Stranger.uid, Stranger.uid) == 0 && chmod(box.directory, 0o777) == 0)
        let options = ["-s", box.socket, "--journal", box.path("private/journal"), "-d", "60000"]
        let words = [box.program] + options + ["-r", "first", "--", "echo", "secret \"word\" here", "]"]
        let outcome = try await box.run(Stranger.words(words))
        try #require(outcome.status == 0, "\(outcome)")
    }

    /// Makes this number of locks and unlocks by a 1.7.2 client.
    private func lockOften(_ box: Sandbox, _ name: String, times: Int) async throws {
        let client = try await RawClient(box.socket)
        for start in stride(from: 0, to: times, by: 100) {
            let count = min(100, times - start)
            try await client.send(String(repeating: LegacyMessages.lock(name) + LegacyMessages.unlock(name), count: count))
            for _ in 0..<count { #expect(try await client.receive() == LegacyMessages.firstAnswer(0)) }
        }
        client.halfClose()
        #expect(try await client.receive() == nil)
    }

    @Test func theHistoryIsTheSameOverManyPages() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try await startDaemon(box)
        try await lockOften(box, "R1", times: 2000)
        try await lockOften(box, "R2", times: 1000)
        let failing = [box.program, "-s", box.socket, "-r", "R1", "--", "sh", "-c", "exit 3", "sh", "top secret"]
        #expect(try await box.run(failing).status == 3)

        let json = ["--history", "--format", "json"]
        for selection in [
            [], ["--limit", "700"], ["--limit", "1"], ["-r", "R2"], ["-r", "R1", "--limit", "1500"], ["-r", "nosuch"],
        ] {
            let local = try await read(box, json + selection)
            let remote = try await ask(box, json + selection)
            #expect(remote.status == 0 && remote.errors.isEmpty, "\(selection): \(remote.errors)")
            #expect(lines(remote.output) == local.map(withoutArguments), "\(selection)")
            #expect(!remote.output.contains("secret"))
            if selection.isEmpty { #expect(local.count == 3002) }
        }
        #expect(try await ask(box, json).output.contains(#""command":["sh"]"#))
        // The same as a table.
        let table = lines(try await ask(box, ["--history", "--limit", "2"]).output)
        #expect(table.count == 3 && table[0].hasPrefix("ASKED") && table[2].hasSuffix("  sh"), "\(table)")

        // The daemon's own user sees everything, also when the file is out of reach: the daemon has it open by now.
        #expect(chmod(box.path("private"), 0) == 0)
        let own = try await ask(box, as: Stranger.uid, json)
        #expect(try await lines(own.output) == read(box, json) && own.output.contains("top secret"), "\(own.errors)")
    }

    @Test func theStatusIsToldToo() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try await startDaemon(box)
        let empty = try await ask(box, ["--status"])
        #expect(empty.output == "nothing is held, and nobody waits\n" && empty.errors.isEmpty, "\(empty)")

        let holder = try await RawClient(box.socket)
        let waiter = try await RawClient(box.socket)
        for client in [holder, waiter] {
            try await client.send(LegacyMessages.lock("R"))
            _ = try await client.receive()
        }
        let status = try await ask(box, ["--status", "--format", "json"])
        #expect(try ReportRow.rows(status).map(\.outcome) == ["held", "waiting"])
        #expect(try await lines(status.output) == read(box, ["--status", "--format", "json"]))
        #expect(try await ask(box, ["--status", "-r", "other"]).output == "nothing is held, and nobody waits\n")
        withExtendedLifetime((holder, waiter)) {}
    }

    /// A query is no lock request: it is not on record, and uses no number.
    @Test func theProbeLeavesNoTrace() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try await startDaemon(box)
        for _ in 0..<3 { #expect(try await ask(box, ["--history"]).status == 0) }
        #expect(try await box.run([box.program, "-s", box.socket, "-r", "R", "--", "true"]).status == 0)
        let rows = try await read(box, ["--history", "--format", "json"])
        #expect(rows.count == 2 && rows[1].contains(#""request":2,"#), "\(rows)")
    }

    @Test func withoutDaemonTheSentenceSaysWhatWasTriedAndNoneIsStarted() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try await startDaemon(box)
        let pid = try #require(box.daemonPID)
        kill(pid, SIGTERM)
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        for report in ["--history", "--status"] {
            let outcome = try await ask(box, [report])
            #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.errors.contains("there is no journal '") && outcome.errors.contains(box.socket), "\(outcome)")
        }
        #expect(box.processes.isEmpty && !Files.exists(box.socket))
    }

    /// More queries at once than the daemon lets wait.
    @Test func manyAskAtOnce() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try await startDaemon(box)
        try await lockOften(box, "R1", times: 500)
        let all = try (0..<100).map { _ in
            try box.start(
                Stranger.words([box.program, "-s", box.socket, "--history", "--format", "json"], uid: Stranger.other))
        }
        for process in all {
            let outcome = try await process.wait()
            // Each gets all rows, or a sentence.
            if outcome.status == 0 {
                #expect(lines(outcome.output).count == 501)
            } else {
                #expect(outcome.status == 99 && outcome.errors.contains("try again"), "\(outcome.errors)")
            }
        }
        #expect(try await ask(box, ["--history"]).status == 0)
    }
}

/// The same query to daemons of other versions.
@Suite struct QueryOfOthersTests {
    @Test func a172DaemonKeepsNoHistoryAndSurvivesTheQuestion() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        for report in ["--history", "--status"] {
            let run = try box.start([box.program, "-s", box.socket, report])
            do {
                let session = try await daemon.accept()
                let probe = try await session.receiveLock()
                for attribute in ["mode", "wait", "create"] { #expect(probe["resource", attribute] == "0", "\(attribute)") }
                try await session.answer(LegacyMessages.firstAnswer(5))
                try await session.receiveEnd()
            }
            let outcome = try await run.wait()
            #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.errors.contains("1.7.2") && outcome.errors.contains("keeps no history"), "\(outcome)")
        }
    }

    @Test(arguments: ["garbage</msg>", LegacyMessages.firstAnswer(0), LegacyMessages.laterAnswer(0)])
    func theReportEndsWithAnyAnswer(bytes: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let run = try box.start([box.program, "-s", box.socket, "--history"])
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(bytes)
            try await session.receiveEnd()
        }
        #expect(try await run.wait().status == 99)
    }

    /// A query from a connection that has not shown the marker costs it the connection, as every unknown verb does.
    @Test func aQueryComesAfterTheMarker() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let query = LegacyMessages.declaration + #"<msg level="3" verb="19" step="8" x="1"><query open="0"/></msg>"#
        let first = try await RawClient(box.socket)
        try await first.send(query)
        #expect(try await first.receive() == nil)
        let second = try await RawClient(box.socket)
        try await second.send(LegacyMessages.lock("R"))
        #expect(try await second.receive() == LegacyMessages.firstAnswer(0))
        try await second.send(query)
        #expect(try await second.receive() == nil)
        #expect(try await box.flom("-r", "R", "-o", "0", "--", "true").status == 0)
    }

    /// A few queries at once are answered in their order; a flood costs the connection, and affects no other client.
    @Test func severalQueriesOnOneConnection() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.flom("-r", "R", "--", "true")
        let probe = LegacyMessages.lock("nosuch", mode: 0, wait: false, create: false, extra: #" x="1""#)
            .replacing("<session ", with: #"<session x-sess="AAECAwQFBgcICQoLDA0ODw" "#)
        func query(after: Int) -> String {
            LegacyMessages.declaration
                + #"<msg level="3" verb="19" step="8" x="1"><query open="0" after="\#(after)" size="1"/></msg>"#
        }
        let client = try await RawClient(box.socket)
        try await client.send(probe + query(after: 0) + query(after: 1) + query(after: 0))
        let confirmed = try #require(try await client.receive())
        #expect(confirmed.contains(#"x="1""#) && confirmed.contains(#"rc="5""#), "\(confirmed)")
        for number in [1, 2, 1] {
            let page = try #require(try await client.receive())
            #expect(page.contains(#"<row request="\#(number)""#), "\(page)")
            #expect(page.contains(number == 1 ? #"<page more="1" upto="2"/>"# : #"<page more="0" upto="2"/>"#), "\(page)")
        }
        // A lock can still be asked for on this connection.
        try await client.send(LegacyMessages.lock("R"))
        #expect(try #require(try await client.receive()).contains(#"rc="0""#))

        let flood = try await RawClient(box.socket)
        // It may be closed before all of it is sent.
        try? await flood.send(probe + String(repeating: query(after: 0), count: 2000))
        var answers = 0
        while (try? await flood.receive()) != nil { answers += 1 }
        #expect(answers < 2001)
        #expect(try await box.flom("-r", "other", "--", "echo", "served").output == "served\n")
    }
}
