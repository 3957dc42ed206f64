import FlomModel
import FlomWire
import Testing

/// What 1.7.2's client takes from a daemon, and what it ends on. In two things ours is stricter than 1.7.2, which believes
/// itself granted: an answer without a return code, and a return code that nobody knows.
@Suite struct ServerToleranceTests {
    static let session = "<session peerid=\"\(machineID)\"/>"

    @Test(arguments: [
        "<msg level=\"3\" verb=\"1\" step=\"16\">\(session)<answer rc=\"0\"/></msg>",
        "\n <msg step=\"16\"\n verb=\"1\" level=\"3\">\n  <answer rc=\"0\"/>\n  \(session)\n</msg>\n",
        "<msg a=\"1\" level=\"3\" verb=\"1\" step=\"16\" b=\"2\"><session a=\"1\" peerid=\"\(machineID)\" b=\"2\"/><answer a=\"1\" rc=\"0\" b=\"2\"/></msg>",
        "<msg level=\"3\" verb=\"1\" step=\"16\"><new/>\(session)<answer rc=\"0\"><new>text<new/></new></answer><new>text</new></msg>",
        "<msg level=\"3\" verb=\"1\" step=\"16\"><resource rollback=\"x\" mode=\"x\"/><network a=\"1\"/><shutdown a=\"1\"/>\(session)<answer rc=\"0\"/></msg>",
        "<msg level=\"3\" verb=\"1\" step=\"16\">\(session)<answer rc=\"0\"/><answer x=\"1\"/></msg>",
        // Not the marker.
        "<msg level=\"3\" verb=\"1\" step=\"16\">\(session)<answer rc=\"0\" x-fence=\"bad\" x-pos=\"bad\"/></msg>",
    ])
    func granted(_ text: String) throws {
        #expect(try ServerMessage(text) == answer(.first, .granted))
    }

    @Test(arguments: [
        ("<msg verb=\"1\" step=\"16\"><answer rc=\"0\"/></msg>", answer(.first, .granted) { $0.peerID = nil }),
        ("\n<msg verb=\"1\" step=\"24\" a=\"1\"><answer rc=\"1\" a=\"1\"/><new/></msg>", answer(.later, .queued)),
        ("<msg verb=\"1\" step=\"24\"><session peerid=\"m\"/><answer rc=\"0\" element=\"a&amp;b\"/></msg>", element("a&b")),
        ("<msg verb=\"1\" step=\"24\"><answer rc=\"0\" element=\"\"/></msg>", element("")),
        ("<msg verb=\"1\" step=\"32\"><answer rc=\"6\"/></msg>", answer(.final, .impossible)),
        (
            "<msg verb=\"4\" step=\"16\"><session a=\"1\"/><new/><network port=\"1\" address=\"::1\"/></msg>",
            .location(address: "::1", port: 1)
        ),
    ])
    func accepted(_ text: String, _ message: ServerMessage) throws {
        #expect(try ServerMessage(text) == message)
    }

    private static func element(_ text: String) -> ServerMessage { answer(.later, .granted) { $0.element = Array(text.utf8) } }

    @Test(arguments: [
        ("<msg level=\"3\" verb=\"1\" step=\"16\"><new a=\"1\"/><answer rc=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"24\"><answer rc=\"0\"/><new a=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"2\" verb=\"1\" step=\"16\"><answer rc=\"0\"/></msg>", "levelMismatch"),
        ("<msg level=\"3\" verb=\"2\" step=\"16\"><answer rc=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"16\" x=\"1\"><answer rc=\"4\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"24\" x=\"1\"><answer rc=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><answer rc=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"40\"><answer rc=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"272\"><answer rc=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"3\" step=\"8\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\"><answer element=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\"><answer rc=\"7\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"24\"><answer rc=\"\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"24\"><answer rc=\"0x\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"><network port=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\" port=\"0\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\" port=\"65536\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\" port=\"1\" a=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\" x=\"1\"><answer rc=\"1\" x-pos=\"0\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\" x=\"1\"><answer rc=\"0\" x-fence=\"-1\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\" x=\"1\"><answer rc=\"0\" x-fence=\"9007199254740992\"/></msg>", "malformed"),
    ])
    func refused(_ text: String, _ kind: String) {
        #expect(throws: WireError.self) { try ServerMessage(text) }
        do { _ = try ServerMessage(text) } catch { #expect("\(error)".hasPrefix(kind), "\(error)") }
    }
}
