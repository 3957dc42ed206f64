/// The kind of a certificate's key and of its signature, read from its bytes: the TLS library fails in the middle of a handshake with
/// kinds that it does not know, and accepts kinds that are too weak.
package struct KeyKind {
    package enum Key: Hashable {
        case rsa(bits: Int)
        case p256, p384, p521, ed25519
        /// A kind that the TLS library cannot use, with its usual name.
        case unsupported(String)
    }

    package let key: Key
    /// Whether the signature uses a hash for which two texts with one signature can be made.
    let isSignedWeakly: Bool

    /// Nil if the bytes are not a certificate.
    package init?(certificate: [UInt8]) {
        var outer = DERReader(certificate[...])
        guard let whole = outer.next(DERReader.sequence) else { return nil }
        var parts = whole.inside
        guard let signed = parts.next(DERReader.sequence), let algorithm = parts.next(DERReader.sequence) else { return nil }
        var fields = signed.inside
        if fields.nextTag == DERReader.explicit0 { _ = fields.next() }
        // Skips serial number, algorithm, issuer, validity and subject.
        guard fields.next(DERReader.integer) != nil else { return nil }
        for _ in 1...4 { guard fields.next(DERReader.sequence) != nil else { return nil } }
        guard let info = fields.next(DERReader.sequence), let key = Self.key(info.inside),
            let isSignedWeakly = Self.isWeak(algorithm.inside)
        else { return nil }
        self.key = key
        self.isSignedWeakly = isSignedWeakly
    }

    // MARK: - Verdict

    static let leastRSABits = 2048

    /// Why the key is not accepted; completes "the certificate of X …"; nil if it is.
    package var objectionToKey: String? {
        switch key {
        case .rsa(let bits) where bits < Self.leastRSABits:
            "has an RSA key of \(bits) bits, which can be broken: at least \(Self.leastRSABits) are accepted"
        case .unsupported(let name):
            "has a key of the kind \(name): accepted are RSA of \(Self.leastRSABits) bits and more, ECDSA with P-256, P-384 or P-521, "
                + "and Ed25519"
        case .rsa, .p256, .p384, .p521, .ed25519: nil
        }
    }

    /// Why the signature is not accepted, likewise. A CA's signature of its own certificate proves nothing and is not checked.
    package var objectionToSignature: String? {
        isSignedWeakly ? "is signed with SHA-1 or MD5, and such a signature can be forged: have it signed with SHA-256" : nil
    }

    // MARK: - Reading

    private static func key(_ info: DERReader) -> Key? {
        var info = info
        guard let algorithm = info.next(DERReader.sequence), let bits = info.next(DERReader.bitString) else { return nil }
        var words = algorithm.inside
        guard let name = words.next(DERReader.objectIdentifier) else { return nil }
        switch Array(name.content) {
        case OID.rsa: return rsaBits(bits.content.dropFirst()).map { .rsa(bits: $0) }
        case OID.ed25519: return .ed25519
        case OID.ellipticCurve:
            guard let curve = words.next(DERReader.objectIdentifier) else { return .unsupported("ECDSA with a curve of its own") }
            return OID.curves[Array(curve.content)] ?? .unsupported("ECDSA with curve \(OID.text(curve.content))")
        case let other: return .unsupported(OID.kinds[other] ?? OID.text(name.content))
        }
    }

    /// The length of an RSA key in bits, from `SEQUENCE { modulus, exponent }`.
    private static func rsaBits(_ bytes: ArraySlice<UInt8>) -> Int? {
        var outer = DERReader(bytes)
        guard var numbers = outer.next(DERReader.sequence)?.inside, let modulus = numbers.next(DERReader.integer) else {
            return nil
        }
        let digits = modulus.content.drop { $0 == 0 }
        return digits.first.map { digits.count * 8 - $0.leadingZeroBitCount } ?? 0
    }

    private static func isWeak(_ algorithm: DERReader) -> Bool? {
        var words = algorithm
        guard let name = words.next(DERReader.objectIdentifier) else { return nil }
        if Array(name.content) != OID.pss { return OID.weakSignatures.contains(Array(name.content)) }
        // `[0]` names the hash; the default is SHA-1.
        guard var parameters = words.next(DERReader.sequence)?.inside, var hash = parameters.next(DERReader.explicit0)?.inside,
            var hashWords = hash.next(DERReader.sequence)?.inside, let hashName = hashWords.next(DERReader.objectIdentifier)
        else { return true }
        return OID.weakHashes.contains(Array(hashName.content))
    }
}

/// The encoded object identifiers of algorithms.
private enum OID {
    static let rsa: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]
    static let pss: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10]
    static let ellipticCurve: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]
    static let ed25519: [UInt8] = [0x2B, 0x65, 0x70]

    static let curves: [[UInt8]: KeyKind.Key] = [
        [0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7]: .p256, [0x2B, 0x81, 4, 0, 0x22]: .p384, [0x2B, 0x81, 4, 0, 0x23]: .p521,
        [0x2B, 0x81, 4, 0, 0x21]: .unsupported("ECDSA with P-224"),
        [0x2B, 0x81, 4, 0, 0x0A]: .unsupported("ECDSA with secp256k1"),
    ]
    static let kinds: [[UInt8]: String] = [
        [0x2B, 0x65, 0x71]: "Ed448", [0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 1]: "DSA", pss: "RSA-PSS",
    ]
    /// The signatures by RSA with MD2, MD5 and SHA-1 (which has two identifiers), and by ECDSA and DSA with SHA-1.
    static let weakSignatures: Set<[UInt8]> = [
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 2], [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 4],
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5], [0x2B, 0x0E, 3, 2, 0x1D], [0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1],
        [0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 3],
    ]
    /// The hashes SHA-1 and MD5.
    static let weakHashes: Set<[UInt8]> = [[0x2B, 0x0E, 3, 2, 0x1A], [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 2, 5]]

    /// The identifier as text: `1.3.101.113`.
    static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var numbers: [UInt64] = []
        var number: UInt64 = 0
        for byte in bytes.prefix(32) {
            number = number << 7 | UInt64(byte & 0x7F)
            guard byte < 0x80 else { continue }
            if numbers.isEmpty {
                let first = min(number / 40, 2)
                numbers = [first, number - first * 40]
            } else {
                numbers.append(number)
            }
            number = 0
        }
        return numbers.map { "\($0)" }.joined(separator: ".")
    }
}
