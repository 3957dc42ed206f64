import FlomWire
import Testing

/// The text of `<x-daemon>`, and that 1.7.2 never gets to see one unasked.
@Suite struct DiscoveryNoteTests {
    static let network = "<network address=\"\" port=\"1\"/>"

    static func reply(_ content: String, marked: Bool = true) -> String {
        "<msg level=\"3\" verb=\"4\" step=\"16\"\(marked ? " x=\"1\"" : "")>\(content)</msg>"
    }

    @Test(arguments: [
        "\(network)<x-daemon>a 1</x-daemon>", "<x-daemon>a 1</x-daemon>\(network)",
        "<x-daemon >&#97;&#x20;1</x-daemon >\(network)",
        "<x-daemon new=\"1\">a 1</x-daemon>\(network)", "\(network)<x-daemon>b 2</x-daemon><x-daemon>a 1</x-daemon>",
        "\(network)<new><x-daemon>a 01</x-daemon></new>",
    ])
    func accepted(_ content: String) throws {
        let note = DiscoveryNote(daemonID: "a", createdAtMicroseconds: 1)
        #expect(try ServerMessage(Self.reply(content)) == .location(address: "", port: 1, note: note))
    }

    @Test(arguments: [
        "", " ", "a", "a ", " 1", "a  1", "a 1 ", "a 1 2", "a -1", "a +1", "a 0x1", "a 9223372036854775808", "a\t1", "a\n1",
        "ä 1",
        "a/b 1", "a&amp;b 1", "a&lt; 1", "a <!-- --> 1", "a <![CDATA[1]]>", "a <b/>1", "<b>a 1</b>",
        "\(String(repeating: "a", count: 65)) 1", "a \(String(repeating: "0", count: 255))1",
    ])
    func refused(_ text: String) {
        let element = "<x-daemon>\(text)</x-daemon>"
        #expect(throws: WireError.self) { try ServerMessage(Self.reply(Self.network + element)) }
        #expect(throws: WireError.self) { try ClientMessage("<msg verb=\"4\" step=\"8\" x=\"1\">\(element)</msg>") }
    }

    @Test(arguments: ["<x-daemon/>", "<x-daemon>a 1</msg>", "<x-daemon>a 1</x-daemo>", "<x-daemon>a 1"])
    func broken(_ element: String) {
        #expect(throws: WireError.self) { try ServerMessage(Self.reply(Self.network + element)) }
    }

    /// An unknown element like any other.
    @Test func withoutTheMarkerItSaysNothing() throws {
        let text = Self.reply("\(Self.network)<x-daemon>whatever<b/></x-daemon>", marked: false)
        #expect(try ServerMessage(text) == .location(address: "", port: 1))
        #expect(try ClientMessage("<msg verb=\"4\" step=\"8\"><x-daemon>?</x-daemon></msg>") == .discover(extended: false))
        #expect(throws: WireError.self) { try ServerMessage(Self.reply("\(Self.network)<x-daemon a=\"1\"/>", marked: false)) }
    }

    /// In other messages it is foreign, whatever its text says, but it must be text.
    @Test func elsewhereItIsForeign() throws {
        let element = "<x-daemon>not a note</x-daemon>"
        #expect(try ServerMessage("<msg verb=\"2\" step=\"16\" x=\"1\">\(element)<answer rc=\"0\"/></msg>") == .unlocked)
        let lock = try ClientMessage(
            "<msg verb=\"1\" step=\"8\" x=\"1\">\(element)<session \(ExtensionTests.secretAttribute)/><resource name=\"UjE=\"/></msg>"
        )
        #expect(lock.asLock?.name == Array("R1".utf8))
    }

    @Test func unmarkedNothingOfOursIsSaid() throws {
        #expect(
            try ClientMessage.discover(extended: false, note: note).encoded() == ClientMessage.discover(extended: false).encoded()
        )
        #expect(ServerMessage.location(address: "", port: 36329).encoded().count == 113)
    }

    @Test func theLongestFits() throws {
        let longest = try #require(
            DiscoveryNote(daemonID: String(repeating: "x", count: 64), createdAtMicroseconds: .max))
        #expect(try ClientMessage.discover(extended: true, note: longest).encoded().count < 511)
        let host = String(repeating: "h", count: 253)
        #expect(ServerMessage.location(address: host, port: .max, note: longest).encoded().count < 1023)
    }

    @Test(arguments: [("", 0), ("a b", 0), ("a", -1), ("ä", 0), ("a<", 0), (String(repeating: "a", count: 65), 0)])
    func impossible(_ id: String, _ time: Int) {
        #expect(DiscoveryNote(daemonID: id, createdAtMicroseconds: Int64(time)) == nil)
    }

    @Test(arguments: [("b", 1, "a", 2, true), ("a", 2, "b", 1, false), ("a", 1, "b", 1, true), ("a", 1, "a", 1, false)])
    func seniority(_ id: String, _ time: Int, _ otherID: String, _ otherTime: Int, _ isSenior: Bool) throws {
        let one = try #require(DiscoveryNote(daemonID: id, createdAtMicroseconds: Int64(time)))
        let other = try #require(DiscoveryNote(daemonID: otherID, createdAtMicroseconds: Int64(otherTime)))
        #expect(one.isSenior(to: other) == isSenior)
    }
}
