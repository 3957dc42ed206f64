import Foundation

/// An authority of a test's own and what it has signed, made by `tools/make-certs`.
package struct Certificates: Sendable {
    package let directory: String
    private let box: Sandbox

    package init(in box: Sandbox, _ name: String = "certificates") {
        directory = box.path(name)
        self.box = box
    }

    /// Certificates for these machines; what is there is kept.
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

/// A TCP port of the loopback interface on which nobody listens, most likely not in the next seconds either.
package enum FreePort {
    package static func find() throws -> UInt16 {
        while true {
            let port = try any()
            // Where a daemon of another test was killed, its record would speak of a journal that is gone.
            if !Files.exists("/var/lib/flom/tcp-\(port).record") { return port }
        }
    }

    private static func any() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw SystemFailure("socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 ? getsockname(descriptor, address, &size) : -1
            }
        }
        guard result == 0 else { throw SystemFailure("bind") }
        return UInt16(bigEndian: address.sin_port)
    }
}
