import FlomTestKit
import Foundation
import Testing

/// Socket paths on which no daemon can or may be started: a sentence gives the reason, and the file at the path stays.
@Suite struct SocketFileTests {
    private func expectRefusal(_ outcome: Outcome, naming path: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)", sourceLocation: sourceLocation)
        #expect(outcome.errors.hasPrefix("flom: ") && outcome.errors.contains(path), "\(outcome)", sourceLocation: sourceLocation)
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome)", sourceLocation: sourceLocation)
    }

    @Test func aRegularFileIsLeftUntouched() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("precious", to: box.socket, mode: 0o640)
        let before = try #require(Files.status(of: box.socket))
        expectRefusal(try await box.flom("--", "echo", "ran"), naming: box.socket)
        let after = try #require(Files.status(of: box.socket))
        #expect(after.st_ino == before.st_ino && after.st_mode == before.st_mode && Files.text(of: box.socket) == "precious")
        #expect(Files.names(in: box.directory).filter { $0.hasPrefix("s.") || $0.hasPrefix("journal") }.isEmpty)
    }

    @Test func aDirectoryIsLeftUntouched() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.socket)
        expectRefusal(try await box.flom("--", "echo", "ran"), naming: box.socket)
        #expect(Files.names(in: box.socket).isEmpty)
    }

    @Test func aMissingDirectoryIsNotMade() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let path = box.path("missing/s")
        expectRefusal(try await box.flom("-s", path, "--", "echo", "ran"), naming: path)
        #expect(!Files.exists(box.path("missing")))
    }

    @Test func aPathMayHave107BytesAndNoMore() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let longest = box.path(String(repeating: "x", count: 107 - box.path("").utf8.count))
        #expect(try await box.flom("-s", longest, "--", "echo", "ran").output == "ran\n")
        #expect(Files.isSocket(longest))
        let outcome = try await box.flom("-s", longest + "x", "--", "echo", "ran")
        expectRefusal(outcome, naming: longest + "x")
        #expect(outcome.errors.contains("108") && outcome.errors.contains("107"))
    }

    @Test func aRelativePathIsTheStartersOwn() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("below"))
        let words = [box.program, "-s", "below/s", "--journal", "below/j", "-d", "60000", "--", "echo", "ran"]
        #expect(try await box.run(words).output == "ran\n")
        #expect(Files.isSocket(box.path("below/s")) && Files.exists(box.path("below/j")))
    }

    @Test func aStaleSocketIsReplaced() async throws {
        let box = try Sandbox()
        defer { box.close() }
        do { _ = try LegacyDaemon(box.socket) }
        #expect(Files.isSocket(box.socket))
        #expect(try await box.flom("--", "echo", "ran").output == "ran\n")
    }

    private static let modes: [([String], UInt32)] = [
        ([], 0o666), (["--socket-mode", "660"], 0o660), (["--socket-mode", "600"], 0o600),
    ]

    @Test(arguments: modes)
    func aNamedSocketIsForEverybodyUnlessItsModeIsGiven(options: [String], mode: UInt32) async throws {
        let box = try Sandbox()
        defer { box.close() }
        #expect(try await box.run([box.program] + box.options + options + ["--", "true"]).status == 0)
        #expect(Files.permissions(of: box.socket) == mode)
        #expect(Files.permissions(of: box.journal) == 0o600)
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func aDirectoryThatCannotBeWrittenIsSaidSo() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let command = [box.program, "-s", box.socket, "--journal", box.path("home/journal"), "--", "echo", "ran"]
        expectRefusal(try await box.run(Stranger.words(command)), naming: box.socket)
        #expect(Files.names(in: box.directory).allSatisfy { !$0.hasPrefix("s.") })
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func anotherUserUsesANamedSocketAndIsRecordedAsWhoItIs() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let pid = try await box.startDaemon()
        let outcome = try await box.run(Stranger.words([box.program] + box.options + ["-r", "R", "--", "echo", "ran"]))
        #expect(outcome.output == "ran\n", "\(outcome)")
        #expect(box.daemonPID == pid)
        let row = try #require(try await box.history(of: "R").first)
        #expect(row.uid == Stranger.uid && row.user == "uid \(Stranger.uid)", "\(row)")
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"))
    func anotherUsersDeadDaemonIsNotRestartedOnAnotherJournal() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        // Otherwise it would start the next daemon.
        kill(try await box.hold("R").process.pid, SIGSTOP)
        try await box.killDaemon()
        let command = [box.program, "-s", box.socket, "-r", "R", "-o", "0", "--", "echo", "ran"]
        expectRefusal(try await box.run(Stranger.words(command)), naming: box.record)
    }
}

/// The default socket of a user without a name.
private enum DefaultPlace {
    static let socket = "/tmp/flom-\(Stranger.uid)"
    /// The name of that user in a directory service, as long as it answers.
    static let name = "flomtest-ldap"
    static let named = "/tmp/flom-" + name
    static let files = [socket, named].flatMap { [$0, $0 + ".lock", $0 + ".record"] }
    static let isFree = files.allSatisfy { !Files.exists($0) }
}

/// The default places of a user without a name. Serialized, because they are the same for every test.
@Suite(
    .serialized, .enabled(if: Conditions.canBecomeNobodyKnown, "needs root, setpriv and an unused uid"),
    .enabled(if: DefaultPlace.isFree, "the places are in use"))
struct DefaultPlaceTests {
    private func removeCompanions() { for path in DefaultPlace.files { unlink(path) } }

    @Test func theDefaultSocketAndJournalArePrivate() async throws {
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            removeCompanions()
        }
        let flom = Stranger.words([box.program, "-d", "60000", "-r", "R", "--", "echo", "ran"])
        let outcome = try await box.run(flom)
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        #expect(Files.isSocket(DefaultPlace.socket) && Files.permissions(of: DefaultPlace.socket) == 0o600)
        #expect(Files.status(of: DefaultPlace.socket)?.st_uid == Stranger.uid)
        #expect(Files.permissions(of: box.path("state/flom")) == 0o700)
        let journals = Files.names(in: box.path("state/flom")).filter { $0.hasSuffix(".journal") }
        try #require(journals.count == 1)
        #expect(journals[0].hasPrefix("flom-\(Stranger.uid)@"))
        #expect(Files.permissions(of: box.path("state/flom/") + journals[0]) == 0o600)

        let history = try await box.run(Stranger.words([box.program, "--history", "--format", "json"]))
        #expect(try ReportRow.rows(history).map(\.command) == [["echo", "ran"]])
    }

    @Test func aHomeThatCannotBeWrittenIsNoObstacle() async throws {
        // A user of these tests alone, because other tests use other users' places.
        let homeless: uid_t = 47_104
        let fallback = "/var/tmp/flom-\(homeless)"
        try #require(!Files.exists(fallback))
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            for ending in ["", ".lock", ".record"] { unlink("/tmp/flom-\(homeless)\(ending)") }
            try? FileManager.default.removeItem(atPath: fallback)
        }
        let outcome = try await box.run(
            Stranger.words([box.program, "-r", "R", "--", "echo", "ran"], uid: homeless),
            environment: ["XDG_STATE_HOME": "", "HOME": box.path("nowhere")])
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        #expect(Files.permissions(of: fallback) == 0o700)
    }

    @Test func aDefaultSocketThatSomebodyElseMadeIsRefused() async throws {
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            removeCompanions()
        }
        let trap = try LegacyDaemon(DefaultPlace.socket)
        #expect(chown(DefaultPlace.socket, Stranger.other, Stranger.other) == 0 && chmod(DefaultPlace.socket, 0o666) == 0)
        let before = try #require(Files.status(of: DefaultPlace.socket))
        let outcome = try await box.run(Stranger.words([box.program, "-r", "R", "--", "echo", "ran"]))
        #expect(outcome.status == 99 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains(DefaultPlace.socket) && outcome.errors.contains("\(Stranger.other)"), "\(outcome)")
        #expect(Files.status(of: DefaultPlace.socket)?.st_ino == before.st_ino)
        withExtendedLifetime(trap) {}
    }

    @Test func aDefaultRecordThatSomebodyElseMadeIsRefused() async throws {
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            removeCompanions()
        }
        try Files.write("", to: DefaultPlace.socket + ".record", mode: 0o666)
        #expect(chown(DefaultPlace.socket + ".record", Stranger.other, Stranger.other) == 0)
        let outcome = try await box.run(Stranger.words([box.program, "-r", "R", "--", "echo", "ran"]))
        #expect(outcome.status == 99 && outcome.errors.contains(DefaultPlace.socket + ".record"), "\(outcome)")
        #expect(!Files.exists(DefaultPlace.socket))
    }

    /// A directory service, as `getent` shows it, that falls silent when a file is there.
    private func directoryService(_ box: Sandbox) throws -> (path: String, silence: String) {
        let silence = box.path("io/silent")
        let script = "#!/bin/sh\n[ -e \(silence) ] && exit 2\necho '\(DefaultPlace.name):x:\(Stranger.uid):1::/:/bin/sh'\n"
        try Files.write(script, to: box.path("bin/getent"), mode: 0o755)
        return (box.path("bin") + ":/usr/bin:/bin", silence)
    }

    /// Begins with the name, or with the silence of the service.
    @Test(arguments: [false, true]) func aUserIsServedUnderOneNameWhateverTheDirectorySays(beginsSilent: Bool) async throws {
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            removeCompanions()
        }
        let (path, silence) = try directoryService(box)
        func say(isSilent: Bool) throws { if isSilent { try Files.write("", to: silence) } else { unlink(silence) } }
        func flom(_ words: String...) throws -> RunningProcess {
            try box.start(Stranger.words([box.program, "-d", "60000", "-r", "R"] + words), environment: ["PATH": path])
        }
        let (used, unused) =
            beginsSilent ? (DefaultPlace.socket, DefaultPlace.named) : (DefaultPlace.named, DefaultPlace.socket)
        try say(isSilent: beginsSilent)
        let gate = try box.gate("gate")
        let holder = try flom("--", "cat", gate.path)
        try await eventually("it holds") { try await flom("-o", "0", "--", "true").wait().status == 98 }
        try say(isSilent: !beginsSilent)
        let second = try await flom("-o", "0", "--", "echo", "ran").wait()
        #expect(second.status == 98 && second.output.isEmpty, "\(second)")
        try await gate.open()
        #expect(try await holder.wait().status == 0)
        // Nothing is open any more, and the place still belongs to that user.
        #expect(try await flom("--", "echo", "ran").wait().output == "ran\n")
        #expect(Files.isSocket(used) && !Files.exists(unused) && !Files.exists(unused + ".record"))
    }

    /// A directory service that hangs.
    @Test func aDirectoryThatHangsIsNotWaitedFor() async throws {
        let box = try Sandbox(isShared: true)
        defer {
            box.close()
            removeCompanions()
        }
        try Files.write("#!/bin/sh\nexec sleep 1000\n", to: box.path("bin/getent"), mode: 0o755)
        let outcome = try await box.run(
            Stranger.words([box.program, "-r", "R", "--", "echo", "ran"]),
            environment: ["PATH": box.path("bin") + ":/usr/bin:/bin"])
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
        #expect(Files.isSocket(DefaultPlace.socket))
    }
}
