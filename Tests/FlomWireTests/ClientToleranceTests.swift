import FlomModel
import FlomWire
import Testing

/// What 1.7.2's daemon takes from a client, in a first message and in later ones, and what it closes the connection on or
/// dies of. Ours throws in the latter two cases.
@Suite struct ClientToleranceTests {
    static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>"
    static let resource = "<resource name=\"UjE=\" mode=\"5\" wait=\"1\" create=\"1\" lifespan=\"0\"/>"
    static let session = "<session peerid=\"\(machineID)\"/>"

    /// All of them say the same as the captured request for R1.
    @Test(arguments: [
        "<msg level=\"3\" verb=\"1\" step=\"8\">\(session)\(resource)</msg>",
        "\(declaration)\n  <msg level=\"3\" verb=\"1\" step=\"8\">\n\t\(session)\r\n \(resource)\n</msg>",
        "\n\(declaration)<msg level='3' verb='1' step='8'>\(session)\(resource)</msg>",
        "<msg level = \"3\"\n verb= \"1\" step =\"8\" >\(session)\(resource)</msg>",
        "<msg level=\"3\"verb=\"1\"step=\"8\">\(session)\(resource)</msg>",
        "<!-- a > b --><!DOCTYPE msg SYSTEM \"a>b\"><?pi with ? and > ?><msg level=\"3\" verb=\"1\" step=\"8\">\(session)\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\">text &amp; &#65;<!-- c --><![CDATA[<a & b>]]><?pi?>\(session)\(resource)text</msg>",
        "<?xml version=\"1.0\" encoding=\"ISO-8859-15\" ?><msg level=\"3\" verb=\"1\" step=\"8\">\(session)\(resource)</msg>",
        "<msg step=\"8\" verb=\"1\" level=\"3\">\(session)\(resource)</msg>",
        "<msg id=\"4711\" xmlns:a=\"b\" level=\"3\" verb=\"1\" step=\"8\" y=\"&lt;&#x41;\">\(session)\(resource)</msg>",
        "<msg verb=\"9\" verb=\"1\" step=\"8\">\(session)\(resource)</msg>",
        "<msg verb=\"1\" step=\"8\">\(session)\(resource)</msg>",
        "<msg level=\"03\" verb=\"01\" step=\" 8\">\(session)\(resource)</msg>",
        "<msg level=\" 3\" verb=\"+1\" step=\"&#56;\">\(session)\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\"><session x-user=\"u\" x_user=\"u\" x.user=\"u\" ext:user=\"u\" _x=\"u\" ä=\"ö\" peerid=\"\(machineID)\"/>\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\">\(session)<resource a=\"1\" name=\"UjE=\" b=\"2\" mode=\"5\" wait=\"1\" create=\"1\" lifespan=\"0\" x-y=\"3\"/></msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\"><a/><b></b>\(session)<c>text<d/></c><resource name=\"UjE=\" mode=\"5\" wait=\"1\" create=\"1\"><e/></resource></msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\"><answer rc=\"x\" foo=\"1\"/><network foo=\"1\" port=\"x\"/><shutdown foo=\"1\"/>\(session)\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\">\(session)<resource name=\"eA==\" mode=\"1\" wait=\"0\"/>\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\"><session peerid=\"x\"/>\(session)<session/>\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\"><msg level=\"3\" verb=\"1\" step=\"8\"/>\(session)\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\">\(session)\(resource)</msg >",
        "<msg level=\"3\" verb=\"1\" step=\"8\">\(session)<resource name=\" U jE= \" mode=\"05\" wait=\"7\" create=\"-1\" lifespan=\" 0\"/></msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\">\(session)<resource name=\"Uj&#69;=\" mode=\"5\" wait=\"1\" create=\"1\" lifespan=\"0\"/></msg>",
        // Not the marker: attributes of ours mean nothing then.
        "<msg level=\"3\" verb=\"1\" step=\"8\" x=\"0\"><session peerid=\"\(machineID)\" x-sess=\"bad\" x-pid=\"bad\"/>\(resource)</msg>",
        "<msg level=\"3\" verb=\"1\" step=\"8\" x=\"one\">\(session)\(resource)</msg>",
    ])
    func sameRequest(_ text: String) throws {
        #expect(try ClientMessage(text) == lock("R1") { $0.mode = 5 })
    }

    @Test(arguments: [
        ("<resource name=\"UjE=\"/>", LockMessage(name: Array("R1".utf8))),
        ("<session/><resource name=\"\"/>", LockMessage(name: [])),
        ("<resource name=\"UjE\"/>", LockMessage(name: [])),
        ("<resource name=\"!!\"/>", LockMessage(name: [])),
        ("<resource name=\"UgBFMQ==\"/>", LockMessage(name: Array("R".utf8))),
        ("<resource name=\"UjE=\" mode=\"-1\" quantity=\"-2147483648\" lifespan=\"2147483647\"/>", extremes),
        ("<session peerid=\"\"/><resource name=\"UjE=\"/>", emptyPeerID),
        ("<session peerid=\"a&amp;&#x1D11E;>\n\"/><resource name=\"UjE=\"/>", oddPeerID),
    ])
    func locks(_ content: String, _ message: LockMessage) throws {
        #expect(try ClientMessage("<msg level=\"3\" verb=\"1\" step=\"8\">\(content)</msg>") == .lock(message))
    }

    static let extremes = changed { message in
        message.mode = -1
        message.quantity = .min
        message.idleLifespanMilliseconds = .max
    }
    static let emptyPeerID = changed { $0.peerID = "" }
    static let oddPeerID = changed { $0.peerID = "a&𝄞>\n" }

    private static func changed(_ change: (inout LockMessage) -> Void) -> LockMessage {
        var message = LockMessage(name: Array("R1".utf8))
        change(&message)
        return message
    }

    @Test(arguments: [
        "<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" rollback=\"0\" /></msg>",
        "<msg level=\"3\" verb=\"2\" step=\"8\" y=\"1\"><resource name=\"UjE=\" y=\"1\" x-status=\"bad\"/></msg>",
        "<msg level=\"3\" verb=\"2\" step=\"8\"><x>text</x><session peerid=\"m\" x-user=\"u\"/><resource name=\"UjE=\"/></msg>",
        "<msg level=\"3\" verb=\"2\" step=\"8\"><answer rc=\"x\"/><shutdown a=\"1\"/><network b=\"2\"/><resource name=\"UjE=\"/></msg>",
    ])
    func sameUnlock(_ text: String) throws {
        #expect(try ClientMessage(text) == .unlock(UnlockMessage(name: Array("R1".utf8))))
    }

    @Test func discoveryIgnoresForeignElements() throws {
        let foreign =
            "<session x=\"1\"/><resource mode=\"x\"/><answer rc=\"x\"/><network a=\"1\"/><shutdown a=\"1\"/><new>text</new>"
        #expect(try ClientMessage("<msg verb=\"4\" step=\"8\" z=\"1\">\(foreign)</msg>\n") == .discover(extended: false))
    }

    // MARK: Refused

    /// Each with the kind of error, as what it is decides what is logged.
    @Test(arguments: [
        ("<msg level=\"0\" verb=\"1\" step=\"8\">\(resource)</msg>", "levelMismatch"),
        ("<msg level=\"2\" verb=\"1\" step=\"8\">\(resource)</msg>", "levelMismatch"),
        ("<msg verb=\"1\" step=\"8\" level=\"4\">\(resource)</msg>", "levelMismatch"),
        ("<msg level=\"4\" level=\"3\" verb=\"1\" step=\"8\">\(resource)</msg>", "levelMismatch"),
        ("<msg verb=\"1\" step=\"8\">\(resource)<msg level=\"4\"/></msg>", "levelMismatch"),
        ("<msg level=\"3x\" verb=\"1\" step=\"8\">\(resource)</msg>", "malformed"),
        ("<msg level=\"\" verb=\"1\" step=\"8\">\(resource)</msg>", "malformed"),
        ("<msg level=\"3\" step=\"8\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"0\" step=\"8\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"9\" step=\"8\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" verb=\"9\" step=\"8\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"16\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"24\">\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\">\(resource)<msg verb=\"2\" step=\"8\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><new a=\"1\"/>\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\">\(resource)<new a=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\">\(resource)<command argv=\"\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><Session a=\"1\"/>\(resource)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" rollback=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\">\(session)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource mode=\"5\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" mode=\"5x\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" mode=\"\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" mode=\"EX\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" mode=\"5 \"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" wait=\"yes\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" quantity=\"2147483648\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" quantity=\"-2147483649\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" create=\"--1\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" lifespan=\"0x10\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"2\" step=\"16\"><resource name=\"UjE=\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource rollback=\"0\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" rollback=\"no\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" mode=\"5\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" wait=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" quantity=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" create=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\" lifespan=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"4\" verb=\"2\" step=\"8\"><resource name=\"UjE=\"/></msg>", "levelMismatch"),
        ("<msg level=\"3\" verb=\"2\" step=\"8\"><resource name=\"UjE=\"/><new a=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"3\" step=\"8\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"3\" step=\"16\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"4\" step=\"16\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"4\" step=\"8\"><new a=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"5\" step=\"8\">\(session)</msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"5\" step=\"8\"><shutdown/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"5\" step=\"8\"><shutdown foo=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"5\" step=\"8\"><shutdown immediate=\"1\" foo=\"1\"/></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"5\" step=\"8\"><shutdown immediate=\"now\"/></msg>", "malformed"),
        ("<msg level=\"3\" verb=\"6\" step=\"8\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"16\" step=\"8\"></msg>", "unexpected"),
        ("<msg level=\"3\" verb=\"18\" step=\"8\"></msg>", "unexpected"),
    ])
    func refused(_ text: String, _ kind: String) {
        #expect(throws: WireError.self) { try ClientMessage(text) }
        do { _ = try ClientMessage(text) } catch { #expect("\(error)".hasPrefix(kind), "\(error)") }
    }

    @Test func theComplaintNamesTheAttribute() {
        do {
            _ = try ClientMessage("<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" lifespan=\"1s\"/></msg>")
            Issue.record("accepted")
        } catch {
            guard case .malformed(let offset, let text) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(offset == "<msg level=\"3\" verb=\"1\" step=\"8\"><resource name=\"UjE=\" lifespan=\"".utf8.count)
            #expect(text.hasPrefix("lifespan "))
        }
    }
}
