import FlomTestKit
import Foundation
import Testing

/// Output that cannot be written: every report says so in one sentence, and does not end with 0.
@Suite struct LostOutputTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let words: [String]
        var needsDaemon = true
        var testDescription: String { words.joined(separator: " ") }

        init(_ words: String, daemon: Bool = true) {
            self.words = words.split(separator: " ").map(String.init)
            needsDaemon = daemon
        }

        var lostStatus: Int32 { words.contains("--check") ? 3 : 99 }
    }

    static let rows =
        ["table", "json", "csv", "html"].flatMap { [Row("--history --format \($0)"), Row("--stats --format \($0)")] }
        + ["table", "json", "csv", "prometheus"].map { Row("--status --format \($0)") }
        + ["man", "bash", "zsh", "fish", "config"].map { Row("--print \($0)") }
        + [
            Row("--history --follow"), Row("--history --follow --format json"), Row("--history --limit 1 --reverse"),
            Row("--status --watch"), Row("--status --watch --format json"), Row("--status --at now"),
            Row("--check"), Row("--check --format prometheus"), Row("--check", daemon: false),
            Row("-r never --check --not-run-since 1h"),
            Row("--doctor"), Row("--doctor --format json"), Row("--history --verify"), Row("--history --head"),
            Row("--prune-older-than 1000d"), Row("--prune-older-than 1000d", daemon: false), Row("--vacuum", daemon: false),
            Row("--show-config"), Row("--show-config --format json"),
            Row("--access-test root"), Row("--access-test root --format json"),
            Row("--help"), Row("--version"), Row("--version -V"), Row("--signal-list"),
            Row("--break -r held --yes"), Row("--restart"), Row("-x"), Row("-X"),
        ] + (Conditions.machineID == nil ? [] : [Row("--unique-id")])

    /// A sandbox with requests on record, one of which holds.
    private func prepared(_ row: Row) async throws -> Sandbox {
        let box = try Sandbox()
        try await box.flom("-r", "done", "--", "true")
        if row.needsDaemon {
            _ = try await box.hold("held")
        } else {
            let daemon = try #require(box.daemonPID)
            #expect(try await box.flom("-X").status == 0)
            try await eventually("the daemon has ended") { !ProcessTable.isAlive(daemon) }
        }
        return box
    }

    private func words(_ box: Sandbox, _ row: Row) -> [String] { [box.program] + box.options + row.words }

    @Test(arguments: rows) func aFullDiskIsSaid(row: Row) async throws {
        let box = try await prepared(row)
        defer { box.close() }
        let outcome = try await box.run(["sh", "-c", #"exec "$@" > /dev/full"#, "sh"] + words(box, row))
        #expect(outcome.status == row.lostStatus, "\(outcome)")
        #expect(outcome.errors.hasSuffix("flom: not all of the output could be written: No space left on device\n"), "\(outcome)")
    }

    @Test(arguments: rows) func aClosedOutputIsSaid(row: Row) async throws {
        let box = try await prepared(row)
        defer { box.close() }
        let outcome = try await box.run(words(box, row), closing: [1])
        #expect(outcome.status == row.lostStatus, "\(outcome)")
        #expect(outcome.errors.hasSuffix("flom: not all of the output could be written: Bad file descriptor\n"), "\(outcome)")
    }

    /// A reader that ends early, as `| head` does. Services have SIGPIPE ignored.
    @Test(arguments: [false, true], ["--history --format json", "--help", "--check", "--history --follow"].map { Row($0) })
    func aReaderThatHasSeenEnoughIsNothingToSpeakOf(isIgnored: Bool, row: Row) async throws {
        let box = try await prepared(row)
        defer { box.close() }
        let script = #"{ until [ -e gone ]; do sleep 0.01; done; "$@"; echo $? > status; } | { exec <&-; : > gone; }"#
        let outcome = try await box.run(
            (isIgnored ? ["env", "--ignore-signal=PIPE"] : []) + ["sh", "-c", script, "sh"] + words(box, row))
        #expect(outcome.errors.isEmpty, "\(outcome)")
        let status = isIgnored && row.lostStatus == 3 ? 3 : 128 + SIGPIPE
        try await eventually("it has ended") { Files.text(of: box.path("status")) == "\(status)\n" }
    }

    /// The command's status counts then.
    @Test func aCommandsStatusStaysItsOwn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = [box.program] + box.options + ["-V", "-r", "R", "--", "sh", "-c", "exit 7"]
        let outcome = try await box.run(["sh", "-c", #"exec "$@" > /dev/full"#, "sh"] + words)
        #expect(outcome.status == 7, "\(outcome)")
    }

    /// A slow reader behind a non-blocking pipe gets the whole output.
    @Test(.enabled(if: Conditions.hasProgram("perl"), "needs perl")) func aSlowReaderGetsAll() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            pipe(R, W); fcntl(W, 1031, 4096); fcntl(W, 4, 2048 | fcntl(W, 3, 0));
            if (!fork) { open(STDOUT, ">&W"); exec @ARGV }
            close W; sleep 1; $n++ while <R>; wait; print "$n lines, $?";
            """
        let all = try await box.run([box.program, "--print", "man"] + box.options)
        let outcome = try await box.run(["perl", "-e", script, box.program, "--print", "man"] + box.options)
        #expect(all.outputBytes.count > 10_000)
        #expect(outcome.output == "\(all.outputBytes.count { $0 == 10 }) lines, 0", "\(outcome)")
    }
}
