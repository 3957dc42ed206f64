import FlomTestKit
import Foundation
import Testing

/// Signals sent to flom: they go to the command while it runs, and end flom while it waits.
@Suite struct SignalTests {
    private static let forwarded = [("TERM", SIGTERM), ("INT", SIGINT), ("HUP", SIGHUP), ("QUIT", SIGQUIT)]

    @Test(arguments: forwarded)
    func aSignalToFlomReachesTheCommand(name: String, number: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "trap 'echo got \(name); exit 5' \(name); echo ready; while :; do sleep 0.02; done"
        let process = try box.startFlom("-r", "R", "--", "sh", "-c", script)
        try await eventually("the command is ready") { process.outputSoFar == "ready\n" }
        process.send(number)
        let outcome = try await process.wait()
        #expect(outcome.status == 5 && outcome.output == "ready\ngot \(name)\n", "\(outcome)")
        let row = try #require(try await box.history().first)
        #expect(row.outcome == "released" && row.exitStatus == 5)
    }

    @Test(arguments: forwarded)
    func aCommandWithoutTrapEndsByItAndFlomSaysSo(name: String, number: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        holder.process.send(number)
        #expect(try await holder.process.wait().status == 128 + number)
        #expect(try await box.history().map(\.signal) == [number])
    }

    @Test func aSignalThatFlomWasStartedToIgnoreIsIgnoredByTheCommandToo() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = #"trap '' USR1; exec "$0" -s "$1" --journal "$2" -r R -- sh -c 'kill -USR1 $$; echo alive'"#
        let outcome = try await box.run(["sh", "-c", script, box.program, box.socket, box.journal])
        #expect(outcome.status == 0 && outcome.output == "alive\n", "\(outcome)")
    }

    /// Daemons and agents ignore SIGCHLD, and so do their children: then the kernel keeps no status of a child.
    @Test func aCallerThatIgnoresTheEndsOfChildrenGetsTheCommandsStatus() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            for i in $(seq 150); do
                env --ignore-signal=CHLD "$0" -s "$1" --journal "$2" -d 60000 -r '_S_n[1]' -- sh -c 'exit 7'
                [ $? = 7 ] || echo "run $i: $?"
            done
            """
        let outcome = try await box.run(["sh", "-c", script, box.program, box.socket, box.journal])
        #expect(outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
        let rows = try await box.history()
        #expect(rows.map(\.exitStatus) == Array(repeating: 7, count: 150))
        // Each number was rolled back, so that the next command got the same one.
        #expect(Set(rows.map(\.element)).count == 1, "\(rows.map(\.element))")
    }

    /// The command gets the caller's setting: also behind a fence, and where the signal was not ignored.
    @Test(arguments: [[], ["--fence", "fence"]]) func theCommandGetsTheCallersSettings(fence: [String]) async throws {
        let box = try Sandbox()
        defer { box.close() }
        for setting in [[], ["env", "--ignore-signal=CHLD"], ["env", "--ignore-signal=CHLD,HUP,PIPE", "--block-signal=USR1"]] {
            let look = ["grep", "-E", "Sig(Blk|Ign|Cgt)", "/proc/self/status"]
            let plain = try await box.run(setting + look)
            let inner = fence.isEmpty ? [] : [box.program] + fence + ["--"]
            let under = try await box.run(setting + [box.program] + box.options + ["-r", "R", "--"] + inner + look)
            #expect(under.output == plain.output && under.status == 0, "\(setting): \(under)")
        }
    }

    @Test(arguments: forwarded + [("KILL", SIGKILL)])
    func aWaitingFlomThatIsEndedLeavesTheQueue(name: String, number: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let first = try await box.queue(for: "R", "--", "echo", "first")
        let second = try await box.queue(for: "R", "--", "echo", "second")
        first.send(number)
        #expect(try await first.wait().ending == .signalled(number))
        try await eventually("it has left the queue") {
            try await box.status().map(\.clientPID) == [holder.process.pid, second.pid]
        }
        try await holder.letGo()
        #expect(try await second.wait().output == "second\n")
        #expect(first.outputSoFar.isEmpty)
        #expect(try await box.history().map(\.outcome) == ["released", "withdrawn", "released"])
    }

    /// A command that has become another user: a signal that cannot be passed on is reported once, and the lock stays with the command.
    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root and setpriv"))
    func aSignalThatMayNotBePassedOnIsSaid() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let become = box.path("bin/become")
        #expect(try await box.run(["sh", "-c", "cp $(command -v setpriv) \(become) && chmod 4755 \(become)"]).status == 0)
        let inner = [become, "--reuid=0", "--regid=0", "--clear-groups", "--", "sh", "-c", "echo ready; exec sleep 1000"]
        let words = [box.program, "-s", box.path("state/s"), "--journal", box.path("state/j"), "-r", "R", "--"] + inner
        let process = try box.start(Stranger.words(words))
        try await eventually("the command runs as root") { process.outputSoFar == "ready\n" }
        for number in [SIGUSR1, SIGTERM, SIGUSR2] { process.send(number) }
        try await eventually("it is said") { process.errorsSoFar.contains("cannot be passed on to the command") }
        #expect(process.isRunning)
        let command = try #require(box.processes.first { $0.name == "sleep" })
        kill(command.pid, SIGINT)
        let outcome = try await process.wait()
        let said = outcome.errors.split(separator: "\n")
        #expect(outcome.status == 128 + SIGINT && said.count == 1, "\(outcome)")
        #expect(
            said.first?.contains("pid \(command.pid) runs as uid 0, which uid \(Stranger.uid) may not signal") == true, "\(said)")
    }
}
