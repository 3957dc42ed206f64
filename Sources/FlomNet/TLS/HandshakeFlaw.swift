internal import FlomNetCore
internal import Glibc
internal import NIOCore
internal import NIOSSL

/// Why a handshake failed, in words that say what to do. The library's own words are for its developers. What it does not tell, such as
/// why a certificate could not be verified, is determined from the certificate.
struct HandshakeFlaw {
    private let text: [UInt8]

    /// Whether the connection broke, and the handshake was right as far as it went.
    private let isCut: Bool

    init(_ error: any Error) {
        text = Array("\(error)".utf8)
        isCut = error is IOError
    }

    static func isEndOfStream(_ error: any Error) -> Bool {
        guard let error = error as? NIOSSLError, case .handshakeFailed(.sslError(let stack)) = error else { return false }
        return stack == [.eofDuringHandshake]
    }

    private func says(_ word: String) -> Bool {
        let word = Array(word.utf8)
        guard text.count >= word.count else { return false }
        return (0...(text.count - word.count)).contains { text[$0..<($0 + word.count)].elementsEqual(word) }
    }

    /// Whether this side did not accept the peer's certificate.
    var isOurVerdict: Bool { says("CERTIFICATE_VERIFY_FAILED") }

    /// The peer's alert about this side's certificate; nil if it sent none.
    var alert: String? {
        let alerts: [(word: String, meaning: String)] = [
            ("ALERT_UNKNOWN_CA", "it does not know the CA of our certificate"),
            ("ALERT_CERTIFICATE_EXPIRED", "our certificate has expired, or is not valid yet"),
            ("ALERT_CERTIFICATE_REVOKED", "our certificate is revoked"),
            ("ALERT_CERTIFICATE_REQUIRED", "it wants a certificate"),
            ("ALERT_CERTIFICATE_UNKNOWN", "it does not accept our certificate"),
            ("ALERT_UNSUPPORTED_CERTIFICATE", "it does not accept a certificate of this kind"),
            ("ALERT_BAD_CERTIFICATE", "our certificate is damaged or cannot be verified there"),
            ("ALERT_ACCESS_DENIED", "it does not let us in"),
            ("ALERT_DECRYPT_ERROR", "a signature of ours does not fit our certificate"),
        ]
        return alerts.first { says($0.word) }?.meaning
    }

    var isAboutVersions: Bool {
        says("ALERT_PROTOCOL_VERSION") || says("UNSUPPORTED_PROTOCOL") || says("UNKNOWN_PROTOCOL") || says("WRONG_VERSION_NUMBER")
            || says("NO_SUPPORTED_VERSIONS_ENABLED")
    }

    /// Why a peer's key or signature was refused before its certificate was read; nil if it was not.
    var aboutKeys: String? {
        if says("NO_COMMON_SIGNATURE_ALGORITHMS") {
            return "no kind of signature suits both sides: it accepts none that the key here can make, or offers SHA-1 alone"
        }
        let kinds = [
            "UNKNOWN_CERTIFICATE_TYPE", "WRONG_CERTIFICATE_TYPE", "WRONG_SIGNATURE_TYPE", "BAD_ECC_CERT", "WRONG_CURVE",
            "UNKNOWN_KEY_TYPE", "UNSUPPORTED_ALGORITHM", "ECC_CERT_NOT_FOR_SIGNING", "BAD_SIGNATURE_TYPE",
        ]
        guard kinds.contains(where: says) else { return nil }
        return "its key is of a kind, or signs in a way, that is not accepted here"
    }

    /// Completes "the connection of X was refused: …".
    func sentence(certificate: NIOSSLCertificate?, _ credentials: TLSCredentials) -> String {
        if isCut { return "it has broken the connection off in the middle of the TLS handshake" }
        if isOurVerdict { return Self.whyNotVerified(certificate, credentials) }
        if says("PEER_DID_NOT_RETURN_A_CERTIFICATE") { return "it has shown no certificate" }
        if let alert { return alert }
        if isAboutVersions {
            return "no version of TLS suits both sides: here it is \(credentials.settings.minimumVersion.rawValue) or newer"
        }
        if says("NO_SHARED_CIPHER") { return "no cipher suits both sides" }
        if let words = aboutKeys { return words }
        return "the TLS handshake failed (\(shortened))"
    }

    /// The library's message without the places in its sources.
    var shortened: String {
        let words = String(decoding: text, as: UTF8.self).split(separator: ":").filter { part in
            part.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F } && part.utf8.count > 8
        }
        return words.first.map { $0.lowercased().split(separator: "_").joined(separator: " ") } ?? "the peer breaks the protocol"
    }

    /// Why the library did not verify a certificate, as far as the leaf shows. The library does not tell what is wrong with an intermediate.
    static func whyNotVerified(_ certificate: NIOSSLCertificate?, _ credentials: TLSCredentials) -> String {
        guard let certificate else {
            return "its certificate cannot be verified with the CA file '\(credentials.settings.authorities)'"
        }
        let peer = TLSPeer(certificate)
        let now = time(nil)
        if certificate.notValidAfter < now { return "its certificate (\(peer.subject)) has expired" }
        if certificate.notValidBefore > now { return "its certificate (\(peer.subject)) is not valid yet" }
        let issuer = certificate.issuerName
        let file = credentials.settings.authorities
        guard let authority = credentials.authorities.first(where: { $0.subjectName == issuer }) else {
            return "its certificate (\(peer.subject)) is from '\(TLSPeer.text(issuer))', which is not in the CA file '\(file)', "
                + "and it has not sent what would lead there"
        }
        if authority.notValidAfter < now || authority.notValidBefore > now {
            return "the CA '\(TLSPeer.text(issuer))' in '\(file)' has expired, or is not valid yet"
        }
        return
            "its certificate (\(peer.subject)) cannot be verified with the CA file '\(file)': a CA of the same name has another "
            + "key, or it is not made for this use"
    }
}
