import FlomModel
import FlomWire
import Testing

/// Bytes that kill, hang or annoy 1.7.2's daemon. Ours refuses each of them, and nothing else happens.
@Suite struct HostileInputTests {
    static let start = "<msg level=\"3\" verb=\"1\" step=\"8\">"
    static let resource = "<resource name=\"UjE=\" mode=\"5\" wait=\"1\" create=\"1\" lifespan=\"0\"/>"

    @Test(arguments: [
        "", "<", "</msg>", "</msg></msg>", "<msg></msg>", "garbage</msg>", "\u{7F}ELF</msg>", "{\"verb\": 1}</msg>",
        "\(start)<a></msg>", "\(start)\(resource)<a></b></msg>", "\(start)\(resource)<a></a b></msg>",
        "\(start)\(resource)<ab></a></msg>",
        "\(start)\(resource)<a></ab></msg>", "\(start)\(resource)",
        "\(start)\(resource)</msg></msg>", "\(start)\(resource)</msg>\(start)\(resource)</msg>", "\(start)\(resource)</msg>text",
        "<msg level=\"3\" verb=\"1\" step=\"8\"/>", "<a/>\(start)\(resource)</msg>", "text\(start)\(resource)</msg>",
        "<MSG level=\"3\" verb=\"1\" step=\"8\">\(resource)</MSG>", "<message>\(resource)</message>", "<msgx>\(resource)</msg>",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n</msg>",
        // Not well formed, or not to be trusted.
        "\u{FEFF}\(start)\(resource)</msg>",
        "\(start)<resource name=\"UjE=\" a=\"&undefined;\"/></msg>", "\(start)\(resource)&undefined;</msg>",
        "\(start)<resource name=\"UjE=\" a=\"a & b\"/></msg>", "\(start)\(resource)a & b</msg>", "\(start)\(resource)&amp</msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#0;\"/></msg>", "\(start)<resource name=\"UjE=\" a=\"&#x0;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#1;\"/></msg>", "\(start)<resource name=\"UjE=\" a=\"&#xD800;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#xFFFE;\"/></msg>", "\(start)<resource name=\"UjE=\" a=\"&#x110000;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#99999999999;\"/></msg>", "\(start)<resource name=\"UjE=\" a=\"&#;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#x;\"/></msg>", "\(start)<resource name=\"UjE=\" a=\"&#-1;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#1A;\"/></msg>", "\(start)<resource name=\"UjE=\" a=\"&#X41;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"&#00000000000000000065;\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"<\"/></msg>", "\(start)<resource name=\"UjE=\" 1x=\"a\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=b/></msg>", "\(start)<resource name=\"UjE=\" a/></msg>",
        "\(start)<resource name=\"UjE=\" =\"a\"/></msg>",
        "\(start)<resource name=\"UjE=\" a=\"b'/></msg>", "\(start)<resource name=\"UjE=\" /a=\"b\"></msg>",
        "\(start)< resource name=\"UjE=\"/></msg>",
        "\(start)<1 name=\"UjE=\"/></msg>", "\(start)\(resource)<a\u{1}/></msg>", "\(start)\(resource)\u{0}</msg>",
        "\(start)<resource name=\"UjE=\" a=\"\u{1}\"/></msg>", "\(start)\(resource)<!-- \u{FFFF} --></msg>",
        "\(start)\(resource)<!-- </msg>", "\(start)\(resource)<![CDATA[ </msg>", "\(start)\(resource)<?pi </msg>",
        "\(start)\(resource)<? ?></msg>",
        "\(start)\(resource)<!ENTITY a \"b\"></msg>", "\(start)<!DOCTYPE msg>\(resource)</msg>",
        "<!DOCTYPE msg [<!ENTITY a \"b\">]>\(start)\(resource)</msg>", "<!DOCTYPE msg \(start)\(resource)</msg>",
        "<![CDATA[]]>\(start)\(resource)</msg>",
        "\(start)\(resource)<!</msg>", "\(start)\(resource)<",
    ])
    func refused(_ text: String) {
        #expect(throws: WireError.self) { try ClientMessage(text) }
        #expect(throws: WireError.self) { try ServerMessage(text) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xF0, 0x80, 0x80, 0x80],
            [0xEF, 0xBF, 0xBE], [0xEF, 0xBF, 0xBF], [0xFE], [0x00], [0x0B],
        ] as [[UInt8]])
    func badCharactersAnywhere(_ bad: [UInt8]) {
        let good = Array("\(Self.start)<resource name=\"UjE=\" a=\"ä\"/><!-- c --><t>t</t></msg>".utf8)
        for place in 0...good.count {
            #expect(throws: WireError.self) { try ClientMessage(decoding: good[..<place] + bad + good[place...]) }
        }
    }

    @Test(arguments: [15, 16, 100, 10_000]) func nesting(_ depth: Int) {
        let nested = String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth)
        let accepted = (try? ClientMessage("\(Self.start)\(nested)\(Self.resource)</msg>")) != nil
        #expect(accepted == (depth < 16))
    }

    @Test(arguments: [63, 64, 10_000]) func attributes(_ count: Int) {
        let attributes = String(repeating: " a=\"\"", count: count)
        let accepted = (try? ClientMessage("\(Self.start)<resource name=\"UjE=\"\(attributes)/></msg>")) != nil
        #expect(accepted == (count < 64))
    }

    @Test(arguments: [128, 129, 60_000]) func nameLengths(_ length: Int) {
        let name = String(repeating: "a", count: length)
        let accepted = (try? ClientMessage("\(Self.start)<resource \(name)=\"\" name=\"UjE=\"/><\(name)></\(name)></msg>")) != nil
        #expect(accepted == (length <= 128))
    }

    /// Every length of everything that is counted, up to the longest frame that is ever read.
    @Test func longValuesAreNothingSpecial() throws {
        let long = String(repeating: "&amp;", count: 12_000)
        let text = "\(Self.start)<session peerid=\"\(long)\"/>\(Self.resource)</msg>"
        let message = try #require(ClientMessage(text).asLock)
        #expect(message.peerID?.utf8.count == 12_000)
    }
}
