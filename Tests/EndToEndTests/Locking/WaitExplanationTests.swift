import FlomTestKit
import Foundation
import Testing

/// The explanation that flom shows while it waits.
@Suite struct WaitExplanationTests {
    @Test(.enabled(if: Terminal.isPossible, "\(Terminal.need)"))
    func aPersonIsToldWhoHoldsItAndHowLongThatUsuallyTakes() async throws {
        let box = try Sandbox()
        defer { box.close() }
        for _ in 0..<3 { #expect(try await box.flom("-r", "db", "--", "true").status == 0) }
        let holder = try await box.hold("db")
        let first = try await box.queue(for: "db", "--", "true")
        let words = ([box.program] + box.options + ["-r", "db", "--", "echo", "ran"]).joined(separator: " ")
        let terminal = try await Terminal(box, ["sh", "-c", "echo before; \(words)"])
        let lines = try await terminal.shows("who holds it") { $0.count == 3 && $0[2].contains("a hold usually takes ") }
        #expect(
            lines[0] == "before" && lines[1].contains("flom: 'db' is held for ")
                && lines[1].contains(", pid \(holder.commandPID): cat "))
        #expect(lines[2].contains(", place 2 in the queue; ") && lines[2].contains(", 95 % within "), "\(lines)")
        // The explanation is updated in place when another waiter has left.
        first.send(SIGTERM)
        try await terminal.shows("the next place") { $0.count == 3 && $0[2].contains(", place 1 in the queue; ") }
        try await terminal.resize(columns: 60, rows: 12)
        try await terminal.shows("no more lines on a narrow terminal") {
            $0.count == 3 && $0[1].hasPrefix("flom: 'db' is held for ")
        }
        try await holder.letGo()
        let end = try await terminal.shows("that the lock is there") { $0.last == "ran" }
        #expect(end.count == 3 && end[1].starts(with: #/flom: got 'db' after [0-9.]+ s$/#), "\(end)")
        try await eventually("it has ended well") { terminal.status() == 0 }
    }

    /// After a change of daemon and connection the explanation goes on, and the command is not disturbed.
    @Test(.enabled(if: Terminal.isPossible, "\(Terminal.need)"))
    func itOutlivesTheDaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let terminal = try await Terminal(box, [box.program] + box.options + ["-r", "db", "-o", "60000", "--", "echo", "ran"])
        try await terminal.shows("who holds it") { $0.contains { $0.contains("place 1 in the queue") } }
        let old = try #require(box.daemonPID)
        try await box.killDaemon()
        try await box.daemon(after: old)
        let again = try await terminal.shows("it again, once") { lines in
            lines.filter { $0.contains("is held for") }.count == 1 && lines.filter { $0.contains("waiting for") }.count == 1
        }
        #expect(again.count == 2, "\(again)")
        try await holder.letGo()
        let end = try await terminal.shows("that the lock is there") { $0.last == "ran" }
        #expect(end.count == 2 && end[0].hasPrefix("flom: got 'db' after "), "\(end)")
    }

    @Test(.enabled(if: Terminal.isPossible, "\(Terminal.need)"))
    func theExplanationGoesWithTheWait() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let words = ([box.program] + box.options + ["-r", "db", "-o", "2500", "--", "true"]).joined(separator: " ")
        let terminal = try await Terminal(box, ["sh", "-c", "echo before; \(words); echo after $?"])
        try await terminal.shows("who holds it") { $0.count == 3 && $0[1].contains("is held for") }
        let end = try await terminal.shows("the end") { $0.last == "after 98" }
        #expect(end.count == 3 && end[1].contains("was not obtained within 2500 ms"), "\(end)")
        try await holder.letGo()
    }

    @Test(.enabled(if: Terminal.isPossible, "\(Terminal.need)"))
    func aLockThatIsGotSoonIsNotSpokenOf() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let holder = try box.startFlom("-r", "db", "--", "cat", gate.path)
        try await eventually("it holds") { try await box.status().contains { $0.outcome == "held" && $0.commandPID != nil } }
        let terminal = try await Terminal(box, [box.program] + box.options + ["-r", "db", "--", "echo", "ran"])
        try await eventually("somebody waits") { try await box.status().contains { $0.outcome == "waiting" } }
        try await gate.open()
        let lines = try await terminal.shows("its output") { $0.contains("ran") }
        let row = try #require(try await box.history(of: "db").last)
        if let waited = row.waitedMicroseconds, waited < 1_000_000 { #expect(lines == ["ran"]) }
        #expect(try await holder.wait().status == 0)
    }

    @Test func withoutTerminalNothingIsSaidUnlessAskedFor() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("db")
        let quiet = try await box.queue(for: "db", "--", "echo", "quiet")
        let verbose = try box.startFlom("-V", "-r", "db", "--", "true")
        try await eventually("it says that it waits") {
            verbose.errorsSoFar.contains("flom: waiting for 'db', place 2 in the queue\n")
        }
        // A query takes at most this long; by now a terminal would show the explanation.
        try await eventually("it has waited for a while") {
            try await box.flom("--check", "-r", "db", "--max-wait", "2s").status == 2
        }
        try await holder.letGo()
        let outcome = try await quiet.wait()
        #expect(outcome.output == "quiet\n" && outcome.errors.isEmpty, "\(outcome)")
        let errors = try await verbose.wait().errors.split(separator: "\n")
        #expect(errors.count == 2 && errors[1].starts(with: #/flom: got 'db' after [0-9.]+ s$/#), "\(errors)")
    }

    @Test(.enabled(if: Terminal.isPossible, "\(Terminal.need)"))
    func aLegacyDaemonGivesNoExplanation() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let terminal = try await Terminal(box, [box.program] + box.options + ["-r", "R1", "--", "echo", "ran"])
        do {
            let session = try await daemon.accept()
            _ = try await session.receiveLock()
            try await session.answer(LegacyMessages.firstAnswer(1))
            try await terminal.shows("that nobody tells") { $0.joined().contains("the daemon is FLoM 1.7.2 or one like it") }
            #expect(session.hearsNothing, "a question would be its end")
            try await session.answer(LegacyMessages.laterAnswer(0))
            try await session.receiveUnlock()
            try await session.receiveEnd()
        }
        let lines = try await terminal.shows("its output") { $0.last == "ran" }
        #expect(lines.count == 2 && lines[0].hasPrefix("flom: got 'R1' after "), "\(lines)")
    }

    @Test(
        .enabled(if: Terminal.isPossible, "\(Terminal.need)"),
        .enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func onlyTheProgramOfOthersCommandsIsShown() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let holder = try await box.hold("db")
        let words = Stranger.words([box.program, "-s", box.socket, "-r", "db", "--", "true"])
        let terminal = try await Terminal(box, words)
        let lines = try await terminal.shows("who holds it") { $0.contains { $0.contains("is held for") } }
        #expect(lines[0].hasSuffix(", pid \(holder.commandPID): cat"), "\(lines)")
        try await holder.letGo()
        try await eventually("it has run") { terminal.status() == 0 }
    }
}
