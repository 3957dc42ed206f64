import FlomTestKit
import Foundation
import Testing

/// Signals sent to flom: the command's while one runs, flom's own while it waits.
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
}
