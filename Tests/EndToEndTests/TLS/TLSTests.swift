import FlomTestKit
import Foundation
import Testing

/// The effects of TLS, and the things that it must not change.
@Suite(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) struct TLSTests {
    private static let id = Conditions.machineID ?? "nobody"

    private struct Protected {
        let box: Sandbox
        let certificates: Certificates
        let port: UInt16
        var options: [String] { certificates.options(TLSTests.id) }
        var place: [String] { ["-a", "127.0.0.1", "-p", "\(port)", "--journal", box.journal] }

        init() async throws {
            box = try Sandbox()
            certificates = Certificates(in: box)
            try await certificates.make(TLSTests.id)
            port = try FreePort.find()
        }

        /// Over TCP.
        func flom(_ words: String...) async throws -> Outcome {
            try await box.run([box.program] + place + ["-d", "60000"] + options + words)
        }
    }

    /// Messages are encrypted in their order, also a message that passes a descriptor.
    @Test(.enabled(if: Conditions.canUnshareProcesses, "needs the right to make PID namespaces"))
    func aLivenessPipeIsPassedAndTells() async throws {
        let world = try await Protected()
        let box = world.box
        defer { box.close() }
        let words = [box.program] + box.options + world.options
        #expect(try await box.run(words + ["--", "true"]).status == 0)
        let gate = try box.gate("gate")
        let script = "\"$@\" & wait; cat \(gate.path)-end"
        let inner = words + ["-r", "db", "--", "env", "-i", "PATH=/usr/bin:/bin", "sh", "-c", "cat \(gate.path)"]
        let process = try box.start(
            ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "mkfifo \(gate.path)-end; " + script, "sh"] + inner)
        defer { process.send(SIGKILL) }
        func held() async throws -> ReportRow? { try await box.status().first { $0.resource == "db" && $0.outcome == "held" } }
        let client = try await found("it holds") { try await held()?.clientPID }
        kill(client, SIGKILL)
        func isFree() async throws -> Bool { try await box.run(words + ["-r", "db", "-o", "0", "--", "true"]).status == 0 }
        try await eventually("it is shown as an orphan") { try await held()?.isOrphan == true }
        #expect(try await !isFree())
        try await gate.open()
        try await eventually("nobody has it any more") { try await isFree() }
        let detail = try await box.history(of: "db").first?.detail
        #expect(detail == "witness_ended", "\(detail ?? "no detail")")
    }

    /// For the daemon the client is on another host: the connection that the command has inherited stands for the command.
    @Test func aCommandKeepsItsLockOverTCPWhenItsFlomIsKilled() async throws {
        let world = try await Protected()
        let box = world.box
        defer { box.close() }
        #expect(try await world.flom("--", "true").status == 0)
        let gate = try box.gate("gate")
        let holder = try box.start([box.program] + world.place + world.options + ["-r", "db", "--", "cat", gate.path])
        func held() async throws -> Bool {
            try await world.flom("--status", "--format", "json").output.contains("\"resource\":\"db\"")
        }
        try await eventually("it holds") { try await held() }
        holder.send(SIGKILL)
        try await holder.wait()
        #expect(try await world.flom("-r", "db", "-o", "0", "--", "true").status == 98)
        try await gate.open()
        #expect(try await world.flom("-r", "db", "-o", "20000", "--", "true").status == 0)
    }

    @Test func theClientsCertificateIsOnRecord() async throws {
        let world = try await Protected()
        defer { world.box.close() }
        try await world.certificates.make("named", options: ["--organization", "A, B & Co"])
        let named = world.certificates.options("named")
        let run = try await world.box.run([world.box.program] + world.place + named + ["-r", "db", "--", "true"])
        #expect(run.status == 0, "\(run)")
        let history = try await world.flom("--history", "--format", "json").output
        #expect(history.contains(#""tls_subject":"CN=named,O=A\\, B & Co""#), "\(history)")
        let verified = try await world.flom("--history", "--verify")
        #expect(verified.status == 0, "\(verified)")
    }

    /// After a crash the first client starts a daemon with TLS again, and none in plain text.
    @Test func aDaemonThatCrashedComesBackWithTLS() async throws {
        let world = try await Protected()
        let box = world.box
        defer { box.close() }
        #expect(try await box.run([box.program] + box.options + world.options + ["--", "true"]).status == 0)
        #expect(box.recorded("tls-certificate") == world.certificates.certificate(Self.id))
        let gate = try box.gate("gate")
        let holder = try box.start([box.program] + box.options + world.options + ["-r", "db", "--", "cat", gate.path])
        try await eventually("it holds") { try await box.status().contains { $0.resource == "db" } }
        let old = box.daemonPID
        try await box.killDaemon()
        try await eventually("somebody has started the next one") { box.daemonPID != old }
        try await gate.open()
        #expect(try await holder.wait().status == 0)
        let plain = try await box.flom("-r", "db", "--", "true")
        #expect(plain.errors.contains("expects TLS"), "\(plain)")
        #expect(try await box.history(of: "db").map(\.outcome) == ["released"])
    }

    /// Replaced certificates are used at once; broken ones are not used, and only the log tells of them.
    @Test func filesAreTakenOverWhenTheyChange() async throws {
        let world = try await Protected()
        defer { world.box.close() }
        #expect(try await world.flom("--", "true").status == 0)
        let next = Certificates(in: world.box, "next")
        try await next.make(Self.id, options: ["--name", "next CA"])
        let own = world.certificates
        func install(_ name: String, _ bytes: [UInt8]) throws {
            try Files.write(bytes, to: own.directory + "/new", mode: 0o600)
            #expect(rename(own.directory + "/new", own.directory + "/" + name) == 0)
        }
        let before = try #require(Files.bytes(of: own.authority))
        try install("ca.pem", Array("broken".utf8))
        // The daemon looks once a second at most; with a client whose own files are whole.
        try Files.write(before, to: world.box.path("whole-ca.pem"))
        let whole = own.options(Self.id) + ["--tls-ca-certificate", world.box.path("whole-ca.pem")]
        try await Task.sleep(for: .milliseconds(1100))
        let still = try await world.box.run([world.box.program] + world.place + whole + ["--", "true"])
        #expect(still.status == 0, "\(still)")

        for (name, source) in [
            ("ca.pem", next.authority), ("\(Self.id).pem", next.certificate(Self.id)), ("\(Self.id).key", next.key(Self.id)),
        ] { try install(name, try #require(Files.bytes(of: source))) }
        try await eventually("the daemon shows the new certificate") {
            try await world.box.run([world.box.program] + world.place + next.options(Self.id) + ["--", "true"]).status == 0
        }
    }

    /// The log and `--check` warn before a certificate ends.
    @Test func aCheckTellsOfCertificatesThatEnd() async throws {
        let world = try await Protected()
        defer { world.box.close() }
        #expect(try await world.flom("--", "true").status == 0)
        let well = try await world.flom("--check")
        #expect(well.status == 0 && well.output.hasPrefix("FLOM OK"), "\(well)")
        try await world.certificates.make("soon", options: ["--days", "10"])
        let soon = try await world.box.run(
            [world.box.program] + world.place + world.certificates.options("soon") + ["--check"])
        #expect(soon.status == 1 && soon.output.contains("CN=soon' in"), "\(soon)")
        try await world.certificates.make("past", options: ["--start", "20200101000000Z", "--end", "20210101000000Z"])
        let past = try await world.box.run(
            [world.box.program] + world.place + world.certificates.options("past") + ["--check"])
        #expect(past.status == 2 && past.output.contains("CN=past' in"), "\(past)")
    }

    /// Obsolete versions, and one that a setting excludes.
    @Test(arguments: ["-tls1", "-tls1_1", "-tls1_2"])
    func oldVersionsAreRefused(version: String) async throws {
        let world = try await Protected()
        defer { world.box.close() }
        #expect(try await world.flom("--tls-min-version", "1.3", "--", "true").status == 0)
        let outcome = try await world.box.run([
            "timeout", "20", "openssl", "s_client", "-connect", "127.0.0.1:\(world.port)", version, "-cipher", "ALL:@SECLEVEL=0",
            "-cert", world.certificates.certificate(Self.id), "-key", world.certificates.key(Self.id),
        ])
        #expect(outcome.status == 1, "\(outcome)")
        #expect(
            outcome.errors.contains("alert protocol version") || outcome.errors.contains("no protocols available"), "\(outcome)")
        #expect(try await world.flom("--", "true").status == 0)
    }

    /// A client without a certificate.
    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func aClientWithoutACertificateIsRefused(version: String) async throws {
        let world = try await Protected()
        defer { world.box.close() }
        #expect(try await world.flom("--", "true").status == 0)
        let outcome = try await world.box.run([
            "timeout", "20", "openssl", "s_client", "-connect", "127.0.0.1:\(world.port)", version, "-ign_eof",
        ])
        #expect(outcome.output.contains("alert") || outcome.errors.contains("alert"), "\(outcome)")
    }

    /// Handshakes that never end do not hold up clients that work.
    @Test func handshakesThatNeverEndHoldNobodyUp() async throws {
        let world = try await Protected()
        defer { world.box.close() }
        #expect(try await world.flom("--", "true").status == 0)
        let idle = try world.box.start([
            "python3", "-c",
            """
            import socket, sys
            sockets = [socket.create_connection(("127.0.0.1", \(world.port))) for _ in range(200)]
            for s in sockets[::2]: s.send(b"\\x16\\x03\\x01\\x02\\x00\\x01")
            print("open", flush=True)
            ended = 0
            for s in sockets:
                s.settimeout(25)
                while s.recv(100): pass
                ended += 1
            print("ended", ended, flush=True)
            """,
        ])
        try await eventually("they are open") { idle.outputSoFar.contains("open") }
        for _ in 0..<10 {
            let began = ContinuousClock.now
            #expect(try await world.flom("-r", "db", "--", "true").status == 0)
            #expect(ContinuousClock.now - began < .seconds(Conditions.isSanitized ? 30 : 3))
        }
        // Each handshake is ended after its time.
        #expect(try await idle.wait().output.contains("ended 200"))
    }

    /// When one handshake too many begins, the oldest is closed, and honest clients get in.
    @Test func theOldestHandshakeGoesForOneMore() async throws {
        let world = try await Protected()
        defer { world.box.close() }
        #expect(try await world.flom("--limit-handshakes", "3", "--", "true").status == 0)
        let silent = try world.box.start([
            "python3", "-c",
            """
            import signal, socket
            sockets = []
            for _ in range(5):
                s = socket.create_connection(("127.0.0.1", \(world.port)))
                s.settimeout(20)
                sockets.append(s)
            for s in sockets[:2]: assert s.recv(100) == b""
            print("two have gone", flush=True)
            signal.pause()
            """,
        ])
        try await eventually("the first two are closed: \(silent.errorsSoFar)") { silent.outputSoFar.contains("two have gone") }
        #expect(try await world.flom("-d", "0", "-r", "db", "--", "true").status == 0)
        let metrics = try await world.flom("--status", "--format", "prometheus").output
        func value(_ name: String) -> Int? {
            metrics.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap { Int($0.split(separator: " ")[1]) }
        }
        #expect(value(#"flom_limit{limit="handshakes"}"#) == 3, "\(metrics)")
        let dropped = try #require(value(#"flom_limit_refused_total{limit="handshakes"}"#))
        #expect(dropped >= 2)
        #expect(try #require(value(#"flom_tls_handshakes_total{result="refused"}"#)) >= dropped)
        #expect(try #require(value(#"flom_tls_handshakes_total{result="completed"}"#)) >= 3)
        let table = try await world.flom("--status").output
        #expect(
            table.contains("handshakes (3): ") && table.contains("TLS connections refused since the daemon began: "), "\(table)")
        let json = try await world.flom("--status", "--format", "json").output
        #expect(json.contains(#""handshakes":{"now":"#) && json.contains(#","tls":{"completed":"#), "\(json)")
    }

    /// The successor has the same sockets and speaks TLS: holders and waiters come back, and new clients are served.
    @Test func aRestartKeepsSocketsAndLanguage() async throws {
        let world = try await Protected()
        let box = world.box
        defer { box.close() }
        #expect(try await world.flom("--", "true").status == 0)
        let words = [box.program] + world.place + ["-d", "0"] + world.options
        let gate = try box.gate("gate")
        let holder = try box.start(words + ["-r", "db", "--", "cat", gate.path])
        func open() async throws -> [ReportRow] { try ReportRow.rows(try await world.flom("--status", "--format", "json")) }
        try await eventually("it holds") { try await open().contains { $0.resource == "db" } }
        let waiter = try box.start(words + ["-r", "db", "--", "echo", "next"])
        try await eventually("another one waits") { try await open().count == 2 }
        let visitors = try Visitors([words + ["-r", "other", "-o", "0", "--", "true"]], in: box) { try box.start($0) }
        for number in 1...3 {
            try await eventually("some have come") { visitors.count >= number * 10 }
            let outcome = try await world.flom("-d", "0", "--restart")
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
        }
        let report = try await visitors.leave()
        #expect(report.failures.isEmpty, "\(report)")
        #expect(try await open().map(\.clientPID) == [holder.pid, waiter.pid])
        let plain = try await box.run([box.program] + world.place + ["-d", "0", "-r", "x", "--", "true"])
        #expect(plain.errors.contains("expects TLS"), "\(plain)")
        try await gate.open()
        #expect(try await holder.wait().status == 0)
        let next = try await waiter.wait()
        #expect(next.status == 0 && next.output == "next\n" && next.errors.isEmpty, "\(next)")
    }
}
