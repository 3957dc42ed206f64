internal import FlomSystem
internal import Glibc

/// The configuration of TLS. All three files have to be named: a connection is protected in both directions or not at all.
package struct TLSSettings: Hashable, Sendable {
    package enum MinimumVersion: String, CaseIterable, Hashable, Sendable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// The absolute path of a PEM file: this host's certificate first, then the intermediates that lead to the peer's CA.
    package var certificate: String
    /// The absolute path of a PEM file with the key, not encrypted.
    package var privateKey: String
    /// The absolute path of a PEM file with every CA whose certificates are accepted.
    package var authorities: String
    /// Whether the common name of the peer's certificate must be the machine id that the peer sends.
    package var checksPeerID = false
    package var minimumVersion = MinimumVersion.tls12
    /// The absolute path of the list of revoked certificates: see `RevocationList`. Nil if none is revoked.
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

/// The numbers at the end of 1.7.2's messages about TLS, for users who search for them.
package enum TLSNumber {
    package static let peerIDDiffers: Int32 = -23
    package static let authorities: Int32 = -401
    package static let certificate: Int32 = -403
    package static let privateKey: Int32 = -404
    package static let handshake: Int32 = -406
    package static let verification: Int32 = -407
    package static let read: Int32 = -409
}

/// A peer that has proven its identity.
package struct TLSPeer: Hashable, Sendable {
    /// The subject's common name; nil if it has none. For a certificate that was made for a host, byte for byte what `flom --unique-id`
    /// shows there.
    package let commonName: String?
    /// The whole subject in the form of RFC 4514: `CN=…,O=…`.
    package let subject: String

    package init(commonName: String?, subject: String) {
        self.commonName = commonName
        self.subject = subject
    }
}
