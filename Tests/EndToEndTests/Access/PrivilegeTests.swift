import FlomTestKit
import Foundation
import Testing

/// flom with rights, and with files, of another user than the one who starts it.
@Suite(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
struct PrivilegeTests {
    /// flom would run any command with such rights, so it refuses to run.
    @Test(arguments: [mode_t(0o4755), 0o2755]) func aSetuidProgramRefusesToRun(mode: mode_t) async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        #expect(chown(box.program, Stranger.other, Stranger.other) == 0 && chmod(box.program, mode) == 0)
        // As the same user, or with rights that cannot grow, it runs like any other program.
        let words = [box.program, "-s", box.path("home/s"), "-d", "1", "--", "id", "-u"]
        let noMore = ["setpriv", "--no-new-privs"] + Stranger.words(words)
        let ordinary = try await box.run(noMore)
        #expect(ordinary.status == 0 && ordinary.output == "\(Stranger.uid)\n", "\(ordinary)")
        for information in [[box.program, "--version"], words] {
            let outcome = try await box.run(Stranger.words(information))
            #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.errors.contains("has rights that you do not have"), "\(outcome)")
        }
    }

    private static let others: [(uid_t, mode_t, String)] = [
        (Stranger.uid, 0o600, "belongs to uid \(Stranger.uid)"), (0, 0o666, "every user may write it"),
    ]

    /// `sudo` and `su` may leave a user's HOME to root, whose log, journal and socket its file would name.
    @Test(arguments: others)
    func aConfigurationThatAnotherCanWriteIsNotObeyed(owner: uid_t, mode: mode_t, reason: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let file = box.path("home/.flom")
        try Files.write("[Trace]\nDaemonTraceFile=\(box.path("trace"))\n[Resource]\nName=theirs\n", to: file, mode: mode)
        #expect(chown(file, owner, owner) == 0)
        let words = [box.program] + box.options
        let outcome = try await box.run(words + ["--", "true"], environment: ["FLOM_TRACE_MASK": "0"])
        #expect(
            outcome.status == 0 && outcome.errors.contains("'\(file)' is not obeyed") && outcome.errors.contains(reason),
            "\(outcome)")
        #expect(try await box.history().map(\.resource) == ["_RESOURCE"])
        // A file that is named with -c is used.
        #expect(try await box.run(words + ["-c", file, "--", "true"]).status == 0)
        #expect(try await box.history().map(\.resource) == ["_RESOURCE", "theirs"])
    }

    @Test func ownAndRootsConfigurationsAreObeyed() async throws {
        for owner in [Stranger.uid, 0] {
            let box = try Sandbox(isShared: true)
            defer { box.close() }
            let file = box.path("home/.flom")
            try Files.write("[Resource]\nName=ours\n", to: file, mode: 0o664)
            #expect(chown(file, owner, owner) == 0)
            let place = [box.program, "-s", box.path("home/s")]
            let outcome = try await box.run(Stranger.words(place + ["-d", "60000", "--", "true"]))
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
            let history = try await box.run(Stranger.words(place + ["--history", "--format", "json"]))
            #expect(try ReportRow.rows(history).map(\.resource) == ["ours"])
        }
    }
}
