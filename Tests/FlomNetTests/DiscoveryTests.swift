import FlomNet
import FlomNetCore
import FlomSystem
import FlomWire
import Glibc
import NIOCore
import NIOPosix
import Testing

private let ipv4Refusal = Group.refusal(.ipv4)
private let ipv6Refusal = Group.refusal(.ipv6)

/// The dialogue of client and responder over the loopback interface.
@Suite(.enabled(if: ipv4Refusal == nil, "\(ipv4Refusal ?? "")")) struct DiscoveryTests {
    private func expectFound(in group: Group) throws {
        let responder = try RunningResponder(group, answer: .init(address: "", port: 36329, note: note("d", 7)))
        defer { responder.stop() }
        let (found, steps) = try group.discover()
        let daemon = try #require(found.first)
        #expect(found.count == 1)
        // The datagram's source, with the announced port.
        let addresses = try daemon.addresses(until: .never)
        #expect(group.interfaces[0].addresses.map { $0.text }.contains(daemon.source.text))
        #expect(addresses.map { $0.text } == [daemon.source.text])
        #expect((addresses[0].port, daemon.source.port) == (36329, group.address.port))
        #expect((daemon.port, daemon.daemonID, daemon.createdAtMicroseconds) == (36329, "d", 7))

        let query = String(decoding: try encoded(.discover(extended: true)), as: UTF8.self)
        #expect(steps.count == 3)
        #expect(steps.prefix(2) == [.using(group: group.address), .sending(xml: query)])
        guard case .reply(from: daemon.source, let xml)? = steps.last else { throw Unexpected(steps) }
        #expect(xml.contains("<network address=\"\" port=\"36329\"/><x-daemon>d 7</x-daemon>"))
    }

    @Test func foundOverIPv4() throws { try expectFound(in: Group.make()) }

    @Test(.enabled(if: ipv6Refusal == nil, "\(ipv6Refusal ?? "")")) func foundOverIPv6() throws {
        try expectFound(in: Group.make(.ipv6))
    }

    @Test(.enabled(if: ipv6Refusal == nil, "\(ipv6Refusal ?? "")")) func foundOnALink() throws {
        try expectFound(in: #require(Group.makeOfLink()))
    }

    @Test func nobodyAnswers() throws {
        let group = Group.make()
        let started = Clock.boottimeNanoseconds()
        let (found, steps) = try group.discover(attempts: 3, timeout: 20)
        #expect(found.isEmpty)
        #expect(steps.filter { $0 == .noReply }.count == 3)
        #expect(steps.count == 1 + 3 * 2)
        #expect(Clock.boottimeNanoseconds() - started >= 60_000_000)
    }

    @Test func theDeadlineEndsIt() throws {
        let group = Group.make()
        let found = try DiscoveryClient.discover(
            group.discovery(attempts: 1000, timeout: 60_000), interfaces: group.interfaces, until: .after(milliseconds: 30))
        #expect(found.isEmpty)
    }

    /// A daemon that was not there, or whose datagram was lost, is found by the second attempt.
    @Test func aLostDatagramCostsOneTimeout() throws {
        let group = Group.make()
        var responder: RunningResponder?
        defer { responder?.stop() }
        let (found, steps) = try group.discover(attempts: 2, timeout: 300) { step in
            if step == .noReply { responder = try? RunningResponder(group, answer: .init(address: "", port: 1)) }
        }
        #expect(found.count == 1)
        #expect(steps.filter { $0 == .noReply }.count == 1)
    }

    @Test func twoDaemonsTheSeniorFirst() throws {
        let group = Group.make()
        let responders = try [
            RunningResponder(group, answer: .init(address: "", port: 1001, note: note("young", 2000))),
            RunningResponder(group, answer: .init(address: "", port: 1002, note: note("old", 1000))),
        ]
        defer { for responder in responders { responder.stop() } }
        let (found, _) = try group.discover()
        #expect(found.map(\.daemonID) == ["old", "young"])
        #expect(found.map(\.port) == [1002, 1001])
    }

    /// As on a host that is reached over several interfaces.
    @Test func oneDaemonThatAnswersTwice() throws {
        let group = Group.make()
        let answer = DiscoveryResponder.Answer(address: "", port: 1001, note: note("same", 1))
        let responders = try [RunningResponder(group, answer: answer), RunningResponder(group, answer: answer)]
        defer { for responder in responders { responder.stop() } }
        let (found, steps) = try group.discover()
        #expect(found.count == 1)
        #expect(steps.count { if case .reply = $0 { true } else { false } } == 2)
    }

    /// 1.7.2 on this host, found over two of its addresses, is one; ours goes before it.
    @Test func oldDaemonsBesideOurs() throws {
        let group = Group.make()
        let responders = try [
            RunningResponder(group, answer: .init(address: "127.0.0.1", port: 1001)),
            RunningResponder(group, answer: .init(address: "127.0.0.2", port: 1001)),
            RunningResponder(group, answer: .init(address: "127.0.0.1", port: 1002)),
            RunningResponder(group, answer: .init(address: "", port: 1003, note: note("ours", 1))),
        ]
        defer { for responder in responders { responder.stop() } }
        let (found, _) = try group.discover()
        #expect(found.first?.port == 1003)
        #expect(Set(found.dropFirst().map(\.port)) == [1001, 1002])
        #expect(found.count == 3)
    }

    /// A starter is heard by the daemons that listen, which need not answer.
    @Test func startersAreHeard() throws {
        let group = Group.make()
        let heard = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: DiscoveryNote?.self)
        let responder = try RunningResponder(group, answer: nil) { note, source in
            #expect(source.isLoopback)
            heard.succeed(note)
        }
        defer { responder.stop() }
        let (found, _) = try group.discover(attempts: 1, timeout: 20, note: note("starter", 5))
        #expect(found.isEmpty)
        #expect(try heard.futureResult.wait() == note("starter", 5))
    }

    @Test func theAnswerMayComeLater() throws {
        let group = Group.make()
        let responder = try RunningResponder(group, answer: nil)
        defer { responder.stop() }
        try responder.run { $0.answer = .init(address: "", port: 5) }
        #expect(try group.discover().found.map(\.port) == [5])
    }

    @Test(arguments: ["192.0.2.1", "::1", "0.0.0.0"]) func noGroup(_ text: String) throws {
        let address = try #require(InternetAddress(text: text, port: 28015))
        let error = try #require(
            failure { () throws(NetworkError) in try DiscoveryClient.discover(Discovery(group: address), interfaces: []) })
        #expect(error.kind == .refused)
        #expect(error.sentence.contains("'\(text)' is no multicast address"), "\(error.sentence)")
    }

    @Test func nowhereToSend() throws {
        let group = Group.make()
        let none = failure { () throws(NetworkError) in try DiscoveryClient.discover(group.discovery(), interfaces: []) }
        #expect(none?.kind == .failed)
        #expect(none?.sentence.contains("\(group.address)") == true)
        // A group on one interface is asked on no other.
        var elsewhere = Discovery(group: try #require(InternetAddress(text: "ff02::77%4000000", port: group.address.port)))
        elsewhere.timeoutMilliseconds = 1
        #expect(throws: NetworkError.self) { try DiscoveryClient.discover(elsewhere, interfaces: group.interfaces) }
    }

    struct Unexpected: Error {
        let steps: [DiscoveryStep]
        init(_ steps: [DiscoveryStep]) { self.steps = steps }
    }
}

func encoded(_ message: ClientMessage) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try message.encode(into: &bytes)
    return bytes
}
