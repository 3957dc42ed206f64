internal import FlomModel
internal import FlomNetCore
internal import FlomWire

/// Any bytes as a file of revoked certificates, as blocks of PEM, and as values in DER: nothing traps, every value lies in the one
/// around it, and what a list revokes is found again in a certificate of that serial number.
enum CertificateTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        if let complaint = complaint(aboutValues: DERReader(bytes[...]), within: bytes.count, depth: 0) { return complaint }
        _ = PEMText.blocks("CERTIFICATE", in: bytes)
        _ = try? RevocationList(bytes)
        if let kind = KeyKind(certificate: bytes) { _ = (kind.objectionToKey, kind.objectionToSignature) }
        // As a list: the bytes would seldom be right in base 64.
        let encoded = Base64.encode(bytes)
        let text = Array("-----BEGIN X509 CRL-----\n".utf8) + encoded + Array("\n-----END X509 CRL-----\n".utf8)
        if let blocks = PEMText.blocks("X509 CRL", in: text), blocks != [bytes], !bytes.isEmpty {
            return "reads other bytes from PEM"
        }
        if let list = try? RevocationList(text) { _ = list.contains(encoded: bytes) }
        let empty = RevocationList()
        return empty.isEmpty ? nil : "finds something in nothing"
    }

    private static func complaint(aboutValues reader: DERReader, within limit: Int, depth: Int) -> String? {
        guard depth < 32 else { return nil }
        var reader = reader
        var seen = 0
        while reader.nextTag != nil, let value = reader.next() {
            seen += value.whole.count
            guard value.content.count < value.whole.count, seen <= limit else { return "reads a value beyond what holds it" }
            if let complaint = complaint(aboutValues: value.inside, within: value.content.count, depth: depth + 1) {
                return complaint
            }
        }
        return nil
    }
}
