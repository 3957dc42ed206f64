import FlomTestKit
import Foundation
import Testing

/// FLoM 1.7.2's clients with flom's daemon over TCP: the answers are byte for byte those of their own daemon.
@Suite(.enabled(if: HostNetwork.isPossible, "\(HostNetwork.need)"))
struct LegacyNetworkClientTests {
    private static let group = "239.255.0.1"

    /// A daemon on mojan.
    private func stage() async throws -> HostNetwork {
        let net = try await HostNetwork()
        let started = try await net.mojan.flom("-a", "192.168.1.2", "-A", Self.group, "-d", "-1", "-I", "100", "--", "true")
        guard started.status == 0 else {
            net.close()
            throw NeverHappened(description: "no daemon: \(started)")
        }
        return net
    }

    private func client(_ host: NetworkHost) async throws -> LegacyClient {
        LegacyClient(try await host.rawClient(to: "192.168.1.2"))
    }

    @Test func lockQueueLateGrantAndUnlock() async throws {
        let net = try await stage()
        defer { net.close() }
        let (one, two) = (try await client(net.presanella), try await client(net.tonale))
        #expect(try await one.lock("R1") == 0)
        #expect(try await two.lock("R1") == 1)
        #expect(two.hearsNothing)
        try await one.unlock("R1")
        try await one.disconnect()
        #expect(try await two.laterAnswer() == 0)
        try await two.unlock("R1")
        try await two.disconnect()
        // Neither leaves a trace.
        #expect(try await net.presanella.flom("-a", "192.168.1.2", "-d", "0", "-r", "R1", "-o", "0", "--", "true").status == 0)
    }

    @Test func sharedAndExclusiveModes() async throws {
        let net = try await stage()
        defer { net.close() }
        let readers = [try await client(net.presanella), try await client(net.tonale)]
        for reader in readers { #expect(try await reader.lock("R1", mode: 3) == 0) }
        let writer = try await client(net.presanella)
        #expect(try await writer.lock("R1", mode: 5) == 1)
        for reader in readers {
            #expect(writer.hearsNothing)
            try await reader.unlock("R1")
            try await reader.disconnect()
        }
        #expect(try await writer.laterAnswer() == 0)
    }

    @Test func busyAndCreateNo() async throws {
        let net = try await stage()
        defer { net.close() }
        let holder = try await client(net.presanella)
        #expect(try await holder.lock("R1") == 0)
        let busy = try await client(net.tonale)
        #expect(try await busy.lock("R1", wait: false) == 4)
        try await busy.disconnect()
        let hasty = try await client(net.tonale)
        #expect(try await hasty.lock("R2", wait: false, create: false) == 5)
        try await hasty.disconnect()

        // Waits until another client creates the resource, and then for the lock.
        let patient = try await client(net.tonale)
        #expect(try await patient.lock("R3", create: false) == 2)
        let creator = try await client(net.presanella)
        #expect(try await creator.lock("R3") == 0)
        #expect(try await patient.laterAnswer() == 1)
        try await creator.unlock("R3")
        try await creator.disconnect()
        #expect(try await patient.laterAnswer() == 0)
        try await patient.unlock("R3")
        try await patient.disconnect()
    }

    /// The timeout is the client's: it half-closes without an unlock, and its place in the queue is gone.
    @Test func aTimeoutLeavesTheQueue() async throws {
        let net = try await stage()
        defer { net.close() }
        let holder = try await client(net.presanella)
        #expect(try await holder.lock("R1") == 0)
        let waiter = try await client(net.tonale)
        #expect(try await waiter.lock("R1") == 1)
        try await waiter.disconnect()
        let next = try await client(net.tonale)
        #expect(try await next.lock("R1") == 1)
        try await holder.unlock("R1")
        #expect(try await next.laterAnswer() == 0)
    }

    /// Its lock ends with its connection, however that ends.
    @Test func aLostConnectionFreesTheLock() async throws {
        let net = try await stage()
        defer { net.close() }
        for isReset in [false, true] {
            let waiter: LegacyClient
            do {
                let holder = try await net.presanella.rawClient(to: "192.168.1.2")
                try await holder.send(LegacyMessages.lock("R1"))
                #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
                waiter = try await client(net.tonale)
                #expect(try await waiter.lock("R1") == 1)
                if isReset { holder.reset() }
            }
            #expect(try await waiter.laterAnswer() == 0)
            try await waiter.unlock("R1")
            try await waiter.disconnect()
        }
    }

    @Test func anInvalidNameIsAnsweredAsKnown() async throws {
        let net = try await stage()
        defer { net.close() }
        let wrong = try await client(net.presanella)
        #expect(try await wrong.lock("R 1") == -14)
        try await wrong.disconnect()
    }

    /// 1.7.2's own bytes, between flom's clients, whose queue it shares.
    @Test func byteForByteAmongClientsOfOurs() async throws {
        let net = try await stage()
        defer { net.close() }
        let place = ["-a", "192.168.1.2", "-d", "0"]
        let ours = try await net.presanella.hold("R1", place)
        let old = try await net.tonale.rawClient(to: "192.168.1.2")
        try await old.send(LegacyMessages.lock("R1"))
        #expect(try await old.receive() == LegacyMessages.firstAnswer(1))
        let next = try await net.presanella.queue(for: "R1", place, at: net.mojan, ["echo", "ran"])
        try await ours.letGo()
        #expect(try await old.receive() == LegacyMessages.laterAnswer(0))
        #expect(next.isRunning && next.outputSoFar.isEmpty)
        try await old.send(LegacyMessages.unlock("R1"))
        #expect(try await next.wait().output == "ran\n")
        // The unlock is not answered; the half-close is answered by the end of the connection.
        #expect(old.hearsNothing)
        old.halfClose()
        #expect(try await old.receive() == nil)
    }

    // MARK: - Discovery

    private func ask(_ socket: DatagramSocket, _ query: String) async throws -> String {
        try socket.send(Array(query.utf8), to: Self.group)
        return String(decoding: try await socket.receive().bytes, as: UTF8.self)
    }

    @Test func discoveryTellsTheAddressAndPort() async throws {
        let net = try await stage()
        defer { net.close() }
        for host in [net.presanella, net.mojan] {
            let reply = try await ask(try host.datagrams(), LegacyDiscovery.query)
            #expect(reply == LegacyDiscovery.reply(address: "192.168.1.2", port: 28015))
        }
        // Ways to write a query that 1.7.2 accepts, from other implementations.
        let odd = [
            LegacyDiscovery.query.replacing(LegacyMessages.declaration, with: ""), LegacyDiscovery.query + "\n",
            LegacyDiscovery.query.replacing(#"step="8""#, with: #"step="8" more="1""#),
            LegacyDiscovery.query.replacing("</msg>", with: "<hello></hello></msg>"),
            LegacyDiscovery.query.replacing("</msg>", with: #"<session peerid="1" other="2"/></msg>"#),
        ]
        for query in odd {
            let reply = try await ask(try net.presanella.datagrams(), query)
            #expect(reply == LegacyDiscovery.reply(address: "192.168.1.2", port: 28015), "\(query)")
        }
    }

    @Test func discoveryOfAMulticastDaemonHasAnEmptyAddress() async throws {
        let net = try await HostNetwork()
        defer { net.close() }
        #expect(try await net.mojan.flom("-A", Self.group, "-d", "-1", "-I", "200", "--", "true").status == 0)
        let port = try #require(net.mojan.recorded("port").flatMap { UInt16($0) })
        let reply = try await ask(try net.presanella.datagrams(), LegacyDiscovery.query)
        #expect(reply == LegacyDiscovery.reply(address: "", port: port))
        if port > 9999 { #expect(reply.utf8.count == 113) }
        let client = LegacyClient(try await net.presanella.rawClient(to: "192.168.1.2", port: port))
        #expect(try await client.lock("R1") == 0)
        try await client.unlock("R1")
        try await client.disconnect()
    }
}

/// The stand-in for the client itself: it must fail on input that would harm the real client.
@Suite struct LegacyClientItselfTests {
    private static let harmful: [(String, String)] = [
        ("a grant in step 24", LegacyMessages.laterAnswer(0)),
        ("rc 3", LegacyMessages.firstAnswer(3)),
        ("1024 bytes", LegacyMessages.firstAnswer(0).replacing("<answer", with: String(repeating: " ", count: 900) + "<answer")),
        ("the marker", LegacyMessages.firstAnswer(0).replacing(#"step="16""#, with: #"step="16" x="1""#)),
        ("an attribute of ours", LegacyMessages.firstAnswer(0).replacing("rc=", with: #"x-fence="1" rc="#)),
        ("no rc", LegacyMessages.firstAnswer(0).replacing(#"rc="0""#, with: "")),
        ("another level", LegacyMessages.firstAnswer(0).replacing(#"level="3""#, with: #"level="4""#)),
        ("an unknown element with an attribute", LegacyMessages.firstAnswer(0).replacing("</msg>", with: #"<y z="1"/></msg>"#)),
        ("no end", String(LegacyMessages.firstAnswer(0).dropLast())),
    ]

    /// An answer of a daemon, and the reaction of the client.
    private func hear(_ answers: [String], _ body: (LegacyClient) async throws -> Void) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try LegacyDaemon(box.socket)
        let client = LegacyClient(try await RawClient(box.socket))
        let session = try await daemon.accept()
        for answer in answers { try await session.answer(answer) }
        session.hangUp()
        try await body(client)
    }

    @Test(arguments: harmful)
    func itFailsOnWhatWouldHarmTheRealOne(name: String, answer: String) async throws {
        try await hear([answer]) { (client) async throws in
            await #expect(throws: (any Error).self, "\(name)") { try await client.lock("R1") }
        }
    }

    @Test(arguments: [2, 3, 4, 5, 6, -14])
    func itFailsOnARefusalInStep24(code: Int) async throws {
        try await hear([LegacyMessages.firstAnswer(1), LegacyMessages.laterAnswer(code)]) { (client) async throws in
            #expect(try await client.lock("R1") == 1)
            await #expect(throws: Harm.self) { try await client.laterAnswer() }
        }
    }

    @Test(arguments: ["\n", LegacyMessages.laterAnswer(0)])
    func itFailsOnWhatFollowsTheLastAnswer(rest: String) async throws {
        try await hear([LegacyMessages.firstAnswer(0) + rest]) { (client) async throws in
            #expect(try await client.lock("R1") == 0)
            await #expect(throws: (any Error).self) { try await client.disconnect() }
        }
    }

    @Test func itAcceptsWhatARealDaemonSends() async throws {
        try await hear([LegacyMessages.firstAnswer(2), LegacyMessages.laterAnswer(1), LegacyMessages.laterAnswer(0)]) {
            (client) async throws in
            #expect(try await client.lock("R1") == 2)
            #expect(try await client.laterAnswer() == 1)
            #expect(try await client.laterAnswer() == 0)
            try await client.unlock("R1")
            try await client.disconnect()
        }
    }
}
