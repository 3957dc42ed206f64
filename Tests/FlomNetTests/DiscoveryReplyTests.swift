import FlomNet
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import NIOCore
import NIOPosix
import Testing

/// What a client makes of the datagrams that come back.
@Suite(.enabled(if: Group.refusal(.ipv4) == nil, "no multicast over the loopback interface")) struct DiscoveryReplyTests {
    /// One who has seen a query may answer it with anything: `replies` from the group's port, `others` from another one.
    private func discover(
        _ group: Group, answeredBy replies: [[UInt8]], andFromElsewhere others: [[UInt8]] = [], timeout: Int64 = 2000
    ) throws -> (found: [FoundDaemon], steps: [DiscoveryStep]) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let member = RawDatagramSocket(member: group)
        let served = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [member = NIOLoopless(member)] in
            guard let query = member.value.receive() else { return false }
            let elsewhere = RawDatagramSocket()
            for bytes in others { elsewhere.send(bytes, to: query.source) }
            for bytes in replies { member.value.send(bytes, to: query.source) }
            return true
        }
        let result = try group.discover(attempts: 1, timeout: timeout)
        #expect(try served.wait(), "the query did not arrive")
        return result
    }

    static func reply(_ address: String, port: String = "28020") -> [UInt8] {
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\" ?><msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\(address)\" port=\"\(port)\"/></msg>"
        return Array(text.utf8)
    }

    static let bad: [(String, [UInt8])] = [
        ("empty", []), ("garbage", Array("garbage</msg>".utf8)), ("binary", [0, 1, 2, 0xFF]),
        ("half", Array(reply("").dropLast(3))),
        ("query", Array("<msg level=\"3\" verb=\"4\" step=\"8\"></msg>".utf8)),
        ("answer", Array("<msg level=\"3\" verb=\"1\" step=\"16\"><answer rc=\"0\"/></msg>".utf8)),
        ("level 4", Array("<msg level=\"4\" verb=\"4\" step=\"16\"><network address=\"\" port=\"1\"/></msg>".utf8)),
        ("no network", Array("<msg level=\"3\" verb=\"4\" step=\"16\"></msg>".utf8)),
        ("no port", Array("<msg level=\"3\" verb=\"4\" step=\"16\"><network address=\"\"/></msg>".utf8)),
        ("port 0", reply("", port: "0")), ("port 65536", reply("", port: "65536")), ("port x", reply("", port: "x")),
        (
            "bad note",
            Array(
                "<msg level=\"3\" verb=\"4\" step=\"16\" x=\"1\"><network address=\"\" port=\"1\"/><x-daemon>?</x-daemon></msg>"
                    .utf8)
        ),
        ("1024 bytes", reply("") + [UInt8](repeating: 0x20, count: 1024 - reply("").count)),
        ("60000 bytes", reply("") + [UInt8](repeating: 0x20, count: 60_000)),
        ("a group", reply("224.0.0.1")), ("two words", reply("a b")), ("an option", reply("-h")), ("not a name", reply("a/b")),
        ("a long name", reply(String(repeating: "a", count: 254))), ("another link", reply("fe80::1")),
        ("an interface of another host", reply("fe80::1%nosuchif")),
    ]

    @Test(arguments: bad.map(\.0)) func ignored(_ name: String) throws {
        let bytes = try #require(Self.bad.first { $0.0 == name }).1
        let (found, steps) = try discover(Group.make(), answeredBy: [bytes, Self.reply("127.0.0.1")])
        #expect(found.map(\.place) == [.address(Loopback.address(.ipv4, port: 28020))])
        #expect(steps.count { if case .ignored = $0 { true } else { false } } == 1)
    }

    @Test func allOfThemAtOnce() throws {
        let (found, steps) = try discover(Group.make(), answeredBy: Self.bad.map(\.1), timeout: 100)
        #expect(found.isEmpty)
        #expect(steps.last == .noReply)
        #expect(steps.count { if case .ignored = $0 { true } else { false } } == Self.bad.count)
    }

    /// Another program's datagram, well formed or not.
    @Test func notFromTheGroupsPort() throws {
        let (found, steps) = try discover(
            Group.make(), answeredBy: [Self.reply("", port: "2")], andFromElsewhere: [Self.reply("", port: "1")])
        #expect(found.map(\.port) == [2])
        #expect(steps.count { if case .ignored = $0 { true } else { false } } == 1)
    }

    @Test(
        arguments: [
            ("", .address(Loopback.address(.ipv4, port: 28020))), ("0.0.0.0", .address(Loopback.address(.ipv4, port: 28020))),
            ("::", .address(Loopback.address(.ipv4, port: 28020))),
            ("192.0.2.9", .address(InternetAddress(text: "192.0.2.9", port: 28020)!)),
            ("2001:db8::9", .address(InternetAddress(text: "2001:db8::9", port: 28020)!)),
            ("fe80::1%lo", .address(InternetAddress(text: "fe80::1%lo", port: 28020)!)),
            ("mojan", .host("mojan")), ("build-7.example.org", .host("build-7.example.org")),
        ] as [(String, FoundDaemon.Place)])
    func announced(_ address: String, _ place: FoundDaemon.Place) throws {
        let (found, _) = try discover(Group.make(), answeredBy: [Self.reply(address) + [0x0A]])
        #expect(found.map(\.place) == [place])
        #expect(found.first?.note == nil)
    }

    @Test func aNameIsLookedUpWhenItIsNeeded() throws {
        let (found, _) = try discover(Group.make(), answeredBy: [Self.reply("localhost")])
        let addresses = try #require(found.first).addresses(until: .never)
        #expect(!addresses.isEmpty && addresses.allSatisfy { $0.isLoopback && $0.port == 28020 })
    }

    /// A flood does not fill the memory.
    @Test func manyDaemons() throws {
        let (found, _) = try discover(Group.make(), answeredBy: (1...200).map { Self.reply("192.0.2.9", port: "\($0)") })
        #expect(1...64 ~= found.count)
    }
}

/// A value that one thread at a time uses: the test waits for the other's end.
struct NIOLoopless<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }
}
