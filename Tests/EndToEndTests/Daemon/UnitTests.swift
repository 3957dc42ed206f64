import FlomTestKit
import Foundation
import Testing

/// The systemd units in `packaging/`, as far as they can be tested without a running systemd.
@Suite struct UnitTests {
    private static let folder = Program.repository + "/packaging/systemd"
    private static let units = ["flom.service", "flom.socket", "flom-server.service"]

    /// Copies of the units with the program under test.
    private func copies(in box: Sandbox) throws {
        for unit in Self.units {
            let text = try #require(Files.text(of: "\(Self.folder)/\(unit)"))
            try Files.write(text.replacing("/usr/bin/flom", with: box.program), to: box.path(unit))
        }
    }

    @Test(.enabled(if: Conditions.hasProgram("systemd-analyze"), "needs systemd-analyze"), arguments: units)
    func systemdTakesThem(unit: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try copies(in: box)
        let outcome = try await box.run(["systemd-analyze", "verify", "--man=no", "./" + unit])
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }

    /// The scores in tenths. The daemon needs the rights that are left; the units say for what.
    @Test(
        .enabled(if: Conditions.hasProgram("systemd-analyze"), "needs systemd-analyze"),
        arguments: [("flom.service", 8), ("flom-server.service", 17)])
    func theyAreExposedNoMoreThan(unit: String, tenths: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try copies(in: box)
        let outcome = try await box.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=\(tenths)", "./" + unit])
        #expect(outcome.status == 0, "\(outcome)")
    }

    /// A whole life under strace: the daemon makes only calls that `SystemCallFilter` permits, makes no memory that is both written
    /// and executed, and no sockets of other families.
    @Test(.enabled(if: Conditions.canTrace && Conditions.hasProgram("systemd-analyze"), "needs strace and systemd-analyze"))
    func theDaemonLivesWithinTheirRestrictions() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.run([
            "strace", "-f", "-qq", "-o", box.path("calls"), "sh", "-c",
            // The calls of the shell do not count: it is replaced at once.
            """
            "$0" --foreground -s s --journal journal --sync always & pid=$!
            while [ ! -S s ]; do sleep 0.02; done
            "$1" -s s -d 0 -r 'n[2]' -q 2 -- true && "$1" -s s -d 0 -r _s_t[1] -- sh -c 'kill -9 $PPID; sleep 0.3'
            "$1" -s s -d 0 --history > /dev/null; "$1" -s s -d 0 --prune-older-than 1s > /dev/null
            kill -HUP $pid; sleep 0.2; "$1" -s s -d 0 --restart; sleep 1.2; kill $pid; wait $pid
            """, box.program, box.program,
        ])
        #expect(daemon.status == 0, "\(daemon)")
        let pid = try #require(box.daemonPID)
        // With its threads and children: the filter is theirs too.
        let lines = try #require(Files.text(of: box.path("calls"))).split(separator: "\n")
        var own: Set<String> = ["\(pid)"]
        var calls: Set<String> = []
        var hasBegun = false
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
            guard parts.count == 2, own.contains(String(parts[0])) else { continue }
            let call = parts[1].drop { $0 == " " }
            if call.hasPrefix("execve(") { hasBegun = true }
            guard hasBegun, let name = call.firstMatch(of: /^([a-z_0-9]+)\(/)?.output.1 else { continue }
            calls.insert(String(name))
            if let born = call.firstMatch(of: /(?:clone3?|fork)\b.* = (\d+)$/)?.output.1 { own.insert(String(born)) }
            #expect(!(call.contains("PROT_EXEC") && call.contains("PROT_WRITE")), "\(call)")
            if name == "socket" { #expect(call.contains("AF_UNIX"), "\(call)") }
        }
        #expect(calls.count > 40 && calls.contains("fdatasync") && calls.contains("execve"), "\(calls.sorted())")
        let allowed = try await Self.allowed(in: box)
        // It works without these calls: they lift settings of a starting command, which a service does not have.
        // As root, which the service is not, SQLite gives its files to the journal's owner.
        let given: Set<String> = Set(["setpriority", "prlimit64", "set_mempolicy"] + (Conditions.isRoot ? ["fchown"] : []))
        #expect(calls.subtracting(allowed).subtracting(given).isEmpty, "\(calls.subtracting(allowed).sorted())")
        print("system calls of the daemon: \(calls.count), all of them in the units' filter")
    }

    /// Runs as another user, without capabilities, on a system that is read-only except for two directories.
    @Test(
        .enabled(
            if: Conditions.canMount && Conditions.canBecomeNobodyKnown && Conditions.hasProgram("unshare"),
            "needs root, who may mount, and setpriv"))
    func theDaemonNeedsNoMoreThanItsTwoDirectories() async throws {
        let box = try Sandbox(isShared: true)
        defer { box.close() }
        let bounds = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
        let stranger = Stranger.words([], uid: Stranger.other).joined(separator: " ")
        let service = (Stranger.words([]).dropLast() + bounds).joined(separator: " ")
        let script = """
            set -e
            unset HOME XDG_CONFIG_HOME XDG_STATE_HOME
            mount --make-rprivate /
            mount --bind . .
            cd "$PWD"
            mkdir served own
            mount -t tmpfs -o mode=755,uid=\(Stranger.uid) tmpfs served
            mount -t tmpfs -o mode=700,uid=\(Stranger.uid) tmpfs own
            mount -o remount,bind,ro .
            mount -o remount,bind,ro /
            ! touch x 2>/dev/null
            umask 077
            \(service) -- "$0" --foreground -s served/s --journal own/journal & daemon=$!
            for turn in $(seq 500); do [ -S served/s ] && break; sleep 0.02; done
            flom() { \(stranger) "$flom" -s served/s -d 0 "$@"; }
            flom=$0
            flom -r db -- echo ran
            ! flom --restart
            "$0" -s served/s -d 0 --restart
            flom -r db -- echo again
            kill $daemon
            wait $daemon
            """
        let outcome = try await box.run(["unshare", "-m", "sh", "-c", script, box.program])
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.hasPrefix("ran\nrestarted: process ") && outcome.output.hasSuffix("again\n"), "\(outcome)")
    }

    /// `@system-service` without `@privileged` and `@resources`.
    private static func allowed(in box: Sandbox) async throws -> Set<String> {
        func calls(_ group: String) async throws -> Set<String> {
            let outcome = try await box.run(["systemd-analyze", "syscall-filter", group])
            var found: Set<String> = []
            for line in outcome.output.split(separator: "\n").dropFirst() {
                let name = line.trimmingCharacters(in: .whitespaces)
                if name.hasPrefix("@") {
                    found.formUnion(try await calls(name))
                } else if !name.hasPrefix("#") {
                    found.insert(name)
                }
            }
            return found
        }
        let all = try await calls("@system-service")
        #expect(all.count > 200)
        return all.subtracting(try await calls("@privileged")).subtracting(try await calls("@resources"))
    }

    /// The units, the package and the program name the same things.
    @Test func theyMeanTheSamePlaces() throws {
        let service = try #require(Files.text(of: Self.folder + "/flom.service"))
        let server = try #require(Files.text(of: Self.folder + "/flom-server.service"))
        let socket = try #require(Files.text(of: Self.folder + "/flom.socket"))
        #expect(service.contains("-s /run/flom/flom.sock ") && socket.contains("ListenStream=/run/flom/flom.sock\n"))
        #expect(try #require(Files.text(of: Self.folder + "/flom.tmpfiles")).contains("d /run/flom 0755 flom flom"))
        #expect(try #require(Files.text(of: Self.folder + "/flom.sysusers")).contains("/var/lib/flom-server"))
        let endpoint = try #require(Files.text(of: Program.repository + "/Sources/FlomNetCore/Addresses/Endpoint.swift"))
        #expect(endpoint.contains("\"/var/lib/flom-server\""))
        for text in [service, server] {
            #expect(text.contains("StateDirectory=flom-server\n") && text.contains("--journal /var/lib/flom-server/"))
            #expect(text.contains("Type=notify\n") && text.contains("ExecReload=/bin/kill -HUP $MAINPID\n"))
        }
    }

    /// The file that the central server reads.
    @Test func theServersFileIsRead() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.run([box.program, "-c", Program.repository + "/packaging/server.conf", "-d", "0", "--check"])
        #expect(!outcome.errors.contains("server.conf"), "\(outcome)")
    }
}
