import FlomTestKit
import Foundation
import Testing

/// `FLOM_TRACE_MASK`, `-T`, `-t` and `--append-trace-file`.
@Suite struct TraceTests {
    private func run(_ box: Sandbox, mask: String, _ words: [String]) async throws -> Outcome {
        try await box.run([box.program] + box.options + words, environment: ["FLOM_TRACE_MASK": mask])
    }

    @Test func eachLineIsThatOfTheUseCase() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ["-T", box.path("command"), "-t", box.path("daemon"), "-r", "a.b", "--", "true"]
        #expect(try await run(box, mask: "0xffffffff", words).status == 0)
        let form = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.(\d{6}) \[(\d+)\/0x[0-9a-f]+\] (.+)/
        for (name, some) in [
            (
                "command",
                ["flom_client_connect", "'a.b' is a set resource", "the command runs as pid", "main: ends with status 0"]
            ),
            ("daemon", ["session 1 opened by process", "set: request 1 on 'a.b': granted, token", "turn: "]),
        ] {
            let lines = try #require(Files.text(of: box.path(name))).split(separator: "\n")
            for line in lines { #expect(line.wholeMatch(of: form) != nil, "\(line)") }
            for text in some { #expect(lines.contains { $0.contains("] \(text)") }, "\(text): \(lines)") }
            let status = try #require(try FileManager.default.attributesOfItem(atPath: box.path(name))[.posixPermissions] as? Int)
            #expect(status == 0o600)
        }
    }

    /// 0x, a leading 0 for octal, decimal; any other text is 0.
    @Test(arguments: [("0x8", true), ("010", true), ("8", true), ("0x4", false), ("junk", false), ("", false), ("0", false)])
    func theMaskIsReadAsEver(mask: String, isTraced: Bool) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await run(box, mask: mask, ["-r", "R", "--", "true"])
        #expect(outcome.errors.contains("flom_client_connect") == isTraced, "\(outcome)")
    }

    /// Each bit brings its own lines and no others.
    @Test(arguments: [
        ("0x1", "main: "), ("0x2", "option --"), ("0x4", "the command runs as pid"), ("0x8", "flom_client_"),
        ("0x20", "connected to"), ("0x40", "received answer"), ("0x80", "sent to"), ("0x200", "is a simple resource"),
        ("0x40000", "starting one"),
    ])
    func eachBitIsAComponent(mask: String, text: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let one = try await run(box, mask: mask, ["-r", "R", "--", "true"])
        #expect(one.errors.contains(text), "\(one)")
        let others = UInt64(0xffff_ffff) & ~UInt64(mask.dropFirst(2), radix: 16)!
        let rest = try await run(box, mask: "\(others)", ["-r", "R", "--", "true"])
        #expect(!rest.errors.contains("] \(text)"), "\(rest)")
    }

    @Test func withoutAMaskNoFileIsMade() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await run(box, mask: "0", ["-T", "command", "-t", "daemon", "-r", "R", "--", "true"]).status == 0)
        #expect(Files.text(of: box.path("command")) == nil && Files.text(of: box.path("daemon")) == nil)
    }

    /// A relative path counts from the starter's directory; 1.7.2's daemon would use /.
    @Test func aRelativePathIsTheStarters() async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await run(box, mask: "0x10", ["-t", "daemon", "-r", "R", "--", "true"]).status == 0)
        #expect(Files.text(of: box.path("daemon"))?.contains("ready") == true)
    }

    @Test func filesAreReplacedUnlessTheyAreToBeKept() async throws {
        let box = try Sandbox()
        defer { box.close() }
        func trace(_ keep: String) async throws -> Int {
            let words = ["-T", "trace", "--append-trace-file", keep, "-r", "R", "--", "true"]
            #expect(try await run(box, mask: "1", words).status == 0)
            return try #require(Files.text(of: box.path("trace"))).split(separator: "\n").count { $0.contains("main: version") }
        }
        #expect(try await trace("no") == 1)
        #expect(try await trace("yes") == 2)
        #expect(try await trace("no") == 1)
    }

    @Test func aFileThatCannotBeOpenedIsNamed() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let missing = box.path("missing/trace")
        let outcome = try await run(box, mask: "1", ["-T", missing, "-t", missing, "-r", "R", "--", "true"])
        #expect(outcome.status == 0)
        #expect(outcome.errors.contains("the trace file '\(missing)' cannot be opened (No such file or directory)"), "\(outcome)")
        #expect(outcome.errors.contains("the daemon's trace file '\(missing)' cannot be opened"), "\(outcome)")
    }

    /// In a directory like /tmp another user may have made a link to a file of this user.
    @Test func noLinkIsFollowedWhereEverybodyMayMakeFiles() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("sticky"), mode: 0o700)
        chmod(box.path("sticky"), 0o1777)
        try Files.write("precious\n", to: box.path("precious"))
        symlink(box.path("precious"), box.path("sticky/trace"))
        let outcome = try await run(box, mask: "1", ["-T", box.path("sticky/trace"), "-r", "R", "--", "true"])
        #expect(outcome.status == 0 && outcome.errors.contains("cannot be opened"), "\(outcome)")
        #expect(Files.text(of: box.path("precious")) == "precious\n")
    }

    @Test func noSecretIsTraced() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let words = ["-T", "command", "-t", "daemon", "--redact", "--key=*", "-r", "R", "--", "echo", "--key=open sesame"]
        #expect(try await run(box, mask: "0xffffffff", words).status == 0)
        for name in ["command", "daemon"] {
            let text = try #require(Files.text(of: box.path(name)))
            #expect(text.contains("x-sess=\"***\"") && text.contains("argv=\"***\""), "\(text)")
            #expect(!text.contains("sesame"))
            // The secret has 22 characters, and no other quoted text has that length.
            #expect(text.firstMatch(of: /x-sess="[^*]/) == nil)
        }
    }
}
