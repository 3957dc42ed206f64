import FlomTestKit
import Foundation
import Testing

/// `--debug-feature` on one host; the tests of its multicast are in `DoctorNetworkTests`.
@Suite struct DebugFeatureTests {
    @Test func unknownFeatures() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let outcome = try await box.flom("--debug-feature", "TLS.Serve", "--", "echo", "ran")
        #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome)")
        for name in ["'TLS.Serve'", "IPv6.Multicast.Server", "IPv6.Multicast.Client", "TLS.Server", "TLS.Client"] {
            #expect(outcome.errors.contains(name), "\(outcome)")
        }
        #expect(!Files.exists(box.socket))
    }

    @Test(.enabled(if: Conditions.hasProgram("openssl"), "needs openssl")) func aTLSConnection() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let id = Conditions.machineID ?? "nobody"
        let certificates = Certificates(in: box)
        let strangers = Certificates(in: box, "strangers")
        try await certificates.make(id, "another")
        try await strangers.make(id)
        struct Trial {
            let client: [String]
            let statuses: [Int32]
            let words: [String]
        }
        let check = ["--tls-check-peer-id", "yes"]
        for trial in [
            Trial(client: certificates.options(id) + check, statuses: [0, 0], words: ["peer ID is '\(id)'"]),
            Trial(client: strangers.options(id, trusting: certificates), statuses: [1], words: []),
            Trial(client: certificates.options("another") + check, statuses: [1], words: []),
        ] {
            let place = ["-a", "127.0.0.1", "-p", "\(try FreePort.find())", "-o", "10000"]
            let server = try box.start(
                [box.program, "--debug-feature", "tls.server"] + place + certificates.options(id) + check,
                environment: ["FLOM_TRACE_MASK": "0x100000"])
            try await eventually("the server listens") { server.errorsSoFar.contains("listening on") }
            let client = try await box.run([box.program, "--debug-feature", "TLS.Client"] + place + trial.client)
            let served = try await server.wait()
            #expect(served.status == trial.statuses[0], "\(served), \(client)")
            if trial.statuses.count > 1 { #expect(client.status == trial.statuses[1], "\(client)") }
            for word in trial.words {
                #expect(served.output.contains(word) && client.output.contains(word), "\(served), \(client)")
            }
        }
        let nobody = try await box.run(
            [box.program, "--debug-feature", "TLS.Client", "-a", "127.0.0.1", "-p", "\(try FreePort.find())", "-o", "1000"]
                + certificates.options(id))
        #expect(nobody.status == 1 && nobody.errors.contains("listens"), "\(nobody)")
        let alone = try await box.run(
            [box.program, "--debug-feature", "TLS.Server", "-a", "127.0.0.1", "-p", "\(try FreePort.find())", "-o", "100"]
                + certificates.options(id))
        #expect(alone.status == 1 && alone.errors.contains("nobody has connected"), "\(alone)")
        let plain = try await box.flom("--debug-feature", "TLS.Client")
        #expect(plain.status == 1 && plain.errors.contains("--tls-certificate"), "\(plain)")
    }
}
