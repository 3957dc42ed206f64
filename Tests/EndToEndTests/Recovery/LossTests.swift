import FlomTestKit
import Foundation
import Testing

/// A lock is taken away by a person, or its flom is killed: `--break`, `--on-lost`, `--on-orphan`.
@Suite struct LossTests {
    // MARK: - The command of a lost lock

    struct Answer: Sendable, CustomTestStringConvertible {
        let action: String
        /// A command that ends by itself with status 5 unless it is ended before.
        let status: Int32
        let testDescription: String
    }

    static let answers = [
        Answer(action: "warn", status: 5, testDescription: "warn"),
        Answer(action: "term", status: 128 + SIGTERM, testDescription: "term"),
        Answer(action: "kill", status: 128 + SIGKILL, testDescription: "kill"),
    ]

    @Test(arguments: answers) func aBrokenLockEndsTheCommandAsOnLostSays(answer: Answer) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let holder = try box.startFlom(
            "--on-lost", answer.action, "-r", "db", "--", "sh", "-c", "cat \(gate.path); exit 5")
        try await eventually("the command runs") { try await box.status().first?.commandPID != nil }
        let broken = try await box.flom("--break", "-r", "db", "--reason", "it hangs", "--yes")
        #expect(broken.status == 0 && broken.output.hasSuffix("is broken\n"), "\(broken)")
        try await eventually("the holder hears of it") { holder.errorsSoFar.contains("is lost while its command runs") }
        // The next holder does not wait for the command.
        #expect(try await box.flom("-r", "db", "-o", "0", "--", "true").status == 0)
        if answer.action == "warn" { try await gate.open() }
        let outcome = try await holder.wait()
        #expect(outcome.status == answer.status && outcome.errors.contains("it hangs"), "\(outcome)")
        let row = try #require(try await box.history(of: "db").first)
        #expect(row.outcome == "broken" && row.detail?.contains("it hangs") == true, "\(row)")
    }

    /// Its children are ended as well, and processes that ignore TERM are ended by KILL.
    @Test func aCommandThatIgnoresTermIsKilled() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try box.startFlom(
            "--on-lost", "term", "-r", "db", "--", "sh", "-c", "trap '' TERM; sh -c 'echo $$ > child; while :; do sleep 1; done'")
        let child = try await found("the child runs") { Files.text(of: box.path("child")).flatMap { pid_t($0.dropLast()) } }
        let start = ContinuousClock.now
        #expect(try await box.flom("--break", "-r", "db", "--yes").status == 0)
        #expect(try await holder.wait().status == 128 + SIGKILL)
        #expect(ContinuousClock.now - start >= .seconds(5))
        try await eventually("the child is gone, too") { !ProcessTable.isAlive(child) }
    }

    @Test(arguments: [false, true]) func anOrphanIsEndedIfItsFlomWantedThat(ignoresTerm: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let trap = ignoresTerm ? "trap '' TERM; " : ""
        let holder = try box.startFlom(
            "--on-orphan", "kill", "-r", "db", "--", "sh", "-c", "\(trap)echo $$ > pid; while :; do sleep 0.1; done")
        let command = try await found("the command runs") { Files.text(of: box.path("pid")).flatMap { pid_t($0.dropLast()) } }
        try await eventually("the daemon knows of it") { try await box.status().first?.commandPID == command }
        let next = try await box.queue(for: "db", "--", "echo", "next")
        let start = ContinuousClock.now
        holder.send(SIGKILL)
        #expect(try await next.wait().output == "next\n")
        #expect((ContinuousClock.now - start >= .seconds(5)) == ignoresTerm)
        #expect(!ProcessTable.isAlive(command))
        #expect(try await box.history(of: "db").map(\.outcome) == ["reclaimed", "released"])
    }

    /// The next daemon knows the setting.
    @Test func anOrphanIsEndedByTheDaemonThatFindsIt() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db", options: "--on-orphan", "kill")
        try await box.killDaemon()
        holder.process.send(SIGKILL)
        #expect(try await box.flom("-r", "db", "-o", "5000", "--", "echo", "next").output == "next\n")
        #expect(!ProcessTable.isAlive(holder.commandPID))
    }

    // MARK: - Rights to break

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, and setpriv"))
    func onlyTheDaemonsUserAndRootMayBreak() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let holder = try await box.hold("db")
        // Any user may lock here and see the holders.
        let words = [box.program, "-s", box.socket, "-d", "0", "--break", "-r", "db", "--yes"]
        let refused = try await box.run(Stranger.words(words))
        #expect(refused.status == 99 && refused.errors.contains("only the user who runs the daemon"), "\(refused)")
        #expect(try await box.status().map(\.outcome) == ["held"])
        try await holder.letGo()
        #expect(try await holder.process.wait().errors.isEmpty)
    }

    @Test func withoutAPersonToAskNothingIsBroken() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let refused = try await box.flom("--break", "-r", "db")
        #expect(refused.status == 99 && refused.errors.contains("no terminal to ask on"), "\(refused)")
        #expect(refused.output.contains("cat"), "whose lock it is is shown: \(refused)")
        for words in [["-r", "free"], ["--request", "4711"], ["--request", "1", "-r", "db"], []] {
            let outcome = try await box.run([box.program] + box.options + ["--break", "--yes"] + words)
            #expect(outcome.status == 99, "\(words): \(outcome)")
        }
        #expect(try await box.status().map(\.outcome) == ["held"])
        try await holder.letGo()
    }

    @Test(
        .enabled(if: Conditions.hasProgram("script"), "needs script, of bsdutils"),
        arguments: [("y", true), ("yes", true), ("n", false), ("", false)])
    func onATerminalAPersonIsAsked(answer: String, isBroken: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let command = ([box.program] + box.options + ["--break", "-r", "db"]).joined(separator: " ")
        // The answer is typed when the question is shown.
        let person = "until grep -q 'Break this lock' screen 2>/dev/null; do sleep 0.02; done; echo '\(answer)'; sleep 0.2"
        let outcome = try await box.run(
            ["sh", "-c", #"(\#(person)) | script -qefc "$0" screen"#, command])
        #expect(outcome.status == (isBroken ? 0 : 99), "\(outcome)")
        #expect(outcome.output.contains("Break this lock? [y/N]") && outcome.output.contains("db"), "\(outcome)")
        #expect(try await box.status().isEmpty == isBroken)
        try await holder.letGo()
    }

    /// Several resources that were asked for at once are one lock: naming any of its parts takes all.
    @Test func aPartOfAGroupStandsForAll() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let holder = try box.startFlom("-r", "A", "-r", "B", "-r", "C", "--", "cat", gate.path)
        let rows = try await found("it holds all three") { () -> [ReportRow]? in
            let rows = try await box.status()
            return rows.count == 3 && rows.allSatisfy { $0.commandPID != nil } ? rows : nil
        }
        let middle = try #require(rows.first { $0.resource == "B" })
        let broken = try await box.flom("--break", "--request", "\(middle.request)", "--yes")
        #expect(broken.status == 0, "\(broken)")
        #expect(try await box.status().isEmpty)
        try await gate.open()
        #expect(try await holder.wait().status == 0)
        #expect(try await box.history().filter { $0.resource != "warmup" }.map(\.outcome) == ["broken", "broken", "broken"])
    }

    @Test func aWaitersPlaceCanBeTakenAway() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let waiter = try await box.queue(for: "db", "--", "echo", "ran")
        let row = try #require(try await box.status().first { $0.outcome == "waiting" })
        #expect(try await box.flom("--break", "--request", "\(row.request)", "--reason", "enough", "--yes").status == 0)
        let outcome = try await waiter.wait()
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("enough"), "\(outcome)")
        try await holder.letGo()
        #expect(try await holder.process.wait().status == 0)
    }
}
