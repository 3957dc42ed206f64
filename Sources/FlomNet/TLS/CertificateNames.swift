internal import FlomNetCore
internal import NIOSSL

extension TLSPeer {
    init(_ certificate: NIOSSLCertificate) {
        let names = certificate.subjectName
        // Of several the last is the most specific one.
        self.init(commonName: names.last { $0.type == .commonName }?.value, subject: Self.text(names))
    }

    /// The subject with its most specific part first. Types without a name in RFC 4514 appear as `?`; they are rare, and prove nothing more.
    static func text(_ names: [SSLCertificateName]) -> String {
        names.reversed().map { "\(keyword(of: $0.type))=\(escaped($0.value))" }.joined(separator: ",")
    }

    private static func keyword(of type: SSLCertificateNameType) -> String {
        switch type {
        case .commonName: "CN"
        case .organization: "O"
        case .organizationalUnit: "OU"
        case .country: "C"
        case .state: "ST"
        case .city: "L"
        case .emailAddress: "emailAddress"
        case .userId: "UID"
        default: "?"
        }
    }

    /// The value with the characters escaped, as in RFC 4514, that would end a part of the subject or a line of a log.
    package static func escaped(_ value: String) -> String {
        var text = ""
        let last = value.unicodeScalars.count - 1
        for (index, scalar) in value.unicodeScalars.enumerated() {
            switch scalar {
            case ",", "+", "\"", "\\", "<", ">", ";", "=":
                text += "\\"
                text.unicodeScalars.append(scalar)
            case "#" where index == 0, " " where index == 0 || index == last:
                text += "\\"
                text.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                for byte in String(scalar).utf8 { text += (byte < 16 ? "\\0" : "\\") + String(byte, radix: 16, uppercase: true) }
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension NIOSSLCertificate {
    /// Why the certificate must not be relied on, whatever its signature; completes "the certificate of X …"; nil if it may be.
    ///
    /// - Parameter isTrusted: whether it is trusted as it is, so that its signature does not matter.
    func objection(isTrusted: Bool) -> String? {
        guard let bytes = try? toDERBytes(), let kind = KeyKind(certificate: bytes) else { return "cannot be read" }
        return kind.objectionToKey ?? (isTrusted ? nil : kind.objectionToSignature)
    }
}

extension RevocationList {
    /// Whether the certificate is revoked. One that cannot be read counts as revoked.
    func contains(_ certificate: NIOSSLCertificate) -> Bool {
        if isEmpty { return false }
        guard let bytes = try? certificate.toDERBytes() else { return true }
        return contains(encoded: bytes)
    }
}
