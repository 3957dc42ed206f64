import FlomTestKit
import Foundation
import Testing

/// `--verify` and `--head` on the built binary.
@Suite(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3"))
struct VerifyTests {
    /// A journal with a few requests, whose daemon has ended.
    private func sandbox() async throws -> Sandbox {
        let box = try Sandbox()
        let pid = try await box.startDaemon()
        for number in 1...3 { try await box.flom("-r", "R\(number)", "--", "echo", "\(number)") }
        try await box.flom("-r", "R1", "-r", "R2", "--", "sh", "-c", "kill -9 $$")
        let holder = try await box.hold("busy")
        #expect(try await box.flom("-r", "busy", "-o", "0", "--", "echo", "in vain").status == 98)
        try await holder.letGo()
        _ = try await holder.process.wait()
        try await box.flom("-x")
        try await eventually("the daemon is gone") { !ProcessTable.isAlive(pid) }
        return box
    }

    @Test func allIsWell() async throws {
        let box = try await sandbox()
        defer { box.close() }
        let head = try await box.flom("--history", "--head").output.split(separator: "\n").map(String.init)
        try #require(head.count == 1 && head[0].wholeMatch(of: #/[0-9]+:[0-9a-f]{64}/#) != nil, "\(head)")
        let count = head[0].prefix { $0 != ":" }
        for words in [["--verify"], ["--history", "--verify"], ["--verify", "--history", "--expect", head[0]]] {
            let outcome = try await box.run([box.program] + box.options + words)
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            #expect(
                outcome.output.hasPrefix("\(count) events from ") && outcome.output.hasSuffix("none changed; head \(head[0])\n"))
        }
        #expect(box.processes.isEmpty, "no daemon is started for that")
    }

    /// While a daemon writes and holders come and go.
    @Test func underADaemonThatWrites() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await box.hold("R")
        let waiter = try await box.queue(for: "R", "--", "true")
        let loop = try box.start(
            ["sh", "-c", #"while "$0" -s "$1" -r other -- true; do :; done"#, box.program, box.socket])
        for _ in 0..<20 {
            let outcome = try await box.flom("--verify")
            #expect(outcome.status == 0, "\(outcome)")
        }
        kill(loop.pid, SIGKILL)
        try await holder.letGo()
        #expect(try await waiter.wait().status == 0)
    }

    @Test(arguments: [
        ("UPDATE event SET at = at + 1000000 WHERE number = 5", "event 5 "),
        ("DELETE FROM event WHERE number = 5", "event 5 is missing"),
        ("UPDATE request SET user = 'eve' WHERE number = 2", "'user' of request 2 "),
        ("UPDATE request SET command = NULL WHERE number = 3", "'command' of request 3 "),
        ("UPDATE request SET exit_status = 0, signal = NULL WHERE number = 5", "of request 5 "),
        ("DELETE FROM request WHERE number = 4", "request 4 was removed"),
    ])
    func changesAreNamed(_ sql: String, _ name: String) async throws {
        let box = try await sandbox()
        defer { box.close() }
        _ = try await JournalQuery.rows(sql, of: box.journal, in: box)
        let outcome = try await box.flom("--verify")
        #expect(outcome.status == 1 && outcome.output.isEmpty && outcome.errors.contains(name), "\(outcome)")
        #expect(outcome.errors.contains(#/\(?20\d\d-\d\d-\d\d \d\d:\d\d:\d\d/#), "with its time: \(outcome)")
    }

    @Test func anEndThatWasCutOff() async throws {
        let box = try await sandbox()
        defer { box.close() }
        let head = try await box.flom("--head").output.trimmingCharacters(in: .newlines)
        let number = try #require(Int(head.prefix { $0 != ":" }))
        _ = try await JournalQuery.rows("DELETE FROM event WHERE number >= \(number)", of: box.journal, in: box)
        // The endpoint record knows the last event.
        let outcome = try await box.flom("--verify")
        #expect(outcome.status == 1 && outcome.errors.contains("ends before event \(number)"), "\(outcome)")
        try FileManager.default.removeItem(atPath: box.record)
        #expect(try await box.flom("--verify").status == 0, "nobody knows")
        let expected = try await box.flom("--verify", "--expect", head)
        #expect(expected.status == 1 && expected.errors.contains("ends before event \(number)"), "\(expected)")
        let other = "2:" + String(repeating: "0", count: 64)
        let anew = try await box.flom("--verify", "--expect", other)
        #expect(anew.status == 1 && anew.errors.contains("event 2 ") && anew.errors.contains("computed anew"), "\(anew)")
    }

    @Test func unreadableJournals() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for words in [["--verify"], ["--head"], ["--prune-older-than", "1d"], ["--vacuum"]] {
            let missing = try await box.run([box.program] + box.options + words)
            #expect(missing.status == 99 && missing.errors.contains(box.journal), "\(missing)")
        }
        try Files.write("no journal", to: box.journal)
        #expect(try await box.flom("--verify").status == 99)
        let remote = try await box.run([box.program, "-a", "192.0.2.1", "--verify"])
        #expect(remote.status == 99 && remote.errors.contains("lies on its own host"), "\(remote)")
        let wrong: [([String], String)] = [
            (["--verify", "--expect", "12"], "64 hexadecimal digits"),
            (["--expect", "1:" + String(repeating: "a", count: 64)], "--verify is missing"),
            (["--verify", "--head"], "four things"), (["--verify", "--vacuum"], "four things"),
            (["--history", "--prune-older-than", "90"], "90s, 30m"),
        ]
        for (words, sentence) in wrong {
            let outcome = try await box.run([box.program] + box.options + words)
            #expect(outcome.status == 99 && outcome.errors.contains(sentence), "\(outcome)")
        }
        #expect(box.processes.isEmpty && !Files.exists(box.socket))
    }
}
