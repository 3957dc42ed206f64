import FlomTestKit
import Foundation
import Testing

/// Places where a journal cannot be: the next place is used, or a sentence names the option that helps.
@Suite(.serialized) struct JournalPlaceTests {
    /// A home on a file system that other machines share; the result of `statfs` is faked.
    @Test(
        .enabled(if: Conditions.canTrace && Conditions.canBecomeNobodyKnown, "needs root, strace and setpriv"),
        // NFS, Lustre, CephFS.
        arguments: ["6969000000000000", "d00bd00b00000000", "0064c30000000000"])
    func aHomeOnANetwork(number: String) async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let home = box.path("home")
        // The directory belongs to that user alone; otherwise the record would be removed with the daemon's end.
        try Files.makeDirectory(box.path("own"))
        #expect(chown(box.path("own"), Stranger.uid, Stranger.uid) == 0)
        let local = "/var/tmp/flom-\(Stranger.uid)"
        let world = ["env", "-u", "XDG_STATE_HOME", "HOME=\(home)", box.program, "-s", box.path("home/../own/s"), "-d", "1000"]
        func traced(_ words: [String]) -> [String] {
            ["strace", "-f", "-o", "/dev/null", "-P", home, "-e", "trace=statfs"]
                + ["-e", "inject=statfs:poke_exit=@arg2=\(number)"] + Stranger.words(world + words)
        }
        // Other tests use the directory at the same time.
        defer {
            let tag = box.directory.split(separator: "-").last.map(String.init) ?? "none"
            for name in Files.names(in: local) where name.contains(tag) { unlink("\(local)/\(name)") }
        }
        let started = try await box.run(traced(["-r", "R", "--", "true"]))
        #expect(started.status == 0 && started.errors.isEmpty, "\(started)")
        let record = Files.text(of: box.path("own/s.record")) ?? ""
        #expect(record.contains("\njournal=\(local)/"), "\(record)")
        #expect(!Files.exists(home + "/.local"))
        // Reports use the same place as the daemon.
        let reported = try await box.run(traced(["--history"]))
        #expect(reported.status == 0 && reported.output.contains("released"), "\(reported)")
        // A named place is not replaced by another.
        let named = try await box.run(
            traced(["-s", box.path("own/other"), "--journal", home + "/journal", "-r", "R", "--", "true"]))
        #expect(named.status == 99 && named.errors.contains("name a place on a local disk with --journal"), "\(named)")
    }

    /// A killed daemon of another endpoint keeps the lock until the last of its threads is back from the device.
    @Test func aJournalWhoseOwnerIsEndingIsWaitedFor() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let name = box.journal + ".lock"
        try Files.write("/elsewhere/socket", to: name, mode: 0o600)
        let lock = open(name, O_RDONLY | O_CLOEXEC)
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let refused = try await box.flom("-r", "R", "--", "echo", "ran")
        #expect(refused.status == 99 && refused.errors.contains("in use by the daemon on '/elsewhere/socket'"), "\(refused)")

        let process = try box.startFlom("-r", "R", "--", "echo", "ran")
        try await eventually("its daemon has come to the lock") {
            box.processes.contains { $0.pid != process.pid && $0.descriptors.values.contains(name) }
        }
        close(lock)
        let outcome = try await process.wait()
        #expect(outcome.status == 0 && outcome.output == "ran\n" && outcome.errors.isEmpty, "\(outcome)")
    }

    @Test(.enabled(if: Conditions.canMount && Conditions.hasProgram("unshare"), "needs the right to mount"))
    func whereNothingCanBeWritten() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try Files.makeDirectory(box.path("fixed"))
        func withFixed(_ words: [String]) async throws -> Outcome {
            let script = #"mount -t tmpfs -o ro none "$1"; shift; exec "$@""#
            return try await box.run(["unshare", "-m", "sh", "-ec", script, "sh", box.path("fixed")] + words)
        }
        let journal = try await withFixed(
            [box.program, "-s", box.socket, "--journal", box.path("fixed/journal"), "-r", "R", "--", "true"])
        #expect(
            journal.status == 99 && journal.errors.contains("Read-only file system") && journal.errors.contains("--journal"),
            "\(journal)")
        let socket = try await withFixed([box.program, "-s", box.path("fixed/s"), "-r", "R", "--", "true"])
        #expect(
            socket.status == 99 && socket.errors.contains("is on a read-only file system") && socket.errors.contains("--journal"),
            "\(socket)")
    }

    /// A changed id, or one that is missing before or after.
    @Test(.enabled(if: Conditions.canMount && Conditions.hasProgram("unshare"), "needs the right to mount"))
    func aMachineIDThatIsMadeAnewChangesNothingButTheEpoch() async throws {
        let box = try Sandbox()
        defer { box.close() }
        var tokens: [Int64] = []
        for id in ["1", "", "2", nil] {
            let words = [box.program] + box.options + ["-r", "R", "--", "sh", "-c", "echo $FLOM_FENCING_TOKEN"]
            guard let id else {
                let last = try await box.run(words)
                #expect(last.status == 0, "\(last)")
                tokens.append(Int64(last.output.dropLast()) ?? 0)
                break
            }
            let text = id.isEmpty ? "none" : String(repeating: id, count: 32)
            try Files.write(text + "\n", to: box.path("id"))
            let script = #"""
                for file in /etc/machine-id /var/lib/dbus/machine-id; do ! [ -e $file ] || mount --bind "$0" $file; done; exec "$@"
                """#
            let ended = try await box.run(["unshare", "-m", "sh", "-ec", script, box.path("id")] + words)
            #expect(ended.status == 0, "\(ended)")
            tokens.append(Int64(ended.output.dropLast()) ?? 0)
            // One daemon is killed, the others end in order.
            if id == "1" { try await box.killDaemon() } else { try await box.flom("-x") }
            try await eventually("the daemon is gone") { box.daemonPID.map { !ProcessTable.isAlive($0) } ?? true }
        }
        let epochs = tokens.map { $0 >> 37 }
        #expect(epochs == epochs.sorted() && Set(epochs).count == 4, "\(tokens)")
        #expect(try await box.history(of: "R").map(\.outcome) == ["released", "released", "released", "released"])
        #expect(try await box.flom("--history", "--verify").status == 0)
    }
}
