import FlomNet
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import NIOCore
import NIOPosix
import Testing

/// What a daemon does with the datagrams of a group.
@Suite(.enabled(if: Group.refusal(.ipv4) == nil, "no multicast over the loopback interface")) struct DiscoveryResponderTests {
    static let query = Array("<?xml version=\"1.0\" encoding=\"UTF-8\" ?><msg level=\"3\" verb=\"4\" step=\"8\"></msg>".utf8)

    static func message(_ verb: Int, _ step: Int, _ content: String = "", level: Int = 3) -> [UInt8] {
        Array("<msg level=\"\(level)\" verb=\"\(verb)\" step=\"\(step)\">\(content)</msg>".utf8)
    }

    /// The unicast way to the responder's port, which costs no membership.
    private func port(of group: Group) -> InternetAddress { Loopback.address(.ipv4, port: group.address.port) }

    /// What 1.7.2's daemon loses its discovery to, or its life.
    static let bad: [(String, [UInt8])] = [
        ("empty", []), ("garbage", Array("garbage".utf8)), ("garbage and an end", Array("garbage</msg>".utf8)),
        ("only an end", Array("</msg>".utf8)), ("binary", (0...255).map { UInt8($0) }), ("no verb", Array("<msg></msg>".utf8)),
        ("level 4", message(4, 8, level: 4)), ("level 0", message(4, 8, level: 0)), ("verb 9", message(9, 8)),
        ("verb 0", message(0, 8)), ("a reply", message(4, 16, "<network address=\"\" port=\"1\"/>")), ("ping", message(3, 8)),
        ("shutdown", message(5, 8, "<session peerid=\"m\"/><shutdown immediate=\"0\"/>")),
        ("immediate shutdown", message(5, 8, "<shutdown immediate=\"1\"/>")),
        ("lock", message(1, 8, "<resource name=\"UjE=\" mode=\"5\" wait=\"1\" create=\"1\" lifespan=\"0\"/>")),
        ("unlock", message(2, 8, "<resource name=\"UjE=\" rollback=\"0\" />")),
        ("an element with an attribute", message(4, 8, "<new a=\"1\"/>")), ("half a query", Array(query.dropLast(4))),
        ("two queries", query + query),
        ("512 bytes", query + [UInt8](repeating: 0x20, count: 512 - query.count)),
        ("513 bytes", query + [UInt8](repeating: 0x20, count: 513 - query.count)),
        ("60000 bytes", query + [UInt8](repeating: 0x20, count: 60_000)),
        ("a bad note", Array("<msg level=\"3\" verb=\"4\" step=\"8\" x=\"1\"><x-daemon>?</x-daemon></msg>".utf8)),
        ("an undefined entity", message(4, 8, "&undefined;")), ("invalid UTF-8", message(4, 8) + [0xC0, 0x80]),
        ("HTTP", Array("GET / HTTP/1.1\r\n\r\n".utf8)), ("a TLS hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]),
    ]

    @Test(arguments: bad.map(\.0)) func survives(_ name: String) throws {
        let bytes = try #require(Self.bad.first { $0.0 == name }).1
        let group = Group.make()
        let responder = try RunningResponder(group, answer: .init(address: "", port: 36329))
        defer { responder.stop() }
        let client = RawDatagramSocket()
        for _ in 0..<3 { client.send(bytes, to: port(of: group)) }
        client.send(Self.query, to: port(of: group))
        // In the order of arrival, so the first answer is that to the query, and there is no other.
        let reply = try #require(client.receive())
        #expect(reply.bytes == Self.locationOf172)
        #expect(try responder.run { !$0.joinedInterfaces.isEmpty })
        #expect(client.receive(wait: false) == nil)
    }

    static let locationOf172 = Array(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" ?><msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\" port=\"36329\"/></msg>"
            .utf8)

    /// 1.7.2's client gets the bytes that 1.7.2's daemon would send, though this one has a note.
    @Test func unmarked() throws {
        let group = Group.make()
        let responder = try RunningResponder(group, answer: .init(address: "", port: 36329, note: note("d", 1)))
        defer { responder.stop() }
        let client = RawDatagramSocket()
        for query in [Self.query, Self.query + [0x0A], Self.message(4, 8, "<new>text</new><answer a=\"1\"/>")] {
            client.send(query, to: port(of: group))
            let reply = try #require(client.receive())
            #expect(reply.bytes == Self.locationOf172)
            #expect(reply.bytes.count == 113)
            #expect(reply.source == port(of: group))
        }
        client.send(try encoded(.discover(extended: true)), to: port(of: group))
        let marked = try #require(client.receive())
        #expect(try ServerMessage(decoding: marked.bytes) == .location(address: "", port: 36329, note: note("d", 1)))
    }

    @Test(arguments: [
        ("10.9.9.1", "10.9.9.1"), ("mojan", "mojan"), ("", ""), ("0.0.0.0", ""), ("::", ""),
        ("fe80::fcbe:deff:fed8:f6aa", "fe80::fcbe:deff:fed8:f6aa"),
    ])
    func announced(_ configured: String, _ sent: String) {
        #expect(DiscoveryResponder.Answer(address: configured, port: 1).address == sent)
    }

    /// Linux gives a socket what any other program has joined, if it is not told otherwise.
    @Test func otherGroupsOnTheSamePort() throws {
        let one = Group.make()
        var bytes = one.address.bytes
        bytes[3] = bytes[3] == 1 ? 2 : 1
        let text = bytes.map { "\($0)" }.joined(separator: ".")
        let other = Group(address: InternetAddress(text: text, port: one.address.port)!, interfaces: one.interfaces)
        let responders = try [
            RunningResponder(one, answer: .init(address: "", port: 1001, note: note("one", 1))),
            RunningResponder(other, answer: .init(address: "", port: 1002, note: note("other", 2))),
        ]
        defer { for responder in responders { responder.stop() } }
        #expect(try one.discover().found.map(\.port) == [1001])
        #expect(try other.discover().found.map(\.port) == [1002])
    }

    @Test func interfacesComeAndGo() async throws {
        let group = Group.make()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let loopback = try #require(group.interfaces.first)
        let joined = try await loop.submit {
            var present: [NetworkInterface] = []
            let responder = DiscoveryResponder(on: loop, group: group.address, interfaces: { present })
            var joined: [[String]] = []
            responder.start { error in #expect(error == nil) }
            for interfaces in [[], [loopback], [loopback], [], [loopback]] {
                present = interfaces
                responder.rescan()
                joined.append(responder.joinedInterfaces)
            }
            responder.stop()
            return joined
        }.get()
        #expect(joined == [[], [loopback.name], [loopback.name], [], [loopback.name]])
    }

    @Test func aTakenPort() throws {
        let group = Group.make()
        let taken = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { close(taken) }
        _ = InternetAddress.wildcard(.ipv4, port: group.address.port).withAddress { bind(taken, $0, $1) }
        do {
            _ = try RunningResponder(group, answer: nil)
            Issue.record("the port is taken")
        } catch let error as NetworkError {
            #expect(error.kind == .refused)
            for word in ["\(group.address.port)", group.address.text, "--multicast-port"] {
                #expect(error.sentence.contains(word), "\(error.sentence)")
            }
        }
    }

    @Test func noGroup() throws {
        let group = Group(address: Loopback.address(.ipv4, port: 9), interfaces: [])
        #expect(throws: NetworkError.self) { try RunningResponder(group, answer: nil) }
    }

    @Test func afterStopItIsSilent() throws {
        let group = Group.make()
        let responder = try RunningResponder(group, answer: .init(address: "", port: 1))
        responder.stop()
        #expect(try group.discover(attempts: 1, timeout: 20).found.isEmpty)
    }
}
