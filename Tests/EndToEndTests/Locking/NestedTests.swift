import FlomTestKit
import Foundation
import Testing

/// A flom under a flom's command: the daemon knows its parent, and refuses requests that could never be granted.
@Suite struct NestedTests {
    /// The words that run flom in this sandbox.
    private func flom(_ box: Sandbox, _ words: String...) -> [String] { [box.program] + box.options + words }
    /// The same words for a shell.
    private func line(_ box: Sandbox, _ words: String) -> String { flom(box).joined(separator: " ") + " " + words }

    private func row(_ resource: String, _ box: Sandbox) async throws -> ReportRow {
        try #require(try await box.history(of: resource).last)
    }

    /// Holds a resource and, when the gate is opened, asks for another one.
    private func holdThenAsk(_ held: String, _ asked: String, _ gate: Gate, _ box: Sandbox) async throws -> RunningProcess {
        let script = "cat \(gate.path); \(line(box, asked))"
        let process = try box.start(flom(box, "-r") + held.split(separator: " ").map(String.init) + ["--", "sh", "-c", script])
        try await eventually("\(held) is held") {
            try await box.status().contains { $0.clientPID == process.pid && $0.outcome == "held" && $0.commandPID != nil }
        }
        return process
    }

    // MARK: - The parent

    @Test func theHistoryNamesTheLockThatItIsNestedIn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let innermost = flom(box, "-r", "C", "-r", "D", "--", "true")
        let inner = flom(box, "-r", "B", "--") + innermost
        let outcome = try await box.run(flom(box, "-r", "A", "-r", "Z", "--") + inner)
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        let (outer, middle) = (try await row("A", box), try await row("B", box))
        #expect(outer.parent == nil && outer.group == outer.request)
        // The first of several resources stands for all.
        #expect(middle.parent == outer.request && middle.group == nil)
        #expect(try await row("C", box).parent == middle.request)
        #expect(try await row("D", box).parent == middle.request)
    }

    @Test func anyDescendantOfTheCommandIsNested() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "(setsid sh -c '\(line(box, "-r B -- true; true"))'; true); true"
        #expect(try await box.flom("-r", "A", "--", "sh", "-c", script).status == 0)
        let outer = try await row("A", box).request
        #expect(try await row("B", box).parent == outer)
        // A command with a clean environment names no parent.
        #expect(
            try await box.flom("-r", "A", "--", "env", "-u", "FLOM_REQUEST_ID", "sh", "-c", line(box, "-r C -- true")).status == 0
        )
        #expect(try await row("C", box).parent == nil)
    }

    /// A number that leaked, or was invented, makes no request nested.
    @Test func aCopiedNumberIsNotBelieved() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("A")
        let number = try await row("A", box).request
        let journal = try #require(box.recorded("journal-id"))
        let copied = ["FLOM_REQUEST_ID": "\(journal):\(number)"]
        #expect(try await box.run(flom(box, "-r", "B", "--", "true"), environment: copied).status == 0)
        #expect(try await row("B", box).parent == nil)
        // So it is not refused: it waits like every other request.
        let waiter = try box.start(flom(box, "-r", "A", "--", "echo", "ran"), environment: copied)
        try await eventually("it waits") { try await row("A", box).outcome == "waiting" }
        try await holder.letGo()
        #expect(try await waiter.wait().output == "ran\n")
        #expect(try await row("A", box).parent == nil)
    }

    @Test(arguments: [
        "", ":", "x", ":1", "JOURNAL:", "JOURNAL:x", "JOURNAL:-1", "JOURNAL:0", "JOURNAL:999", "JOURNAL:9223372036854775808",
        "other:1", "JOURNAL:1:1", "<&\">",
    ])
    func aWrongNumberIsNoNumber(text: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        // A lock that has ended is no parent any more, nor is a future number.
        try await box.startDaemon()
        let number = text.replacing("JOURNAL", with: try #require(box.recorded("journal-id")))
        let outcome = try await box.run(flom(box, "-r", "A", "--", "true"), environment: ["FLOM_REQUEST_ID": number])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await row("A", box).parent == nil)
    }

    /// A process whose ancestors up to the command have ended is no descendant any more: its parent is pid 1, or a subreaper.
    @Test func aProcessWithoutItsAncestorsIsNotNested() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (childGate, commandGate) = (try box.gate("child-gate"), try box.gate("command-gate"))
        let child = "echo $$ > child; cat \(childGate.path); exec \(line(box, "-r A -- echo ran"))"
        try Files.write(child, to: box.path("child.sh"))
        let holder = try box.startFlom("-r", "A", "--", "sh", "-c", "(setsid sh child.sh &); cat \(commandGate.path)")
        let pid = try await found("the child tells its pid") {
            Files.text(of: box.path("child")).flatMap { pid_t($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        try await eventually("it has another parent") {
            guard let facts = ProcessFacts(pid) else { return false }
            return !box.processes.contains { $0.pid == facts.parent }
        }
        try await childGate.open()
        // As a nested request it would be refused.
        try await eventually("it waits") { try await row("A", box).outcome == "waiting" }
        let waiting = try await row("A", box)
        #expect(waiting.clientPID == pid && waiting.parent == nil)
        try await commandGate.open()
        #expect(try await holder.wait().status == 0)
        try await eventually("it has run") { try await row("A", box).outcome == "released" }
    }

    // MARK: - Deadlocks

    @Test(arguments: [
        ("A", "-r A"), ("A", "-r A -r B"), ("A", "-o -1 -r A -l PR"), ("/a/b", "-r /a"), ("/a", "-r /a/b/c -l PR"),
        ("N[3]", "-r 'N[3]' -q 3"), ("x", "-r x"),
    ])
    func aResourceThatTheOwnLockExcludesIsRefused(held: String, asked: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", held, "--", "sh", "-c", line(box, "\(asked) -- echo ran"))
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(
            outcome.errors.contains("deadlock") && outcome.errors.contains("held by request 1;")
                && outcome.errors.contains("--deadlock=wait") && outcome.errors.hasSuffix("[3]\n"), "\(outcome)")
        let rows = try await box.history().filter { $0.parent == 1 }
        #expect(!rows.isEmpty && rows.allSatisfy { $0.outcome == "refused" })
        #expect(rows.count { $0.detail?.hasPrefix("deadlock ") == true && $0.detail?.hasSuffix(">1") == true } == 1)
        #expect(try await row(held, box).outcome != "held")
    }

    /// A container has started the daemon, which sees no process of this host.
    @Test(.enabled(if: Conditions.canUnshareProcesses, "needs the right to make PID namespaces"))
    func whomTheDaemonCannotSeeIsBelieved() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let script = "\"$@\" && echo up && cat \(gate.path)"
        let container = try box.start(
            ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh", box.program] + box.options
                + ["-r", "first", "--", "true"])
        defer { container.send(SIGKILL) }
        try await eventually("its daemon listens") { try await box.flom("-d", "0", "--status").status == 0 }
        let outcome = try await box.flom("-d", "0", "-r", "A", "--", "sh", "-c", line(box, "-d 0 -r A -- echo ran"))
        #expect(outcome.status == 99 && outcome.errors.contains("deadlock"), "\(outcome)")
        try await gate.open()
        _ = try await container.wait()
    }

    /// The blocked part is not always the first one, in the new request as in waiting ones.
    @Test(arguments: ["-r B -r A", "-r C -r B -r A -l PR"])
    func oneOfSeveralThatTheOwnLockExcludesIsRefused(asked: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", "A", "--", "sh", "-c", line(box, "\(asked) -- echo ran"))
        #expect(outcome.status == 99 && outcome.errors.contains("waits for 'A', held by request 1;"), "\(outcome)")
        #expect(try await box.history().filter { $0.parent == 1 }.allSatisfy { $0.outcome == "refused" })
    }

    @Test(arguments: [
        ("A -l PR", "-r A -l PR"), ("A", "-r B"), ("N[3]", "-r 'N[3]' -q 2"), ("/a/b", "-r /a/c"), ("x.y", "-r x.y"),
    ])
    func aRequestThatFitsBesideTheOwnLockIsGranted(held: String, asked: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = line(
            box,
            "-r \(held.split(separator: " ").map { $0.hasPrefix("N") ? "'\($0)'" : "\($0)" }.joined(separator: " ")) -- sh -c \"$0\""
        )
        let outcome = try await box.run(["sh", "-c", script, line(box, "\(asked) -- echo ran")])
        #expect(outcome.status == 0 && outcome.output.split(separator: "\n").contains { $0.hasPrefix("ran") }, "\(outcome)")
    }

    @Test func theLastRequestOfACircleIsRefusedAndNamesAll() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gates = (try box.gate("gate1"), try box.gate("gate2"), try box.gate("gate3"))
        let first = try await holdThenAsk("A", "-r B -- echo one", gates.0, box)
        let second = try await holdThenAsk("B", "-r C -- echo two", gates.1, box)
        let third = try await holdThenAsk("C", "-r A -- echo three", gates.2, box)
        let numbers = try await ["A", "B", "C"].asyncMap { try await row($0, box).request }
        try await gates.0.open()
        try await eventually("the first waits") { try await row("B", box).outcome == "waiting" }
        try await gates.1.open()
        try await eventually("the second waits") { try await row("C", box).outcome == "waiting" }
        let waiters = try await ["B", "C"].asyncMap { try await row($0, box).request }
        try await gates.2.open()
        let refused = try await third.wait()
        #expect(refused.status == 99 && refused.output.isEmpty, "\(refused)")
        let asked = try #require(try await box.history(of: "A").last)
        let circle = [
            "request \(asked.request) waits for 'A', held by request \(numbers[0])",
            "request \(waiters[0]) waits for 'B', held by request \(numbers[1])",
            "request \(waiters[1]) waits for 'C', held by request \(numbers[2])",
        ].joined(separator: ", under which ")
        #expect(refused.errors.contains("(deadlock): \(circle);"), "\(refused)")
        #expect(
            asked.detail
                == "deadlock \(asked.request)>A>\(numbers[0]) \(waiters[0])>B>\(numbers[1]) \(waiters[1])>C>\(numbers[2])")
        // After the refusal the others go on.
        #expect(try await second.wait().output == "two\n")
        #expect(try await first.wait().output == "one\n")
    }

    /// A circle that a holder outside of it will open is no deadlock.
    @Test func aRequestWaitsForWhatAnotherHolderMayGiveBack() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let stranger = try await box.hold("N[2]")
        let gate = try box.gate("gate")
        let outer = try await holdThenAsk("N[2]", "-r 'N[2]' -- echo ran", gate, box)
        try await gate.open()
        try await eventually("it waits") { try await row("N[2]", box).outcome == "waiting" }
        try await stranger.letGo()
        let outcome = try await outer.wait()
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
    }

    @Test(arguments: [("-o 0", 98, "refused"), ("-o 300", 98, "timed_out")] as [(String, Int32, String)])
    func aRequestWithALimitIsNotRefused(option: String, status: Int32, recorded: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("-r", "A", "--", "sh", "-c", line(box, "-r A \(option) -- echo ran"))
        #expect(outcome.status == status && outcome.output.isEmpty && !outcome.errors.contains("deadlock"), "\(outcome)")
        let inner = try await row("A", box)
        #expect(inner.outcome == recorded && inner.parent != nil)
    }

    @Test(arguments: [true, false]) func aRequestThatWantsToWaitWaits(byKey: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        if byKey { try Files.write("[Resource]\nDeadlock=wait\n", to: box.path("home/.flom")) }
        // The outer command does not wait for the inner one; flom cannot know that.
        let inner = line(box, (byKey ? "" : "--deadlock=wait ") + "-r A -- sh -c 'echo ran >> done'")
        let gate = try box.gate("gate")
        let outer = try box.startFlom("-r", "A", "--", "sh", "-c", "\(inner) & cat \(gate.path)")
        try await eventually("the inner one waits") {
            try await box.status().contains { $0.outcome == "waiting" && $0.parent == 1 }
        }
        try await gate.open()
        #expect(try await outer.wait().status == 0)
        try await eventually("it has run") { Files.text(of: box.path("done")) == "ran\n" }
        // The option `refuse` wins over the key.
        let refused = try await box.flom("-r", "A", "--", "sh", "-c", line(box, "--deadlock=refuse -r A -- true"))
        #expect(refused.status == 99 && refused.errors.contains("deadlock"), "\(refused)")
    }

    /// After a crash the locks are known again, and so are their processes.
    @Test func theNextDaemonRefusesToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let outer = try await holdThenAsk("A", "-r B -- true; \(line(box, "-r A -- echo ran"))", gate, box)
        try await box.killDaemon()
        try await gate.open()
        let outcome = try await outer.wait()
        #expect(outcome.status == 99 && outcome.output.isEmpty && outcome.errors.contains("held by request 1;"), "\(outcome)")
        #expect(try await row("B", box).parent == 1)
    }

    // MARK: - Rights of nested requests

    private func startBounded(_ box: Sandbox) async throws {
        #expect(try await box.flom("--max-overtake", "300", "-r", "warmup", "--", "true").status == 0)
    }

    /// A writer that has waited for a reader of A until its overtake block holds.
    private func blockingWriter(_ box: Sandbox) async throws -> RunningProcess {
        let writer = try await box.queue(for: "A", "--", "echo", "written")
        try await eventually("the writer bars") {
            try await box.flom("-r", "A", "-l", "PR", "-o", "0", "--", "true").status == 98
        }
        return writer
    }

    /// The nested request passes the writer, which waits for the outer lock anyway.
    @Test func aNestedRequestPassesAtOnceWhoWaitsForItsFamily() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        try await startBounded(box)
        let outer = try await holdThenAsk("A -l PR", "-r B -r A -l PR -- echo nested", gate, box)
        let writer = try await blockingWriter(box)
        try await gate.open()
        let outcome = try await outer.wait()
        #expect(outcome.status == 0 && outcome.output == "nested\n", "\(outcome)")
        #expect(try await writer.wait().output == "written\n")
        let nested = try await box.history().filter { $0.parent != nil }
        #expect(nested.count == 2 && nested.allSatisfy { $0.outcome == "released" && $0.queuedAt == nil })
    }

    @Test func otherWaitersItPassesAfterTheSameTimeAsTheyWaited() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await startBounded(box)
        let reader = try await box.hold("A", options: "-l", "PR")
        let writer = try await blockingWriter(box)
        let outcome = try await box.flom("-r", "B", "--", "sh", "-c", line(box, "-r A -l PR -- echo nested"))
        #expect(outcome.status == 0 && outcome.output == "nested\n", "\(outcome)")
        #expect(writer.isRunning && writer.outputSoFar.isEmpty)
        let nested = try #require(try await box.history(of: "A").first { $0.parent != nil })
        // 300 ms less the microseconds between a decision and its commit, whose moments the history shows.
        #expect(nested.queuedAt != nil && nested.waitedMicroseconds ?? 0 >= 290_000, "\(nested)")
        try await reader.letGo()
        #expect(try await writer.wait().output == "written\n")
    }

    /// A draining daemon serves nested requests, because the outer lock cannot end without them.
    @Test func whileTheDaemonDrainsNestedRequestsAreServed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let gate = try box.gate("gate")
        let outer = try await holdThenAsk("A", "-r B -r C -- echo nested", gate, box)
        let daemon = try #require(box.daemonPID)
        #expect(try await box.flom("-x").status == 0)
        for words in [["-r", "D"], ["-r", "D", "-r", "E"]] {
            let refused = try await box.run(flom(box) + words + ["--", "echo", "ran"])
            #expect(refused.status == 99 && refused.output.isEmpty && refused.errors.contains("shut down"), "\(refused)")
        }
        try await gate.open()
        let outcome = try await outer.wait()
        #expect(outcome.status == 0 && outcome.output == "nested\n" && outcome.errors.isEmpty, "\(outcome)")
        try await eventually("the daemon ends") { !ProcessTable.isAlive(daemon) }
        #expect(try await box.history().map(\.outcome) == ["released", "released", "released"])
        #expect(try await box.history().map(\.parent) == [nil, 1, 1])
    }
}
