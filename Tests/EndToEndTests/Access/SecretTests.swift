import FlomTestKit
import Foundation
import Testing

/// Everything that writes is on: traces of both sides with all bits, the log at level debug, TLS, core dumps. None of it, and nothing
/// in the journal or the endpoint record, contains the private key, a redacted word, or the secret of a session.
@Suite(.enabled(if: Conditions.hasProgram("openssl") && Conditions.hasProgram("python3"), "needs openssl and python3"))
struct SecretTests {
    private static let id = Conditions.machineID ?? "nobody"
    private static let word = "Xyzzy-\(UInt32.random(in: .min ... .max))"

    /// Runs a command with core dumps allowed, and says whether one was written at its end.
    private static let watcher = """
        import os, resource, sys
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        pid = os.fork()
        if pid == 0:
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            os.execvp(sys.argv[1], sys.argv[1:])
        status = os.waitpid(pid, 0)[1]
        print("core" if os.WIFSIGNALED(status) and os.WCOREDUMP(status) else "no core", flush=True)
        """

    private static func watched(_ words: [String]) -> [String] { ["python3", "-c", watcher] + words }

    /// The texts that must be nowhere: the lines of the key's PEM, and its bytes.
    private static func secrets(of key: String) throws -> [Data] {
        let text = try #require(Files.text(of: key))
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        try #require(lines.count >= 1)
        let encoded = try #require(Data(base64Encoded: lines.joined()))
        // The middle of both contains the secret number; the beginning is the same for every key of the kind.
        return lines.map { Data($0.utf8) } + [encoded.suffix(encoded.count / 2), Data(word.utf8)]
    }

    private static func findings(_ secrets: [Data], in box: Sandbox, besides excluded: String) -> [String] {
        guard let files = FileManager.default.enumerator(atPath: box.directory) else { return ["nothing can be read"] }
        return files.compactMap { $0 as? String }.filter { name in
            let path = box.path(name)
            guard !path.hasPrefix(excluded), Files.status(of: path).map({ $0.st_mode & S_IFMT == S_IFREG }) ?? false,
                let content = FileManager.default.contents(atPath: path)
            else { return false }
            return secrets.contains { content.range(of: $0) != nil }
        }
    }

    @Test(arguments: [SIGABRT, SIGSEGV]) func nothingIsWrittenThatMustNotBeSeen(signal: Int32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let certificates = Certificates(in: box)
        try await certificates.make(Self.id)
        let everything = ["FLOM_TRACE_MASK": "0xffffffff"]
        let place = ["-s", box.socket, "--journal", box.journal] + certificates.options(Self.id)
        let log = ["--log-level", "debug", "-t", box.path("daemon-trace"), "--redact", "--key=*"]
        let daemon = try box.start(
            Self.watched([box.program, "--foreground"] + place + log), environment: everything)
        try await eventually("it listens") { Files.isSocket(box.socket) }
        let client = [box.program, "-d", "0", "-V"] + place + ["-T", box.path("command-trace"), "-r", "R", "--"]
        let outcome = try await box.run(client + ["true", "--key=" + Self.word], environment: everything)
        #expect(outcome.status == 0, "\(outcome)")
        let history = try await box.run([box.program] + place + ["--history", "--format", "json"])
        #expect(try ReportRow.rows(history).map(\.command) == [["true", "--key=***"]], "\(history)")

        kill(try #require(box.daemonPID), signal)
        let end = try await daemon.wait()
        #expect(end.output == "no core\n", "\(end)")
        #expect(Files.text(of: box.path("daemon-trace"))?.contains("x-sess=\"***\"") == true)
        #expect(end.errors.contains("FLM"), "the log is on stderr")
        let secrets = try Self.secrets(of: certificates.key(Self.id))
        // Options are the user's own words, which may stand in the user's own trace.
        #expect(Self.findings(secrets, in: box, besides: certificates.directory) == [])
        #expect(Self.findings(secrets, in: box, besides: box.path("nothing")).count >= 1, "the key itself is found")
    }

    /// Without a key core dumps stay possible, for a search after a crash. Where no core can be written at all, the test above
    /// shows nothing.
    @Test(.enabled(if: canDump, "this system writes no core files into the directory of a process"))
    func aDaemonInPlainTextMayBeDumped() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run(Self.watched(["sh", "-c", "cd '\(box.directory)' && kill -ABRT $$"]))
        #expect(outcome.output == "core\n", "\(outcome)")
    }

    private static let canDump: Bool = {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        let pattern = Files.text(of: "/proc/sys/kernel/core_pattern") ?? ""
        return limit.rlim_max != 0 && !pattern.hasPrefix("|") && !pattern.hasPrefix("/")
    }()

    /// Only the client has the secret of a session; the journal has its hash.
    @Test(.enabled(if: Conditions.hasProgram("strace"), "needs strace")) func aSessionsSecretIsOnlyOnTheWire() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startForeground(
            "--log-level", "debug", "-t", box.path("daemon-trace"), environment: ["FLOM_TRACE_MASK": "0xffffffff"])
        let wire = box.path("wire")
        let words = [
            "strace", "-s", "4096", "-e", "trace=write,writev,sendto,sendmsg", "-o", wire, box.program, "-d", "0", "-s",
            box.socket,
        ]
        let outcome = try await box.run(
            words + ["-T", box.path("command-trace"), "-r", "R", "--", "true"], environment: ["FLOM_TRACE_MASK": "0xffffffff"])
        #expect(outcome.status == 0, "\(outcome)")
        let secret = try #require(Files.text(of: wire)?.firstMatch(of: #/x-sess=\\?"([^"\\]{10,})/#)?.1)
        daemon.send(SIGTERM)
        try await daemon.wait()
        #expect(Self.findings([Data(secret.utf8)], in: box, besides: wire) == [])
        #expect(Files.text(of: box.path("command-trace"))?.contains("x-sess=\"***\"") == true)
    }
}
