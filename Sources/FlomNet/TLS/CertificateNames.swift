internal import NIOSSL

extension TLSPeer {
    init(_ certificate: NIOSSLCertificate) {
        let names = certificate.subjectName
        // Of several the last is the most specific one.
        commonName = names.last { $0.type == .commonName }?.value
        subject = Self.text(names)
    }

    /// The most specific part first. Types without a name in RFC 4514 are called `?`; they are rare, and prove nothing more.
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

    /// What would end a part, or a line of a log, is written as RFC 4514 wants it.
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
    /// Why nobody should rely on it, whoever has signed it; completes "the certificate of X …".
    ///
    /// - Parameter isTrusted: for what it is, whatever its signature proves.
    func objection(isTrusted: Bool) -> String? {
        guard let bytes = try? toDERBytes(), let kind = KeyKind(certificate: bytes) else { return "cannot be read" }
        return kind.objectionToKey ?? (isTrusted ? nil : kind.objectionToSignature)
    }
}

extension RevocationList {
    /// What cannot be looked at is not accepted.
    func contains(_ certificate: NIOSSLCertificate) -> Bool {
        if isEmpty { return false }
        guard let bytes = try? certificate.toDERBytes() else { return true }
        return contains(encoded: bytes)
    }
}
