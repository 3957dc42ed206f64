internal import CFlomLibrary
internal import FlomNetCore
internal import Glibc

/// The files of TLS: named as canonical absolute paths, as in 1.7.2.
enum TLSFiles {
    /// - Throws: if the file does not exist.
    static func canonical(_ path: String) throws(Failure) -> CText {
        guard let real = realpath(path, nil) else {
            throw Failure(FLOM_RC_REALPATH_ERROR, "the TLS file '\(path)' does not exist, or cannot be reached")
        }
        defer { free(real) }
        return CText(String(cString: real))
    }

    /// Makes the paths of configuration files canonical.
    static func resolve(_ properties: inout Properties) throws(Failure) {
        properties.tlsCertificate = try properties.tlsCertificate.map { path throws(Failure) in try canonical(path.text) }
        properties.tlsPrivateKey = try properties.tlsPrivateKey.map { path throws(Failure) in try canonical(path.text) }
        properties.tlsCACertificate = try properties.tlsCACertificate.map { path throws(Failure) in try canonical(path.text) }
        if properties.checksPeerID && !properties.hasAllTLSFiles {
            throw Failure(
                FLOM_RC_INVALID_OPTION,
                "a configuration file sets TlsCheckPeerId=yes, which needs TlsCertificate, TlsPrivateKey and TlsCaCertificate as well"
            )
        }
    }
}

extension Properties {
    fileprivate var hasAllTLSFiles: Bool { tlsCertificate != nil && tlsPrivateKey != nil && tlsCACertificate != nil }

    /// Nil without TLS.
    ///
    /// - Throws: if only some of the files are named, or the peer is to be checked without them: nothing is sent in plain text that was
    ///   meant to be protected.
    func tlsSettings() throws(Failure) -> TLSSettings? {
        guard let certificate = tlsCertificate, let privateKey = tlsPrivateKey, let authorities = tlsCACertificate else {
            if tlsCertificate != nil || tlsPrivateKey != nil || tlsCACertificate != nil {
                throw Failure(
                    FLOM_RC_NO_TLS_CONNECTION,
                    "TLS needs three files: a certificate, its private key, and the CA certificates; only some of them are set")
            }
            if checksPeerID {
                throw Failure(
                    FLOM_RC_NO_TLS_CONNECTION, "the daemon's certificate is to be checked, but the three files of TLS are not set"
                )
            }
            return nil
        }
        var settings = TLSSettings(
            certificate: certificate.text, privateKey: privateKey.text, authorities: authorities.text)
        settings.checksPeerID = checksPeerID
        return settings
    }
}
