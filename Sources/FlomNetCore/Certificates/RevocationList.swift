internal import FlomSystem

/// Certificates that are no longer accepted although their CA has signed them.
///
/// The file (`TlsRevoked`) is text with one certificate a line, by its serial number or by its SHA-256 fingerprint, both as
/// `openssl x509` prints them; or a certificate revocation list in PEM, or both. A serial number on a line of its own counts for
/// every CA, one of a list for the list's issuer. A list's signature is not checked: it is trusted as the CA file is, and a user who may
/// write one may write the other.
package struct RevocationList {
    private var serials: Set<[UInt8]> = []
    private var fingerprints: Set<Digest> = []
    private var listed: [[UInt8]: Set<[UInt8]>] = [:]

    package struct Flaw: Error {
        package let reason: String
    }

    package init() {}

    package init(_ text: [UInt8]) throws(Flaw) {
        guard let lists = PEMText.blocks("X509 CRL", in: text) else { throw Flaw(reason: "it has a damaged list in PEM") }
        for list in lists {
            guard let (issuer, revoked) = Self.read(list) else { throw Flaw(reason: "it has a list that is no X.509 CRL") }
            listed[issuer, default: []].formUnion(revoked)
        }
        var isInList = false
        for (index, raw) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = raw.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != UInt8(ascii: "#") && $0 != 0x0D }
            if line.starts(with: Array("-----BEGIN ".utf8)) { isInList = true }
            if !isInList, !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                guard add(line) else {
                    throw Flaw(reason: "line \(index + 1) is neither a serial number nor a SHA-256 fingerprint in hexadecimal")
                }
            }
            if line.starts(with: Array("-----END ".utf8)) { isInList = false }
        }
    }

    /// Adds the certificate of a line: `serial=0A1B…`, `sha256 Fingerprint=AA:BB:…`, or the digits alone.
    ///
    /// - Returns: false if the line is none of these.
    private mutating func add(_ line: ArraySlice<UInt8>) -> Bool {
        let value = line.lastIndex(of: UInt8(ascii: "=")).map { line[($0 + 1)...] } ?? line
        var digits = value.filter { $0 != UInt8(ascii: ":") && $0 != 0x20 && $0 != 0x09 }
        guard !digits.isEmpty, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return false }
        if digits.count == 64, let fingerprint = Digest(hexadecimal: String(decoding: digits, as: UTF8.self)) {
            fingerprints.insert(fingerprint)
            return true
        }
        // A serial number has at most 20 bytes, and one more if its first bit is set.
        guard digits.count <= 42 else { return false }
        if digits.count % 2 == 1 { digits.insert(UInt8(ascii: "0"), at: 0) }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
        }
        serials.insert(Self.canonical(bytes[...]))
        return true
    }

    /// Reads the issuer's name and the serial numbers of a list (RFC 5280, 5.1).
    private static func read(_ list: [UInt8]) -> (issuer: [UInt8], revoked: Set<[UInt8]>)? {
        var outer = DERReader(list[...])
        guard var signed = outer.next(DERReader.sequence)?.inside, var fields = signed.next(DERReader.sequence)?.inside else {
            return nil
        }
        _ = fields.next(DERReader.integer)
        guard fields.next(DERReader.sequence) != nil, let issuer = fields.next(DERReader.sequence),
            fields.next(DERReader.utcTime) != nil || fields.next(DERReader.generalizedTime) != nil
        else { return nil }
        if fields.next(DERReader.utcTime) == nil { _ = fields.next(DERReader.generalizedTime) }
        var revoked: Set<[UInt8]> = []
        // Absent when nothing is revoked.
        if var entries = fields.next(DERReader.sequence)?.inside {
            while entries.nextTag != nil {
                guard var entry = entries.next(DERReader.sequence)?.inside, let serial = entry.next(DERReader.integer) else {
                    return nil
                }
                revoked.insert(canonical(serial.content))
            }
        }
        return (Array(issuer.whole), revoked)
    }

    private static func canonical(_ serial: ArraySlice<UInt8>) -> [UInt8] { Array(serial.drop { $0 == 0 }) }

    package var isEmpty: Bool { serials.isEmpty && fingerprints.isEmpty && listed.isEmpty }

    /// Whether the certificate is revoked. One that cannot be read counts as revoked.
    ///
    /// - Parameter certificate: the certificate in DER.
    package func contains(encoded certificate: [UInt8]) -> Bool {
        guard let identity = Self.identity(certificate) else { return true }
        return serials.contains(identity.serial) || fingerprints.contains(SHA256.digest(of: certificate))
            || listed[identity.issuer]?.contains(identity.serial) == true
    }

    /// The issuer's name and the serial number of a certificate (RFC 5280, 4.1).
    private static func identity(_ certificate: [UInt8]) -> (issuer: [UInt8], serial: [UInt8])? {
        var outer = DERReader(certificate[...])
        guard var signed = outer.next(DERReader.sequence)?.inside, var fields = signed.next(DERReader.sequence)?.inside else {
            return nil
        }
        _ = fields.next(DERReader.explicit0)
        guard let serial = fields.next(DERReader.integer), fields.next(DERReader.sequence) != nil,
            let issuer = fields.next(DERReader.sequence)
        else { return nil }
        return (Array(issuer.whole), canonical(serial.content))
    }
}
