import FlomTestKit
import Foundation
import Testing

/// Commands that cannot be executed: status 97 as in 1.7.2, and a sentence with the reason.
@Suite struct CommandFailureTests {
    @Test func theSentenceSaysWhatIsWrong() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.writeProgram("#!/nonexistent/shell -x\n", named: "lost")
        try await box.writeProgram("#!/bin/sh\r\n", named: "returned")
        try await box.writeProgram("true\n", named: "plain", mode: "644")
        try await box.writeProgram("true\n", named: "interpreter", mode: "644")
        try await box.writeProgram("#!\(box.path("interpreter"))\n", named: "bound")
        for (command, reason) in [
            ("", "its name is empty"), ("no-such-command", "it is in no directory of PATH"),
            ("./missing", "there is no such file"),
            ("./home", "it is a directory"), ("./plain", "'./plain' is not executable"),
            ("./lost", "the interpreter '/nonexistent/shell' that './lost' names does not exist"),
            ("./returned", "its first line ends with a carriage return"), ("./bound", "names is not executable"),
        ] {
            let outcome = try await box.flom("-r", "R", "--", command)
            #expect(outcome.status == 97 && outcome.output.isEmpty, "\(outcome)")
            #expect(outcome.errors.contains("the command '\(command)' cannot be executed: "), "\(outcome)")
            #expect(outcome.errors.contains(reason), "\(outcome)")
        }
        let rows = try await box.history()
        #expect(rows.count == 8 && rows.allSatisfy { $0.outcome == "released" }, "each lock was given back")
    }

    /// The variables that flom adds can make an environment too large that was just small enough for flom itself.
    @Test func tooLongArgumentsAreToldApart() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        // The settings come from a file, so that flom's own command line is short.
        try Files.write("[Daemon]\nSocketName=\(box.socket)\n", to: box.path("home/.flom"))
        let words = ["sh", "-c", "ulimit -s 512; exec \"$@\"", "sh", box.program, "--", "true"]
        // The system takes a quarter of the stack's limit: 128 KiB, of which a word takes its bytes, a NUL and a pointer.
        var (fits, tooMuch) = (0, 131_072 / 16)
        while tooMuch - fits > 1 {
            let middle = (fits + tooMuch) / 2
            let outcome = try await box.run(words + Array(repeating: "1234567", count: middle))
            if outcome.status == 0 {
                fits = middle
            } else {
                tooMuch = middle
                if outcome.status == 97 {
                    #expect(outcome.errors.contains("longer than the"), "\(outcome)")
                    return
                }
            }
        }
        Issue.record("there was no number of words that is too much for the command only")
    }

    @Test(.enabled(if: Conditions.isRoot && Conditions.hasProgram("setpriv"), "needs root, to be somebody else"))
    func aClosedDirectoryIsNamed() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try Files.makeDirectory(box.path("closed"), mode: 0o700)
        try await box.writeProgram("true\n", named: "closed/tool")
        let words = [box.program, "-s", box.path("home/s"), "--journal", box.path("home/j"), "--", box.path("closed/tool")]
        let outcome = try await box.run(Stranger.words(words))
        #expect(outcome.status == 97, "\(outcome)")
        #expect(outcome.errors.contains("the directory '\(box.path("closed"))' cannot be searched by this user"), "\(outcome)")
    }

    /// A file's name is bytes.
    @Test(arguments: ["#!/bin/sh\n", ""]) func aNameThatIsNotUTF8(heading: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            name=$(printf 'tool\\377'); printf '\(heading.isEmpty ? "" : "#!/bin/sh\\n")echo ran\\n' >"$name"; chmod +x "$name"
            "$@" "./$name" && PATH=. && "$@" "$name"
            """
        let outcome = try await box.run(["sh", "-c", script, "sh", box.program] + box.options + ["--"])
        #expect(outcome.status == 0 && outcome.output == "ran\nran\n", "\(outcome)")
    }
}
