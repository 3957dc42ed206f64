internal import FlomConfiguration
package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// The TLS files that were named. They work only together.
package struct TLSOptions {
    package var certificate: String?
    package var privateKey: String?
    var authorities: String?
    package var checksPeerID = false
    var minimumVersion: TLSSettings.MinimumVersion?
    package var revoked: String?

    /// Whether no TLS option was given.
    package var isEmpty: Bool {
        certificate == nil && privateKey == nil && authorities == nil && !checksPeerID && minimumVersion == nil && revoked == nil
    }
}

/// TLS on every connection, in both directions, over TCP and on sockets.
extension OptionTable {
    package static let tls = [
        Option(
            nil, "tls-certificate", "FILE", ("TLS", "TlsCertificate"),
            "use TLS: this host's certificate in PEM, and the intermediates that lead to its CA",
            values: .file, .text({ $0.tls.certificate }, { $0.tls.certificate = $1 }, Value.path)),
        Option(
            nil, "tls-private-key", "FILE", ("TLS", "TlsPrivateKey"), "the certificate's private key in PEM, not encrypted",
            values: .file, .text({ $0.tls.privateKey }, { $0.tls.privateKey = $1 }, Value.path)),
        Option(
            nil, "tls-ca-certificate", "FILE", ("TLS", "TlsCaCertificate"), "the CAs in PEM whose certificates are accepted",
            values: .file, .text({ $0.tls.authorities }, { $0.tls.authorities = $1 }, Value.path)),
        Option(
            nil, "tls-check-peer-id", "YES|NO", ("TLS", "TlsCheckPeerId"),
            "the peer's certificate must be made for its machine id, which flom --unique-id shows (default no)",
            values: .yesOrNo, .flag({ $0.tls.checksPeerID }, { $0.tls.checksPeerID = $1 })),
        Option(
            nil, "tls-min-version", "VERSION", ("TLS", "TlsMinVersion"), "the oldest TLS that is spoken: 1.2 (default) or 1.3",
            values: .wordsOf(TLSSettings.MinimumVersion.self),
            .word({ $0.tls.minimumVersion ?? .tls12 }, { $0.tls.minimumVersion = $1 })),
        Option(
            nil, "tls-revoked", "FILE", ("TLS", "TlsRevoked"),
            "certificates that are accepted no more: serial numbers, SHA-256 fingerprints, or a CRL in PEM",
            values: .file, .text({ $0.tls.revoked }, { $0.tls.revoked = $1 }, Value.path)),
    ]
}

extension Settings {
    /// The TLS settings; nil without TLS.
    ///
    /// Paths become absolute, because a daemon leaves its start directory. Links are kept: certificates may be renewed by
    /// changing a link.
    ///
    /// - Throws: if only some of the files are named. 1.7.2 then used plain text without a message.
    package func tlsSettings() throws(Failure) -> TLSSettings? {
        if tls.isEmpty { return nil }
        let named = [
            ("--tls-certificate", tls.certificate), ("--tls-private-key", tls.privateKey),
            ("--tls-ca-certificate", tls.authorities),
        ]
        let missing = named.filter { $0.1 == nil }.map(\.0)
        guard missing.isEmpty, let certificate = tls.certificate, let key = tls.privateKey, let authorities = tls.authorities
        else {
            throw Failure(
                .failure,
                "TLS needs --tls-certificate, --tls-private-key and --tls-ca-certificate, or the keys TlsCertificate, TlsPrivateKey "
                    + "and TlsCaCertificate in [TLS]; missing: \(missing.joined(separator: ", "))",
                code: ReturnNumber.invalidOption)
        }
        var settings = TLSSettings(
            certificate: try Self.existing(certificate, "--tls-certificate"),
            privateKey: try Self.existing(key, "--tls-private-key"),
            authorities: try Self.existing(authorities, "--tls-ca-certificate"))
        settings.checksPeerID = tls.checksPeerID
        if let version = tls.minimumVersion { settings.minimumVersion = version }
        settings.revoked = try tls.revoked.map { path throws(Failure) in try Self.existing(path, "--tls-revoked") }
        return settings
    }

    private static func existing(_ path: String, _ option: String) throws(Failure) -> String {
        // The path goes into the endpoint record, which consists of lines.
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw Failure(
                .failure, "option \(option): the path has control characters", code: ReturnNumber.invalidOption)
        }
        let path = Files.absolute(path)
        guard Glibc.access(path, R_OK) == 0 else {
            throw Failure(
                .failure, "option \(option): the file '\(path)' cannot be read: \(SystemError("access").reason)",
                code: ReturnNumber.realpath)
        }
        return path
    }
}

extension TLSSettings {
    /// Why no daemon can start with these files, in a sentence: it and its successors must read them themselves. Nil if they can.
    package var refusalForDaemon: String? {
        passingFile.map { path in
            "the TLS file '\(path)' can be read only once, and each daemon has to read it: name a plain file; only a command that "
                + "starts none (-d 0) may be given a pipe"
        }
    }
}
