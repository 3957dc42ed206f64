import Testing

@testable import FlomNet
@testable import FlomNetCore

/// What a certificate's bytes say of its key and its signature; that TLS goes by it is shown end to end.
@Suite struct KeyKindTests {
    private static func value(_ tag: UInt8, _ content: [UInt8]...) -> [UInt8] {
        let bytes = content.flatMap { $0 }
        let length =
            bytes.count < 128 ? [UInt8(bytes.count)] : [0x82, UInt8(bytes.count >> 8), UInt8(truncatingIfNeeded: bytes.count)]
        return [tag] + length + bytes
    }
    private static func sequence(_ content: [UInt8]...) -> [UInt8] { value(0x30, content.flatMap { $0 }) }
    private static func name(_ numbers: [UInt8]) -> [UInt8] { value(6, numbers) }

    private static let rsa: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1]
    private static let curve: [UInt8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1]
    private static let sha256WithRSA: [UInt8] = rsa.dropLast() + [11]
    private static let pss: [UInt8] = rsa.dropLast() + [10]

    /// With only what has to be there.
    private static func certificate(key: [UInt8], bits: [UInt8] = [4], signature: [UInt8] = name(sha256WithRSA)) -> [UInt8] {
        let info = sequence(sequence(key), value(3, [0], bits))
        let signed = sequence(
            value(0xA0, value(2, [2])), value(2, [5]), sequence(), sequence(), sequence(), sequence(), info)
        return sequence(signed, sequence(signature), value(3, [0, 1]))
    }

    private static func modulus(bits: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xAA, count: (bits + 7) / 8)
        bytes[0] = UInt8(1) << UInt8((bits - 1) % 8)
        return sequence(value(2, bytes[0] >= 0x80 ? [0] : [], bytes), value(2, [3]))
    }

    @Test(arguments: [1024, 2047, 2048, 3072])
    func rsaKeysHaveALength(bits: Int) throws {
        let kind = try #require(
            KeyKind(certificate: Self.certificate(key: Self.name(Self.rsa), bits: Self.modulus(bits: bits))))
        #expect(kind.key == .rsa(bits: bits))
        #expect((kind.objectionToKey == nil) == (bits >= 2048))
        if let objection = kind.objectionToKey { #expect(objection.contains("\(bits) bits")) }
    }

    @Test(
        arguments: [
            ([0x2B, 0x65, 0x70], nil, .ed25519),
            ([0x2B, 0x65, 0x71], nil, .unsupported("Ed448")),
            (curve, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7], .p256),
            (curve, [0x2B, 0x81, 4, 0, 0x22], .p384),
            (curve, [0x2B, 0x81, 4, 0, 0x23], .p521),
            (curve, [0x2B, 0x81, 4, 0, 0x0A], .unsupported("ECDSA with secp256k1")),
            (curve, [0x2B, 0x24, 3, 3, 2, 8, 1, 1, 7], .unsupported("ECDSA with curve 1.3.36.3.3.2.8.1.1.7")),
            (curve, nil, .unsupported("ECDSA with a curve of its own")),
            ([0x2A, 0x86, 0x48, 0xCE, 0x38, 4, 1], nil, .unsupported("DSA")),
            ([0x88, 0x37, 1], nil, .unsupported("2.999.1")),
        ] as [([UInt8], [UInt8]?, KeyKind.Key)])
    func kinds(algorithm: [UInt8], parameter: [UInt8]?, key: KeyKind.Key) throws {
        let names = Self.name(algorithm) + (parameter.map(Self.name) ?? [])
        let kind = try #require(KeyKind(certificate: Self.certificate(key: names)))
        #expect(kind.key == key)
        if case .unsupported(let name) = key {
            #expect(kind.objectionToKey?.contains("of the kind \(name)") == true)
        } else {
            #expect(kind.objectionToKey == nil)
        }
    }

    @Test(
        arguments: [
            (name(sha256WithRSA), false),
            (name(rsa.dropLast() + [5]), true),
            (name(rsa.dropLast() + [4]), true),
            (name([0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1]), true),
            (name([0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2]), false),
            (name([0x2B, 0x65, 0x70]), false),
            // Without a hash PSS means SHA-1.
            (name(pss), true),
            (name(pss) + sequence(), true),
            (name(pss) + sequence(value(0xA0, sequence(name([0x2B, 0x0E, 3, 2, 0x1A])))), true),
            (name(pss) + sequence(value(0xA0, sequence(name([0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1])))), false),
        ] as [([UInt8], Bool)])
    func signatures(algorithm: [UInt8], isWeak: Bool) throws {
        let kind = try #require(KeyKind(certificate: Self.certificate(key: Self.name([0x2B, 0x65, 0x70]), signature: algorithm)))
        #expect(kind.isSignedWeakly == isWeak)
        #expect((kind.objectionToSignature != nil) == isWeak)
    }

    /// Every beginning, and every byte that is another.
    @Test func nothingTraps() {
        let whole = Self.certificate(key: Self.name(Self.rsa), bits: Self.modulus(bits: 2048))
        for count in whole.indices { #expect(KeyKind(certificate: Array(whole[..<count])) == nil) }
        for index in whole.indices {
            for byte: UInt8 in [0, 1, 0x7F, 0x80, 0x84, 0xFF] {
                var bytes = whole
                bytes[index] = byte
                _ = KeyKind(certificate: bytes)?.objectionToKey
            }
        }
    }
}
