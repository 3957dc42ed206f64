import FlomModel
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func vectors(_ plain: String, _ text: String) {
        #expect(String(decoding: Base64.encode(Array(plain.utf8)), as: UTF8.self) == text)
        #expect(Base64.decodeSkippingOthers(Array(text.utf8).span) == Array(plain.utf8))
        let unpadded = text.filter { $0 != "=" }
        #expect(String(decoding: Base64.encode(Array(plain.utf8), alphabet: .url), as: UTF8.self) == unpadded)
        #expect(Base64.decodeURL(Array(unpadded.utf8).span) == Array(plain.utf8))
    }

    @Test(arguments: [
        (" U\njE=.", "R1"), ("UjE=\n", "R1"), ("U!j@E#=$", "R1"), ("ÄUjE=", "R1"), ("Uj-E=", "R1"),
    ])
    func otherBytesAreSkipped(_ text: String, _ plain: String) {
        #expect(Base64.decodeSkippingOthers(Array(text.utf8).span) == Array(plain.utf8))
    }

    @Test(arguments: ["UjE", "U", "Uj", "Uj=", "UjE==", "UjE=x", "UjE=UjE=", "=", "====", "UjEx=", "U===", "UjExUjE"])
    func undecodable(_ text: String) {
        #expect(Base64.decodeSkippingOthers(Array(text.utf8).span) == nil)
    }

    @Test(arguments: ["A", "AA=", "AA==", "A+A_", "AA A", "AB", "AAB", "AAAAA"]) func undecodableURL(_ text: String) {
        #expect(Base64.decodeURL(Array(text.utf8).span) == nil)
    }

    @Test func allBytesInBothAlphabets() {
        let all = (0...255).map { UInt8($0) }
        for count in 0...256 {
            let bytes = Array(all.suffix(count))
            #expect(Base64.decodeSkippingOthers(Base64.encode(bytes).span) == bytes)
            #expect(Base64.decodeURL(Base64.encode(bytes, alphabet: .url).span) == bytes)
        }
        #expect(String(decoding: Base64.encode([0xFB, 0xFF]), as: UTF8.self) == "+/8=")
        #expect(String(decoding: Base64.encode([0xFB, 0xFF], alphabet: .url), as: UTF8.self) == "-_8")
    }
}
