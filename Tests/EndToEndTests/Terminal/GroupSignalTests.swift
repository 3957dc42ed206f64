import FlomTestKit
import Foundation
import Testing

/// Signals to flom while its command runs: the command gets each signal once, whether or not other processes get it, and flom ends by none.
@Suite struct GroupSignalTests {
    /// All signals that can be caught, except those that stop a process or report the end of a child.
    private static let numbers = (1...64).map { Int32($0) }.filter {
        ![SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCHLD, SIGCONT, 32, 33].contains($0)
    }
    private static let marker = SIGUSR2

    /// A command under flom that prints the signals that it gets. A second copy of a signal would be printed before the next one.
    private final class Listener {
        let process: RunningProcess
        let box: Sandbox
        private var expected = "ready\n"
        private var witness: pid_t = 0

        init(_ box: Sandbox, before: [String] = [], numbers: [Int32] = GroupSignalTests.numbers) async throws {
            let traps = numbers.map { "trap 'echo got \($0)' \($0)" }.joined(separator: "; ")
            // A signal to the group ends each sleep, and the shell would report it.
            let script = "exec 2>/dev/null; \(traps); echo ready; until [ -e end ]; do sleep 0.02; done; exit 7"
            self.box = box
            process = try box.start(before + [box.program] + box.options + ["-r", "R", "--", "sh", "-c", script])
            try await says("")
            try await witnessIsThere()
        }

        /// Waits for a fresh signal witness: then flom has handled all earlier signals, and the next one is separate from them.
        func witnessIsThere() async throws {
            let (box, last) = (box, witness)
            witness = try await found("a new witness is there") {
                let witnesses = box.processes.filter { $0.name == "signal-witness" }.map(\.pid)
                return witnesses.count == 1 && witnesses[0] != last ? witnesses[0] : nil
            }
        }

        /// The next signal that the command prints, and no other.
        func says(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            expected += text
            let process = process
            let count = expected.utf8.count
            try await eventually("it says '\(text)'; so far: \(process.outputSoFar)") { process.outputSoFar.utf8.count >= count }
            #expect(process.outputSoFar == expected, sourceLocation: sourceLocation)
        }

        var flom: pid_t { get throws { try #require(box.processes.first { $0.name == "flom" && $0.words.contains("R") }).pid } }

        func ends(_ status: Int32) async throws {
            try Files.write("", to: box.path("end"))
            let outcome = try await process.wait()
            #expect(outcome.status == status && outcome.output == expected && outcome.errors.isEmpty, "\(outcome)")
            #expect(try await box.history().map(\.exitStatus) == [7])
        }
    }

    @Test func everySignalToFlomReachesTheCommandAndFlomStays() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let listener = try await Listener(box)
        for number in Self.numbers {
            listener.process.send(number)
            try await listener.says("got \(number)\n")
        }
        try await listener.ends(7)
    }

    @Test func everySignalToTheProcessGroupReachesTheCommandOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let listener = try await Listener(box)
        for number in Self.numbers where number != Self.marker {
            kill(-listener.process.pid, number)
            try await listener.says("got \(number)\n")
            try await listener.witnessIsThere()
            // A signal that only flom gets is not taken for a signal to the group, even with the same number.
            listener.process.send(number)
            try await listener.says("got \(number)\n")
            try await listener.witnessIsThere()
        }
        listener.process.send(Self.marker)
        try await listener.says("got \(Self.marker)\n")
        try await listener.ends(7)
    }

    /// `timeout` signals its child, and then the group.
    @Test func timeoutsSignalReachesTheCommandOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let listener = try await Listener(box, before: ["timeout", "--signal=TERM", "1000"])
        listener.process.send(SIGTERM)
        try await listener.says("got 15\n")
        kill(try listener.flom, Self.marker)
        try await listener.says("got \(Self.marker)\n")
        try Files.write("", to: box.path("end"))
        #expect(try await listener.process.wait().output == "ready\ngot 15\ngot \(Self.marker)\n")
    }

    /// A service manager ends the processes of a control group one after the other.
    @Test func aSignalToEachProcessReachesTheCommandOnce() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let daemon = try #require(box.daemonPID)
        let listener = try await Listener(box)
        for process in box.processes.sorted(by: { $0.pid < $1.pid }) where process.pid != daemon && process.name != "sleep" {
            kill(process.pid, SIGTERM)
        }
        try await listener.says("got 15\n")
        listener.process.send(Self.marker)
        try await listener.says("got \(Self.marker)\n")
        try Files.write("", to: box.path("end"))
        #expect(try await listener.process.wait().status == 7)
    }

    /// A search for flom, or for the words of a command line, finds flom alone: signals to it are for the command.
    @Test func theWitnessIsNotFoundByFlomsNameOrWords() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let listener = try await Listener(box)
        let witness = try #require(box.processes.first { $0.name == "signal-witness" })
        #expect(witness.parent == listener.process.pid && witness.descriptors.isEmpty)
        #expect(witness.words.joined(separator: " ").hasPrefix("signal-witness") && !witness.words.contains("R"))
        try await listener.ends(7)
        #expect(ProcessFacts(witness.pid) == nil)
    }

    @Test func theWitnessEndsWithAFlomThatIsKilled() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let listener = try await Listener(box)
        let witness = try #require(box.processes.first { $0.name == "signal-witness" })
        listener.process.send(SIGKILL)
        try await listener.process.wait()
        try await eventually("the witness has ended") { !ProcessTable.isAlive(witness.pid) }
    }

    /// A command in a process group of its own does not get signals to flom's group by itself.
    @Test(.enabled(if: Conditions.hasProgram("setsid"), "needs setsid")) func aCommandInAnotherGroupGetsWhatIsSentToFlomsGroup()
        async throws
    {
        let box = try Sandbox()
        defer { box.close() }
        let script = "trap 'echo got 15; exit 5' TERM; echo ready; while :; do sleep 0.02; done"
        let process = try box.startFlom("-r", "R", "--", "setsid", "sh", "-c", script)
        try await eventually("the command is ready") { process.outputSoFar == "ready\n" }
        kill(-process.pid, SIGTERM)
        let outcome = try await process.wait()
        #expect(outcome.status == 5 && outcome.output == "ready\ngot 15\n", "\(outcome)")
    }

    @Test(.enabled(if: Conditions.hasProgram("strace"), "needs strace")) func aQueuedSignalKeepsItsValueAndItsSender()
        async throws
    {
        let box = try Sandbox()
        defer { box.close() }
        let process = try box.startFlom(
            "-r", "R", "--", "strace", "-D", "-e", "trace=none", "-o", "signals", "sh", "-c",
            "trap 'exit 5' 40; echo ready; while :; do sleep 0.02; done")
        try await eventually("the command is ready") { process.outputSoFar == "ready\n" }
        var value = sigval()
        value.sival_int = 4711
        sigqueue(process.pid, 40, value)
        #expect(try await process.wait().status == 5)
        try await eventually("it was traced") {
            let line = Files.text(of: box.path("signals")) ?? ""
            return line.contains("si_code=SI_QUEUE, si_pid=\(ProcessTable.own),") && line.contains("si_int=4711")
        }
    }

    /// A timer that was set before flom was executed is the command's.
    @Test(.enabled(if: Conditions.hasProgram("perl"), "needs perl")) func anAlarmThatTheCallerHasSetReachesTheCommand()
        async throws
    {
        let box = try Sandbox()
        defer { box.close() }
        let words =
            [box.program] + box.options + ["-r", "R", "--", "sh", "-c", "trap 'exit 5' ALRM; while :; do sleep 0.02; done"]
        let outcome = try await box.run(["perl", "-e", "alarm 1; exec @ARGV"] + words)
        #expect(outcome.status == 5, "\(outcome)")
    }

    /// The terminal of a session whose leader is flom goes away, as at the end of a connection.
    @Test(.enabled(if: Conditions.hasProgram("script"), "needs script"), arguments: ["sleep 1000", "sh -c 'read x; sleep 1000'"])
    func aHangUpReachesTheCommand(command: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let words = ([box.program] + box.options).joined(separator: " ")
        let terminal = try box.start(["script", "-qec", "exec \(words) -r R -- \(command)", "/dev/null"])
        try await eventually("the command runs") { try await box.status().contains { $0.commandPID != nil } }
        let holder = try #require(try await box.status().first?.clientPID)
        #expect(ProcessFacts(holder)?.session == holder)
        terminal.send(SIGKILL)
        try await eventually("the lock is free") { try await box.status().isEmpty }
        #expect(try await box.history().last?.signal == SIGHUP)
    }
}
