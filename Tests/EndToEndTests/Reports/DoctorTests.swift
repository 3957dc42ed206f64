import FlomTestKit
import Foundation
import Testing

/// `--doctor` on a sound host, and with one fault after the other.
@Suite struct DoctorTests {
    private func look(_ box: Sandbox, _ words: [String] = [], before: [String] = []) async throws -> (Int32?, [DoctorFinding]) {
        let outcome = try await box.run(before + [box.program] + box.options + ["--doctor", "--format", "json"] + words)
        return (outcome.status, try DoctorFinding.all(in: outcome))
    }

    /// Expects one finding of a level with this text and advice, and the exit status.
    private func expect(
        _ result: (status: Int32?, findings: [DoctorFinding]), _ level: String, _ check: String, _ found: String,
        _ advice: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == (level == "problem" ? 1 : 0), "\(result.findings)", sourceLocation: sourceLocation)
        #expect(
            result.findings.contains {
                $0.level == level && $0.check == check && $0.found.contains(found) && $0.advice?.contains(advice) == true
            }, "\(result.findings)", sourceLocation: sourceLocation)
    }

    @Test func allIsWellWithAndWithoutADaemon() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let (status, before) = try await look(box)
        #expect(status == 0 && !before.contains { $0.level == "problem" || $0.level == "warning" }, "\(before)")
        #expect(!Files.exists(box.socket) && !Files.exists(box.record) && !Files.exists(box.journal), "it has made something")
        try await box.startDaemon()
        let (again, findings) = try await look(box)
        #expect(again == 0 && !findings.contains { $0.level == "problem" || $0.level == "warning" }, "\(findings)")
        let daemon = try #require(findings.first { $0.check == "daemon" })
        let words = [
            "flom 0.1.0", "process \(box.daemonPID ?? 0)", "journal \(box.recorded("journal-id") ?? "none")", "answers within",
        ]
        #expect(words.allSatisfy(daemon.found.contains), "\(daemon)")
        #expect(findings.contains { $0.check == "journal" && $0.found.contains("fit each other") }, "\(findings)")
        let table = try await box.flom("--doctor")
        #expect(table.status == 0 && table.output.contains("ok       socket \(box.socket): a process listens"), "\(table)")
    }

    @Test func theSocket() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        try await box.killDaemon()
        expect(try await look(box), "note", "socket", "no process listens", "the next daemon replaces it")
        try Files.write("mine", to: box.path("file"))
        expect(try await look(box, ["-s", box.path("file")]), "problem", "socket", "is no socket", "--socket-name")
        #expect(Files.text(of: box.path("file")) == "mine")
        try Files.makeDirectory(box.path("open"), mode: 0o777)
        expect(try await look(box, ["-s", box.path("open/s")]), "warning", "socket", "others may remove", "chmod +t")
        let long = box.path(String(repeating: "x", count: 108))
        expect(try await look(box, ["-s", long]), "problem", "endpoint", "the system allows 107", "shorter")
        expect(try await look(box, ["-s", box.path("none/s")]), "problem", "socket", "does not exist", "make it")
        #expect(try await look(box, ["-a", "127.0.0.1"]).0 == 99, "what excludes each other is a wrong option")
    }

    @Test(.enabled(if: Conditions.canBecomeNobodyKnown, "needs root, who can become somebody else"))
    func filesOfOthers() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        try await box.startDaemon()
        let before = Stranger.words([])
        // Another user sees that root's daemon answers, and that its journal is not readable for them.
        let shared = try await look(box, before: before)
        #expect(shared.0 == 0, "\(shared.1)")
        #expect(shared.1.contains { $0.check == "journal" && $0.found.contains("cannot be read") }, "\(shared.1)")
        let hidden = try await box.run(["chmod", "600", box.socket])
        #expect(hidden.status == 0)
        expect(try await look(box, before: before), "problem", "socket", "Permission denied", "--socket-mode 666")
        try await box.killDaemon()
        expect(try await look(box, before: before), "problem", "start", "belongs to root", "have root")
        try Files.write("", to: box.path("config.conf"), mode: 0o600)
        expect(
            try await look(box, ["-c", box.path("config.conf")], before: before), "problem", "configuration", "Permission denied",
            "that you may read")
        expect(
            try await look(box, ["--journal", "/etc/none/j"], before: before), "problem", "journal", "cannot be written there",
            "--journal")
    }

    @Test func configurationFiles() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.write("[Resource]\nTimeout=soon\n", to: box.path("home/.flom"))
        expect(try await look(box), "warning", "configuration", "home/.flom:2: Timeout='soon'", "pass over it")
        try Files.write("[Resource]\nTimeout=5\n", to: box.path("home/.flom"), mode: 0o666)
        expect(try await look(box), "warning", "configuration", "mode 0666", "chmod go-w")
        try Files.write("[Nothing]\n", to: box.path("own.conf"))
        let named = try await look(box, ["-c", box.path("own.conf")])
        expect(named, "problem", "configuration", "there is no group [Nothing]", "correct it")
    }

    @Test(.enabled(if: JournalQuery.isPossible, "needs python3 with sqlite3")) func theJournal() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        #expect(try await box.flom("-x").status == 0)
        try await eventually("the daemon has ended") { box.recorded("state") == "ended" }
        chmod(box.journal, 0o666)
        expect(try await look(box), "problem", "journal", "others can change the record", "chmod 600")
        chmod(box.journal, 0o600)
        for (statement, found) in [
            ("UPDATE event SET at = at + 1 WHERE number = (SELECT max(number) FROM event)", "is not what was written"),
            ("PRAGMA user_version = 99", "newer flom"),
        ] {
            _ = try await JournalQuery.rows(statement, of: box.journal, in: box)
            let (status, findings) = try await look(box)
            #expect(status == 1 && findings.contains { $0.level == "problem" && $0.found.contains(found) }, "\(findings)")
        }
        try Files.write("no database at all, but long enough to be looked at as one: \(box.directory)", to: box.path("other"))
        let other = try await look(box, ["--journal", box.path("other")])
        #expect(other.0 == 1 && other.1.contains { $0.check == "journal" && $0.level == "problem" }, "\(other)")
        for name in [box.journal, box.journal + "-wal", box.journal + "-shm"] { unlink(name) }
        expect(try await look(box), "problem", "journal", "is missing", "bring it back")
    }

    @Test(.enabled(if: Conditions.canMount, "needs the right to mount a tmpfs"))
    func aFullDisk() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            mkdir disk; mount -t tmpfs -o size=2m tmpfs disk; head -c 1500000 /dev/zero > disk/much; exec "$@"
            """
        let before = ["unshare", "-m", "sh", "-ec", script, "sh"]
        let result = try await look(box, ["--journal", box.path("disk/j")], before: before)
        expect(result, "problem", "journal", "KiB free", "make room")
        #expect(result.1.contains { $0.level == "note" && $0.found.contains("tmpfs") }, "\(result.1)")
    }

    @Test(.enabled(if: Conditions.canMount, "needs the right to mount")) func aMachineWithoutAnId() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let script = """
            touch none; for file in /etc/machine-id /var/lib/dbus/machine-id; do test ! -e $file || mount --bind none $file; done
            exec "$@"
            """
        let result = try await look(box, before: ["unshare", "-m", "sh", "-ec", script, "sh"])
        expect(result, "warning", "machine", "there is none", "systemd-machine-id-setup")
    }

    @Test func limits() async throws {
        let box = try Sandbox()
        defer { box.close() }
        func limited(_ limit: String) -> [String] {
            ["sh", "-c", "ulimit \(limit); exec \"$@\"", "sh"] + Conditions.withoutRightsOverLimits
        }
        expect(try await look(box, before: limited("-n 100")), "warning", "limits", "100, so that", "LimitNOFILE")
        expect(try await look(box, before: limited("-f 100")), "problem", "limits", "no more locks", "ulimit -f")
    }

    @Test(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) func filesOfTLS() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let certificates = Certificates(in: box)
        let id = Conditions.machineID ?? "nobody"
        try await certificates.make(id, "another")
        let (status, findings) = try await look(box, certificates.options(id))
        #expect(status == 0 && findings.contains { $0.check == "tls" && $0.found.contains("is valid for") }, "\(findings)")
        chmod(certificates.key(id), 0o644)
        expect(try await look(box, certificates.options(id)), "warning", "tls", "can be read by others", "chmod 600")
        expect(
            try await look(box, certificates.options(id) + ["--tls-private-key", certificates.key("another")]), "problem", "tls",
            "does not belong", "belong together")
        expect(
            try await look(box, certificates.options("another") + ["--tls-check-peer-id", "yes"]), "warning", "tls",
            "is made for 'another'", "flom --unique-id")
        #expect(try await look(box, ["--tls-private-key", certificates.key(id)]).0 == 99)
    }
}
