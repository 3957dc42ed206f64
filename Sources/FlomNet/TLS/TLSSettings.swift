internal import FlomSystem
internal import Glibc

/// What TLS is configured with. Only if all three files are named; a connection is either protected in both directions or not at all.
package struct TLSSettings: Hashable, Sendable {
    package enum MinimumVersion: String, CaseIterable, Hashable, Sendable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// Absolute path: PEM, our own certificate first, then the intermediates that lead to the peer's CA.
    package var certificate: String
    /// Absolute path: PEM, not encrypted.
    package var privateKey: String
    /// Absolute path: PEM, every CA whose certificates are accepted.
    package var authorities: String
    /// Whether the peer's certificate must bear, as its common name, the machine id that the peer sends.
    package var checksPeerID = false
    package var minimumVersion = MinimumVersion.tls12
    /// Absolute path of what is accepted no more: see `RevocationList`. Nil: nothing is revoked.
    package var revoked: String?

    package init(certificate: String, privateKey: String, authorities: String) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.authorities = authorities
    }

    /// The first of the files that can be read only once, as a pipe can; nil if every daemon can read all of them.
    package var passingFile: String? {
        files.first { path in Files.status(of: path).map { $0.st_mode & S_IFMT != S_IFREG } ?? false }
    }

    package var files: [String] { [certificate, privateKey, authorities] + (revoked.map { [$0] } ?? []) }
}

/// The numbers with which 1.7.2 ends what it says of TLS, for those who search for them.
package enum TLSNumber {
    package static let peerIDDiffers: Int32 = -23
    package static let authorities: Int32 = -401
    package static let certificate: Int32 = -403
    package static let privateKey: Int32 = -404
    package static let handshake: Int32 = -406
    package static let verification: Int32 = -407
    package static let read: Int32 = -409
}

/// A peer that has proven who it is.
package struct TLSPeer: Hashable, Sendable {
    /// The subject's common name, byte for byte what `flom --unique-id` shows on the host if the certificate was made for it; nil
    /// if it has none.
    package let commonName: String?
    /// The whole subject, as RFC 4514 writes it: `CN=…,O=…`.
    package let subject: String
}
