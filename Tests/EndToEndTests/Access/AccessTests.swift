import FlomTestKit
import Foundation
import Testing

/// Rights on a socket: the sentence of a refusal, and its record.
@Suite(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
struct AccessTests {
    private static let rules = """
        [Access]
        Rule=allow lock,read to uid \(Stranger.uid) on backup*
        Rule=deny lock to uid \(Stranger.uid)
        Rule=allow break,prune to group \(Stranger.other)
        Rule=deny read to uid 1-40000
        """

    /// A daemon of root's with these rules, in the foreground.
    private func daemon(_ box: Sandbox, _ rules: String = rules) async throws -> RunningProcess {
        try Files.write(rules, to: box.path("file"))
        return try await box.startForeground("-c", "file")
    }

    private func flom(_ box: Sandbox, as uid: uid_t, _ words: String...) async throws -> Outcome {
        try await box.run(Stranger.words([box.program, "-s", box.socket, "-d", "0"] + words, uid: uid))
    }

    @Test func aForbiddenLockIsRefusedWithTheReasonAndIsOnRecord() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let daemon = try await daemon(box)
        #expect(try await flom(box, as: Stranger.uid, "-r", "backup7", "--", "echo", "ran").output == "ran\n")
        let refused = try await flom(box, as: Stranger.uid, "-r", "db", "--", "echo", "ran")
        #expect(refused.status == 99 && refused.output.isEmpty, "\(refused)")
        #expect(
            refused.errors.contains("you may not lock 'db': a rule of access says so; to the daemon you are user")
                && refused.errors.contains("(uid \(Stranger.uid)) on its socket")
                && refused.errors.contains("flom --access-test 'uid \(Stranger.uid)' shows the rule"), "\(refused)")
        // One refused resource of several is enough.
        let both = try await flom(box, as: Stranger.uid, "-r", "backup7", "-r", "db", "--", "echo", "ran")
        #expect(both.status == 99 && both.output.isEmpty && both.errors.contains("lock 'db'"), "\(both)")
        #expect(try await flom(box, as: Stranger.other, "-r", "db", "--", "echo", "ran").output == "ran\n")
        let rows = try await box.history(of: "db")
        #expect(rows.map(\.outcome) == ["refused", "refused", "released"])
        #expect(rows.first?.detail == "not_allowed" && rows.first?.command == ["echo", "ran"], "\(rows)")
        #expect(daemon.errorsSoFar.contains("FLM122W") && daemon.errorsSoFar.contains("may not lock 'db'"))
        let verified = try await box.flom("--history", "--verify")
        #expect(verified.status == 0, "\(verified)")
    }

    /// A client of 1.7.2 gets a code and no lock.
    @Test func a172ClientIsRefusedToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await daemon(box, "[Access]\nRule=deny lock to anybody on R*\n")
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock("R1"))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(3))
        try await client.send(LegacyMessages.lock("S1"))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(0))
    }

    @Test func readingBreakingPruningAndEndingHaveTheirRights() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        _ = try await daemon(box)
        let holder = try await box.hold("db")
        let request = try #require(try await box.status().first?.request)
        // A user of another group may not.
        for (words, wish) in [
            (["--break", "--request", "\(request)", "--yes"], "break a lock"),
            (["--prune-older-than", "1d"], "remove something from its journal"),
            (["-x"], "end or replace the daemon"), (["-X"], "end or replace the daemon"),
            (["--restart"], "end or replace the daemon"),
        ] {
            let outcome = try await box.run(
                Stranger.words([box.program, "-s", box.socket, "-d", "0"] + words, uid: Stranger.uid))
            #expect(outcome.status == 99 && outcome.errors.contains("you may not \(wish)"), "\(words): \(outcome)")
            #expect(outcome.errors.contains("only the user who runs the daemon"), "\(outcome)")
        }
        let blind = try await flom(box, as: 1234, "--status")
        #expect(blind.status == 99 && blind.errors.contains("you may not see who holds what: a rule"), "\(blind)")
        #expect(holder.process.isRunning)
        // A user may by group.
        let pruned = try await flom(box, as: Stranger.other, "--prune-older-than", "1d")
        #expect(pruned.status == 0, "\(pruned)")
        let broken = try await flom(box, as: Stranger.other, "--break", "--request", "\(request)", "--yes")
        #expect(broken.status == 0, "\(broken)")
        try await eventually("the lock is free") { try await box.status().isEmpty }
        #expect(try await flom(box, as: Stranger.other, "-x").status == 99)
        try await holder.letGo()
    }

    /// Users see their own commands, and those of others with the right to read commands.
    @Test func commandsAreShownToTheirOwnUser() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        _ = try await daemon(box, "[Access]\nRule=allow read-commands to uid \(Stranger.other)\n")
        _ = try await flom(box, as: Stranger.uid, "-r", "R", "--", "echo", "mine")
        _ = try await flom(box, as: Stranger.other, "-r", "R", "--", "echo", "theirs")
        _ = try await box.flom("-r", "R", "--", "echo", "roots")
        func shown(_ uid: uid_t, _ words: String...) async throws -> [[String]] {
            let line = [box.program, "-s", box.socket, "--history", "--format", "json"] + words
            return try ReportRow.rows(try await box.run(Stranger.words(line, uid: uid))).map { $0.command ?? [] }
        }
        #expect(try await shown(Stranger.uid) == [["echo", "mine"], ["echo"], ["echo"]])
        #expect(try await shown(Stranger.other) == [["echo", "mine"], ["echo", "theirs"], ["echo", "roots"]])
        // A filter does not find hidden words either.
        #expect(try await shown(Stranger.uid, "--command", "roots").isEmpty)
        #expect(try await shown(Stranger.uid, "--command", "mine") == [["echo", "mine"]])
        #expect(try await shown(Stranger.other, "--command", "roots") == [["echo", "roots"]])
    }

    @Test func rowsOfWhatOneMayNotReadAreLeftOut() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        _ = try await daemon(
            box, "[Access]\nRule=allow read to uid \(Stranger.uid) on open*\nRule=deny read to uid \(Stranger.uid)\n")
        for name in ["secret", "open1", "secret", "open2", "secret"] { _ = try await box.flom("-r", name, "--", "true") }
        let line = [box.program, "-s", box.socket, "--history", "--format", "json"]
        let rows = try ReportRow.rows(try await box.run(Stranger.words(line)))
        #expect(rows.map(\.resource) == ["open1", "open2"])
        let named = try await box.run(Stranger.words(line + ["-r", "secret"]))
        #expect(named.status == 99 && named.errors.contains("you may not see who holds 'secret'"), "\(named)")
    }
}
