import FlomTestKit
import Foundation
import Testing

/// 1.7.2's peers over TLS, which read six bytes at a time, wait on the raw descriptor and say no farewell.
@Suite(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) struct LegacyTLSTests {
    private static let id = Conditions.machineID ?? "nobody"

    private static func world() async throws -> (Sandbox, Certificates) {
        let box = try Sandbox()
        let certificates = Certificates(in: box)
        // 1.7.2's recipe makes RSA keys.
        try await certificates.make(id, "else", options: ["--key", "rsa"])
        return (box, certificates)
    }

    @Test(arguments: ["TLSv1_2", "TLSv1_3"], [false, true])
    func itsClientLocksHere(version: String, overTCP: Bool) async throws {
        let (box, certificates) = try await Self.world()
        defer { box.close() }
        let port = try FreePort.find()
        let place = overTCP ? ["-a", "127.0.0.1", "-p", "\(port)"] : ["-s", box.socket]
        let options = certificates.options(Self.id) + ["--tls-check-peer-id", "yes"]
        let words = [box.program] + place + ["--journal", box.journal, "-d", "60000"] + options
        #expect(try await box.run(words + ["--", "true"]).status == 0)
        let outcome = try await LegacyTLSPeer.client(
            in: box, at: overTCP ? "\(port)" : box.socket, certificates, Self.id, peerID: Self.id, version: version)
        #expect(outcome.status == 0, "\(outcome)")
        #expect(outcome.output.contains(version == "TLSv1_2" ? "TLSv1.2" : "TLSv1.3") && outcome.output.hasSuffix("parted\n"))
        // The peer waits: the later answer comes in a TLS record of its own.
        func rows() async throws -> [ReportRow] {
            try ReportRow.rows(try await box.run(words + ["--status", "--format", "json"]))
        }
        let gate = try box.gate("gate")
        let holder = try box.start(words + ["-r", "R1", "--", "cat", gate.path])
        try await eventually("R1 is held") { try await rows().contains { $0.resource == "R1" && $0.outcome == "held" } }
        async let waited = LegacyTLSPeer.client(
            in: box, at: overTCP ? "\(port)" : box.socket, certificates, Self.id, peerID: Self.id, version: version)
        try await eventually("it waits") { try await rows().contains { $0.resource == "R1" && $0.outcome == "waiting" } }
        try await gate.open()
        #expect(try await waited.output.contains("step=\"24\""))
        #expect(try await holder.wait().status == 0)
        // A certificate of another machine is refused.
        let wrong = try await LegacyTLSPeer.client(
            in: box, at: overTCP ? "\(port)" : box.socket, certificates, "else", peerID: Self.id, version: version)
        #expect(wrong.errors.contains("-409"), "\(wrong)")
    }

    @Test(arguments: [false, true])
    func ourClientLocksThere(overTCP: Bool) async throws {
        let (box, certificates) = try await Self.world()
        defer { box.close() }
        let port = try FreePort.find()
        let daemon = try await LegacyTLSPeer.daemon(
            in: box, at: overTCP ? "\(port)" : box.socket, certificates, Self.id, peerID: Self.id)
        let place = overTCP ? ["-a", "127.0.0.1", "-p", "\(port)"] : ["-s", box.socket]
        let options = certificates.options(Self.id) + ["--tls-check-peer-id", "yes", "-d", "0", "-r", "R1"]
        let outcome = try await box.run([box.program] + place + options + ["--", "echo", "granted"])
        #expect(outcome.status == 0 && outcome.output == "granted\n", "\(outcome)")
        try await eventually("it has been unlocked") { daemon.outputSoFar.contains("verb=\"2\"") }
        #expect(!daemon.outputSoFar.contains("two messages"))
    }

    @Test func whomItDoesNotAcceptIsTold() async throws {
        let (box, certificates) = try await Self.world()
        defer { box.close() }
        _ = try await LegacyTLSPeer.daemon(in: box, at: box.socket, certificates, Self.id, peerID: "check")
        let options = ["-s", box.socket, "-d", "0", "-r", "R1"] + certificates.options("else")
        let outcome = try await box.run([box.program] + options + ["--", "true"])
        #expect(outcome.status == 99 && outcome.errors.contains("[-409]"), "\(outcome)")
    }

    @Test func itsFalseIdIsFoundOut() async throws {
        let (box, certificates) = try await Self.world()
        defer { box.close() }
        _ = try await LegacyTLSPeer.daemon(
            in: box, at: box.socket, certificates, Self.id, peerID: "0123456789abcdef0123456789abcdef")
        let options = ["-s", box.socket, "-d", "0", "-r", "R1"] + certificates.options(Self.id)
        let unchecked = try await box.run([box.program] + options + ["--", "true"])
        #expect(unchecked.status == 0, "\(unchecked)")
        let outcome = try await box.run([box.program] + options + ["--tls-check-peer-id", "yes", "--", "true"])
        #expect(outcome.status == 99 && outcome.errors.contains("[-23]"), "\(outcome)")
    }
}
