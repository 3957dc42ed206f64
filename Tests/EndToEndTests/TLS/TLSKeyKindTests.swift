import FlomTestKit
import Foundation
import Testing

/// Certificates with all kinds of keys: supported kinds work in both versions of TLS, and others are refused at the start, with their kind.
@Suite(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) struct TLSKeyKindTests {
    /// An authority and the certificates that the tests need from it.
    private struct World {
        let box: Sandbox
        let port: UInt16

        init() async throws {
            box = try Sandbox()
            port = try FreePort.find()
            try await openssl(
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                "-out", "ca.pem", "-subj", "/CN=ca", "-days", "30")
        }

        func openssl(_ words: String...) async throws { try await openssl(words) }

        func openssl(_ words: [String]) async throws {
            let outcome = try await box.run(["openssl"] + words)
            guard outcome.status == 0 else { throw NeverHappened(description: "openssl \(words): \(outcome)") }
        }

        /// - Parameter key: words of `openssl genpkey`.
        func make(_ name: String, _ key: [String], signing: [String] = []) async throws {
            try await openssl(["genpkey", "-out", "\(name).key"] + key)
            try await openssl("req", "-new", "-key", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)")
            try await openssl(
                [
                    "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "20",
                    "-out",
                    "\(name).pem",
                ] + signing)
        }

        func options(_ name: String, authorities: String = "ca.pem") -> [String] {
            [
                "--tls-certificate", box.path("\(name).pem"), "--tls-private-key", box.path("\(name).key"),
                "--tls-ca-certificate",
                box.path(authorities),
            ]
        }

        func flom(_ name: String, _ words: String...) async throws -> Outcome {
            try await box.run(
                [box.program, "-a", "127.0.0.1", "-p", "\(port)", "--journal", box.journal] + options(name) + words)
        }

        /// Another TLS library's client.
        func client(_ name: String, _ version: String) async throws -> Outcome {
            try await box.run([
                "timeout", "20", "openssl", "s_client", "-connect", "127.0.0.1:\(port)", version, "-cipher", "ALL:@SECLEVEL=0",
                "-cert",
                box.path("\(name).pem"), "-key", box.path("\(name).key"), "-CAfile", box.path("ca.pem"), "-verify_return_error",
            ])
        }
    }

    static let accepted = [
        ["-algorithm", "ed25519"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"], ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    ]

    @Test(arguments: accepted)
    func works(key: [String]) async throws {
        let world = try await World()
        defer { world.box.close() }
        try await world.make("own", key)
        let outcome = try await world.flom("own", "-d", "60000", "-r", "x", "--", "echo", "granted")
        #expect(outcome.status == 0 && outcome.output == "granted\n" && outcome.errors.isEmpty, "\(outcome)")
        #expect(try await world.flom("own", "-d", "0", "-r", "x", "--", "echo", "again").output == "again\n")
        for version in ["-tls1_2", "-tls1_3"] {
            let other = try await world.client("own", version)
            #expect(other.status == 0 && other.output.contains("Verify return code: 0 (ok)"), "\(version): \(other)")
        }
    }

    struct Refused: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let key: [String]
        var signing: [String] = []
        let says: String
    }

    static let refused = [
        Refused(
            testDescription: "RSA 1024", key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            says: "has an RSA key of 1024 bits"),
        Refused(testDescription: "Ed448", key: ["-algorithm", "ed448"], says: "has a key of the kind Ed448"),
        Refused(
            testDescription: "secp256k1", key: ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
            says: "has a key of the kind ECDSA with secp256k1"),
        Refused(
            testDescription: "SHA-1", key: ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], signing: ["-sha1"],
            says: "is signed with SHA-1"),
    ]

    /// No daemon is started with such a certificate; `--doctor` and `--check` say the same.
    @Test(arguments: refused)
    func isRefusedAtTheStart(_ row: Refused) async throws {
        let world = try await World()
        defer { world.box.close() }
        try await world.make("own", row.key, signing: row.signing)
        let sentence = "the certificate 'CN=own' in '\(world.box.path("own.pem"))' \(row.says)"
        let client = try await world.flom("own", "-r", "x", "--", "true")
        #expect(client.status == 99 && client.errors.contains(sentence) && client.errors.contains("[-403]"), "\(client)")
        let daemon = try await world.flom("own", "--foreground")
        #expect(daemon.status == 99 && daemon.errors.contains(sentence), "\(daemon)")
        let doctor = try await world.flom("own", "-d", "0", "--doctor")
        #expect(doctor.status != 0 && doctor.output.contains(sentence), "\(doctor)")
        let check = try await world.flom("own", "--check")
        #expect(check.status == 2 && check.output.contains(sentence), "\(check)")
    }

    @Test func anAuthorityIsRefusedToo() async throws {
        let world = try await World()
        defer { world.box.close() }
        try await world.make("own", ["-algorithm", "ed25519"])
        try await world.openssl(
            "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "weak.key", "-out", "weak.pem", "-subj", "/CN=weak",
            "-days", "30")
        let outcome = try await world.box.run(
            [world.box.program] + world.box.options + world.options("own", authorities: "weak.pem") + ["--", "true"])
        #expect(outcome.status == 99 && outcome.errors.contains("'CN=weak'") && outcome.errors.contains("[-401]"), "\(outcome)")
    }

    /// The certificates between this host's and the CA's, which are sent along.
    @Test(arguments: refused.filter { ["RSA 1024", "SHA-1"].contains($0.testDescription) })
    func anIntermediateIsRefusedToo(_ row: Refused) async throws {
        let world = try await World()
        defer { world.box.close() }
        try await world.make("middle", row.key, signing: row.signing)
        try await world.openssl("genpkey", "-out", "own.key", "-algorithm", "ed25519")
        try await world.openssl("req", "-new", "-key", "own.key", "-out", "own.csr", "-subj", "/CN=own")
        try await world.openssl(
            "x509", "-req", "-in", "own.csr", "-CA", "middle.pem", "-CAkey", "middle.key", "-CAcreateserial", "-days", "20",
            "-out", "leaf.pem")
        let chain = ["leaf.pem", "middle.pem"].map { Files.text(of: world.box.path($0)) ?? "" }
        try Files.write(chain.joined(), to: world.box.path("own.pem"))
        let sentence = "the certificate 'CN=middle' in '\(world.box.path("own.pem"))' \(row.says)"
        for words in [["-r", "x", "--", "true"], ["--foreground"]] {
            let refused = try await world.box.run(
                [world.box.program, "-a", "127.0.0.1", "-p", "\(world.port)", "--journal", world.box.journal]
                    + world.options("own") + words)
            #expect(refused.status == 99 && refused.errors.contains(sentence), "\(refused)")
        }
    }

    /// A pipe can be read only once: neither the daemon nor its successor could read it again.
    @Test func aPipeIsForCommandsThatStartNoDaemon() async throws {
        let world = try await World()
        defer { world.box.close() }
        try await world.make("own", ["-algorithm", "ed25519"])
        func ask(_ words: String...) async throws -> Outcome {
            var options = world.options("own")
            options[3] = "/dev/stdin"
            let all =
                [world.box.program, "-a", "127.0.0.1", "-p", "\(world.port)", "--journal", world.box.journal] + options + words
            return try await world.box.run(
                ["sh", "-c", #"key=$1; shift; cat "$key" | "$@""#, "sh", world.box.path("own.key")] + all)
        }
        for refused in [try await ask("--foreground"), try await ask("-r", "x", "--", "true")] {
            #expect(refused.status == 99 && refused.errors.contains("can be read only once"), "\(refused)")
        }
        #expect(try await world.flom("own", "-d", "60000", "-r", "x", "--", "true").status == 0)
        let outcome = try await ask("-d", "0", "-r", "x", "--", "echo", "ran")
        #expect(outcome.status == 0 && outcome.output == "ran\n", "\(outcome)")
    }

    /// A peer of another program with such a certificate.
    @Test(
        arguments: refused.filter { $0.testDescription == "RSA 1024" || $0.testDescription == "SHA-1" }, ["-tls1_2", "-tls1_3"])
    func aPeerIsRefused(_ row: Refused, version: String) async throws {
        let world = try await World()
        defer { world.box.close() }
        try await world.make("own", ["-algorithm", "ed25519"])
        try await world.make("peer", row.key, signing: row.signing)
        let daemon = try world.box.start(
            [world.box.program, "-a", "127.0.0.1", "-p", "\(world.port)", "--journal", world.box.journal] + world.options("own")
                + ["--foreground"])
        try await eventually("it serves: \(daemon.errorsSoFar)") {
            try await world.flom("own", "-d", "0", "-r", "x", "--", "true").status == 0
        }
        _ = try await world.client("peer", version)
        try await eventually("the log says why: \(daemon.outputSoFar) \(daemon.errorsSoFar)") {
            (daemon.outputSoFar + daemon.errorsSoFar).contains("its certificate (CN=peer) \(row.says)")
        }

        // The daemon as the other side of the handshake.
        let port = try FreePort.find()
        let server = try world.box.start([
            "openssl", "s_server", "-accept", "\(port)", version, "-cipher", "ALL:@SECLEVEL=0", "-cert",
            world.box.path("peer.pem"),
            "-key", world.box.path("peer.key"), "-CAfile", world.box.path("ca.pem"), "-Verify", "1", "-quiet",
        ])
        try await eventually("it listens: \(server.errorsSoFar)") {
            try await world.box.run(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"]).status == 0
        }
        let outcome = try await world.box.run(
            [world.box.program, "-a", "127.0.0.1", "-p", "\(port)", "-d", "0"] + world.options("own") + ["-r", "x", "--", "true"])
        #expect(outcome.status == 99 && outcome.errors.contains("(CN=peer) \(row.says)"), "\(outcome)")
    }
}
