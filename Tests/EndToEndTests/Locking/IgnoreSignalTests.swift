import FlomTestKit
import Foundation
import Testing

/// `--ignore-signal`: the signal neither ends flom nor reaches the command, as long as the command runs.
@Suite struct IgnoreSignalTests {
    /// Waits until flom has taken all signals, and has had time to pass them on.
    private static let untilTaken =
        "until grep -Eq '^ShdPnd:[^1-9a-f]*$' /proc/$PPID/status; do sleep 0.01; done; sleep 0.1"

    @Test(arguments: ["TERM", "sigterm", "SigTerm", "15"]) func anIgnoredSignalIsNothing(word: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = "trap 'echo trapped' TERM; kill -TERM $PPID; \(Self.untilTaken); echo end"
        let outcome = try await box.flom("--ignore-signal", word, "-r", "R", "--", "sh", "-c", script)
        #expect(outcome.status == 0 && outcome.output == "end\n", "\(outcome)")
    }

    @Test(arguments: ["USR1", "ALRM", "PIPE", "CHLD", "WINCH", "TSTP"])
    func everySignalCanBeIgnored(name: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("--ignore-signal", name, "-r", "R", "--", "sh", "-c", "kill -\(name) $PPID; exit 3")
        #expect(outcome.status == 3, "\(outcome)")
    }

    @Test func theCommandIsNotAffected() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("--ignore-signal", "TERM", "-r", "R", "--", "sh", "-c", "kill -TERM $$; echo alive")
        #expect(outcome.status == 128 + SIGTERM && outcome.output.isEmpty, "\(outcome)")
        let masks = try await box.flom(
            "--ignore-signal", "USR1", "-r", "R", "--", "grep", "-E", "Sig(Blk|Ign)", "/proc/self/status")
        let plain = try await box.run(["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"])
        #expect(masks.output == plain.output)
    }

    /// The option holds only while the command runs: a waiter ends by the signal.
    @Test func aWaiterIsEnded() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let holder = try await box.hold("R")
        let waiter = try await box.queue(for: "R", "--ignore-signal", "TERM", "--", "true")
        waiter.send(SIGTERM)
        #expect(try await waiter.wait().ending == .signalled(SIGTERM))
        try await holder.letGo()
    }

    @Test func aSignalThatCannotBeIgnoredIsNamedAndTheCommandRuns() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("--ignore-signal", "KILL", "--ignore-signal", "19", "-r", "R", "--", "echo", "ran")
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        #expect(outcome.errors == "flom: SIGKILL cannot be ignored\nflom: SIGSTOP cannot be ignored\n")
    }

    @Test(arguments: ["", "FOO", "0", "32", "-1", "015", "15abc", "SIGHUP;SIGINT", "SIG", "SIGSIGTERM"])
    func everythingElseIsRefused(word: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("--ignore-signal", word, "-r", "R", "--", "true")
        #expect(outcome.status == 99, "\(outcome)")
        #expect(
            outcome.errors.contains("option --ignore-signal: '\(word)' is not accepted; it takes a number from 1 to 31 or a name")
        )
    }

    @Test func theCommandLineReplacesTheFile() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Monitor]\nIgnoredSignals=SIGTERM;hup;10\n", to: box.path("home/.flom"))
        func status(_ name: String, _ options: [String], _ rest: String) async throws -> Int32? {
            let script = "trap 'exit 9' TERM HUP INT QUIT; kill -\(name) $PPID; \(rest)"
            let words = [box.program] + box.options + options + ["-r", "R", "--", "sh", "-c", script]
            return try await box.run(words).status
        }
        for name in ["TERM", "HUP", "USR1"] { #expect(try await status(name, [], Self.untilTaken) == 0, "\(name)") }
        let typed = ["--ignore-signal", "INT", "--ignore-signal", "QUIT"]
        for name in ["INT", "QUIT"] { #expect(try await status(name, typed, Self.untilTaken) == 0, "\(name)") }
        #expect(try await status("TERM", typed, "while :; do sleep 0.02; done") == 9)
        try Files.write("[Monitor]\nIgnoredSignals=SIGTERM;LOUD\n", to: box.path("bad.conf"))
        let refused = try await box.flom("-c", box.path("bad.conf"), "-r", "R", "--", "true")
        #expect(refused.status == 99 && refused.errors.contains("bad.conf:2"), "\(refused)")
    }
}
