/// An authority of a test's own with its certificates, made by `tools/make-certs`.
package struct Certificates: Sendable {
    package let directory: String
    private let box: Sandbox

    package init(in box: Sandbox, _ name: String = "certificates") {
        directory = box.path(name)
        self.box = box
    }

    /// Makes certificates for these machines; existing ones are kept.
    package func make(_ ids: String..., options: [String] = []) async throws {
        try await run(options + [directory] + ids)
    }

    package func revoke(_ id: String) async throws { try await run(["--revoke", id, directory]) }

    private func run(_ words: [String]) async throws {
        let outcome = try await box.run([Program.repository + "/tools/make-certs"] + words)
        guard outcome.status == 0 else { throw NeverHappened(description: "certificates were made: \(outcome)") }
    }

    package var authority: String { directory + "/ca.pem" }
    package var revocations: String { directory + "/crl.pem" }
    package func certificate(_ id: String) -> String { "\(directory)/\(id).pem" }
    package func key(_ id: String) -> String { "\(directory)/\(id).key" }

    /// The options that show a certificate, and trust this authority or another's.
    package func options(_ id: String, trusting other: Certificates? = nil) -> [String] {
        [
            "--tls-certificate", certificate(id), "--tls-private-key", key(id), "--tls-ca-certificate",
            (other ?? self).authority,
        ]
    }
}
