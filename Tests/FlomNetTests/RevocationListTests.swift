import Testing

@testable import FlomNet
@testable import FlomNetCore

/// What a file of revoked certificates may look like; what it does is shown end to end.
@Suite struct RevocationListTests {
    @Test(arguments: [
        "", "\n# nobody\n", "0A1B\n", "serial=0a1b # the old laptop\n", "  0A:1B:2C  \r\n",
        "sha256 Fingerprint=" + Array(repeating: "AB", count: 32).joined(separator: ":") + "\n",
    ])
    func isAccepted(text: String) throws {
        #expect(throws: Never.self) { try RevocationList(Array(text.utf8)) }
    }

    @Test(arguments: [
        "bob", "0A1B 2C XY", "serial=", "12345678901234567890123456789012345678901234",
        "-----BEGIN X509 CRL-----\nAAAA\n", "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        "-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n",
    ])
    func isRefused(text: String) {
        #expect(throws: RevocationList.Flaw.self) { try RevocationList(Array(text.utf8)) }
    }

    /// Lengths that lie, and every beginning of a value.
    @Test func nothingTraps() {
        let whole: [UInt8] = [0x30, 0x82, 0x00, 0x08, 0x02, 0x01, 0x05, 0x30, 0x03, 0x02, 0x01, 0x07]
        for count in 0..<whole.count {
            var reader = DERReader(whole[..<count])
            #expect(reader.next()?.tag == nil, "\(count)")
        }
        var reader = DERReader(whole[...])
        let outer = reader.next(DERReader.sequence)
        #expect(outer?.whole.count == whole.count)
        var inside = outer?.inside
        #expect(inside?.next(DERReader.sequence)?.tag == nil)
        #expect(inside?.next(DERReader.integer)?.content == [5])
        #expect(inside?.next(DERReader.sequence)?.whole.count == 5)
        #expect(inside?.next()?.tag == nil)
        for lie: [UInt8] in [
            [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x80], [0x30, 0x85, 1, 1, 1, 1, 1], [0x1F, 0x00], [0x30, 0xFF],
        ] {
            var reader = DERReader(lie[...])
            #expect(reader.next()?.tag == nil)
        }
    }

    @Test func namesAreWrittenAsRFC4514Says() {
        #expect(TLSPeer.escaped("plain") == "plain")
        #expect(TLSPeer.escaped("A, B=C") == #"A\, B\=C"#)
        #expect(TLSPeer.escaped("#1 ") == ##"\#1\ "##)
        #expect(TLSPeer.escaped("a\nb\u{85}") == #"a\0Ab\C2\85"#)
    }
}
