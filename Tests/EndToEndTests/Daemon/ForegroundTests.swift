import FlomTestKit
import Foundation
import Testing

/// `--foreground`: flom is the daemon, in the process that was started.
@Suite struct ForegroundTests {
    @Test func itIsTheProcessItselfAndEndsBySIGTERM() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startForeground()
        #expect(box.daemonPID == daemon.pid && box.recorded("lifespan-ms") == "-1")
        #expect(try await box.flom("-d", "0", "-r", "R", "--", "echo", "ran").output == "ran\n")
        let start = ContinuousClock.now
        daemon.send(SIGTERM)
        let outcome = try await daemon.wait()
        // 100 ms is promised; the machine may be busy.
        #expect(outcome.status == 0 && outcome.output.isEmpty && ContinuousClock.now - start < .seconds(2), "\(outcome)")
        #expect(outcome.errors.contains("FLM004N ended: signal 15"), "\(outcome)")
        #expect(!Files.exists(box.socket) && box.recorded("state") == "ended")
    }

    /// The same for a daemon that a client has started.
    @Test(arguments: [true, false]) func anotherDaemonIsInItsWay(inForeground: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        if inForeground { _ = try await box.startForeground() } else { try await box.startDaemon() }
        let pid = try #require(box.daemonPID)
        let second = try await box.run([box.program, "--foreground", "-s", box.socket])
        #expect(
            second.status == 99 && second.errors.contains("a daemon (process \(pid)) serves '\(box.socket)' already"), "\(second)"
        )
        #expect(ProcessTable.isAlive(pid) && box.daemonPID == pid)
    }

    @Test(arguments: [
        (["--foreground", "--", "true"], "runs no command"), (["--foreground", "-d", "0"], "-d 0 says that none"),
    ])
    func contradictoryForegroundOptions(words: [String], sentence: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program, "-s", box.socket] + words)
        #expect(outcome.status == 99 && outcome.errors.contains(sentence), "\(outcome)")
        #expect(box.daemonPID == nil)
    }

    /// `Lifespan=0` in a file is for commands, which then start no daemon; it does not end the daemon in the foreground.
    @Test func aFileWithoutALifespanMeansOthers() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Daemon]\nLifespan=0\n", to: box.path("file"))
        _ = try await box.startForeground("-c", "file")
        #expect(box.recorded("lifespan-ms") == "-1")
    }

    /// The daemon stays the process that its manager knows, locks and places stay, also in a second replacement.
    @Test func aRestartKeepsTheProcess() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startForeground()
        let descriptors = try #require(ProcessFacts(daemon.pid)).descriptors.count
        let holder = try await box.hold("db", options: "-d", "0")
        let waiter = try await box.queue(for: "db", "-d", "0", "--", "echo", "ran")
        for _ in 1...3 {
            let outcome = try await box.flom("-d", "0", "--restart")
            #expect(
                outcome.status == 0 && outcome.output.contains("process \(daemon.pid) goes on with the program"), "\(outcome)")
        }
        #expect(daemon.isRunning && box.daemonPID == daemon.pid)
        #expect(try await box.flom("-d", "0", "-r", "db", "-o", "0", "--", "true").status == 98)
        try await holder.letGo()
        let ended = try await holder.process.wait()
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended)")
        #expect(try await waiter.wait().output == "ran\n")
        try await eventually("it has no more descriptors than at first") {
            try #require(ProcessFacts(daemon.pid)).descriptors.count <= descriptors
        }
        daemon.send(SIGTERM)
        #expect(try await daemon.wait().status == 0)
    }

    @Test func aProgramThatCannotFollowChangesNothing() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let daemon = try await box.startForeground()
        let script = #"cp "$0" old && printf '#!/bin/sh\nexit 3\n' > new && chmod 755 new && mv new "$0""#
        #expect(try await box.run(["sh", "-c", script, box.program]).status == 0)
        let outcome = try await box.run([box.path("old")] + box.options + ["-d", "0", "--restart"])
        #expect(outcome.status == 99 && outcome.errors.contains("is not restarted"), "\(outcome)")
        #expect(daemon.isRunning)
        #expect(try await box.run([box.path("old")] + box.options + ["-d", "0", "--", "true"]).status == 0)
    }
}
