import Testing

@testable import FlomModel

@Suite struct JSONWriterTests {
    private func object(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        body(&writer)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func fieldsAreSeparated() {
        let text = object {
            $0.field("a", 1)
            $0.field("b", true)
            $0.beginArray("c")
            $0.beginObject()
            $0.field("d", -5)
            $0.endObject()
            $0.beginObject()
            $0.endObject()
            $0.endArray()
            $0.field("e", "x")
        }
        #expect(text == #"{"a":1,"b":true,"c":[{"d":-5},{}],"e":"x"}"#)
    }

    @Test(arguments: [
        ("plain", #""plain""#),
        ("", #""""#),
        ("a\"b\\c", #""a\"b\\c""#),
        ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{1}\u{1f}", #""\u0000\u0001\u001f""#),
        ("\u{7f}/", "\"\u{7f}/\""),
        ("Größe 🔒", #""Größe 🔒""#),
    ])
    func escaping(text: String, json: String) {
        #expect(object { $0.field("k", text) } == #"{"k":\#(json)}"#)
    }

    @Test(arguments: [Int64.min, -1, 0, 9, 10, Int64.max])
    func numbers(number: Int64) {
        #expect(object { $0.field("k", number) } == #"{"k":\#(number)}"#)
    }

    @Test func largestUnsignedNumber() {
        #expect(object { $0.field("k", UInt64.max) } == #"{"k":18446744073709551615}"#)
    }

    /// The test vectors of RFC 4648, behind a byte that is not UTF-8 so that Base64 is needed at all.
    @Test(
        arguments: [
            ([0xFF], "/w=="), ([0xFF, 0x66], "/2Y="), ([0xFF, 0x66, 0x6F], "/2Zv"), ([0xFF, 0x66, 0x6F, 0x6F], "/2Zvbw=="),
            ([0xFB, 0xEF, 0xBE], "++++"),
        ] as [([UInt8], String)])
    func bytesThatAreNotText(bytes: [UInt8], base64: String) {
        let text = object { $0.field("k", bytes) }
        #expect(text.hasSuffix(#","k_base64":"\#(base64)"}"#))
        #expect(text.contains("\u{FFFD}"))
    }

    @Test func bytesThatAreText() {
        #expect(object { $0.field("k", Array("ü".utf8)) } == #"{"k":"ü"}"#)
    }

    @Test func oneBadWordKeepsAllExactly() {
        let text = object { $0.field("command", words: [Array("ls".utf8), [0xFF], []]) }
        #expect(text == "{\"command\":[\"ls\",\"\u{FFFD}\",\"\"],\"command_base64\":[\"bHM=\",\"/w==\",\"\"]}")
        #expect(object { $0.field("command", words: [Array("ls".utf8)]) } == #"{"command":["ls"]}"#)
        #expect(object { $0.field("command", words: []) } == #"{"command":[]}"#)
    }
}
