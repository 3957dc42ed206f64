import FlomTestKit
import Testing

/// Wrong or misplaced messages about several resources: they cost their sender the connection, and affect no other client.
@Suite struct PartsRobustnessTests {
    private static func lock(_ attributes: String, name: String = "A", marker: String = #" x="1""#) -> String {
        #"<msg level="3" verb="1" step="8"\#(marker)><session peerid="p" x-sess="AAECAwQFBgcICQoLDA0ODw"\#(attributes)/>"#
            + #"<resource name="\#(LegacyMessages.encoded(name))" mode="5" wait="1" create="1" lifespan="0"/></msg>"#
    }

    private static func parts(_ names: String..., marker: String = #" x="1""#) -> String {
        let parts = names.map { #"<part name="\#(LegacyMessages.encoded($0))" mode="5"/>"# }.joined()
        return #"<msg level="3" verb="20" step="8"\#(marker)>\#(parts)</msg>"#
    }

    private static let tell = LegacyMessages.declaration + #"<msg level="3" verb="20" step="16" x="1"></msg>"#
    private static let two = #" x-parts="2""#

    /// The messages of a client, and how often the daemon asks for the resources before it closes.
    private static let wrong: [(name: String, bytes: String, told: Int)] = [
        ("parts without a lock", parts("A", "B"), 0),
        ("parts without a marker", parts("A", "B", marker: ""), 0),
        ("parts after a lock without marker", lock("", marker: "") + parts("A", marker: ""), 0),
        ("one too few", lock(two) + parts("A"), 1),
        ("one too many", lock(two) + parts("A", "B", "C"), 1),
        ("none", lock(two) + parts(), 1),
        ("65", lock(#" x-parts="65""#), 0),
        ("0", lock(#" x-parts="0""#), 0),
        ("a number that is none", lock(#" x-parts="two""#), 0),
        ("a part with a mode that is none", lock(two) + parts("A", "B").replacing(#"mode="5""#, with: #"mode="x""#), 1),
        ("an unlock instead", lock(two) + LegacyMessages.unlock("A"), 1),
        ("the daemon's own message", lock(two) + tell, 1),
    ]

    @Test(arguments: wrong)
    func itCostsTheConnection(name: String, bytes: String, told: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(bytes)
        for _ in 0..<told { #expect(try await client.receive() == Self.tell) }
        #expect(try await client.receive() == nil)
        #expect(try await box.flom("-d", "0", "-r", "A", "-r", "B", "-o", "0", "--", "true").status == 0)
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    @Test func partsTwiceAreOnceTooOften() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(Self.lock(Self.two) + Self.parts("A", "B"))
        #expect(try await client.receive() == Self.tell)
        #expect(try await client.receive()?.contains(#"rc="0""#) == true)
        try await client.send(Self.parts("C", "D"))
        #expect(try await client.receive() == nil)
        // The grant stands: its process, which is this one, lives.
        #expect(try await box.flom("-d", "0", "-r", "A", "-o", "0", "--", "true").status == 98)
        #expect(try await box.flom("-d", "0", "-r", "C", "-r", "D", "-o", "0", "--", "true").status == 0)
        #expect(box.daemonPID == daemon && ProcessTable.isAlive(daemon))
    }

    /// The names in the parts count, not the name in the first message.
    @Test func untilAllIsToldNothingIsAskedFor() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        var crowd: [RawClient] = []
        for _ in 0..<50 {
            let client = try await RawClient(box.socket)
            try await client.send(Self.lock(Self.two))
            #expect(try await client.receive() == Self.tell)
            crowd.append(client)
        }
        #expect(try await box.flom("-d", "0", "-r", "A", "-r", "B", "-o", "0", "--", "true").status == 0)
        try await crowd[0].send(Self.parts("C", "B"))
        #expect(try await crowd[0].receive()?.contains(#"rc="0""#) == true)
        #expect(try await box.status().map(\.resource) == ["B", "C"])
        #expect(try await box.flom("-d", "0", "-r", "A", "-o", "0", "--", "true").status == 0)
        // Invalid names are refused as for one resource.
        try await crowd[1].send(Self.parts("A", "1R"))
        #expect(try await crowd[1].receive()?.contains(#"rc="-14""#) == true)
        // The end of a connection ends its unfinished request without a trace.
        crowd.removeLast(48)
        #expect(try await box.flom("-d", "0", "-r", "A", "-o", "5000", "--", "true").status == 0)
    }

    /// While it holds, a connection carries nothing else, single or several.
    @Test func aHolderIsRefusedAsBusy() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(Self.lock(""))
        #expect(try await client.receive()?.contains(#"rc="0""#) == true)
        try await client.send(Self.lock(Self.two, name: "B") + Self.parts("B", "C"))
        #expect(try await client.receive() == Self.tell)
        #expect(try await client.receive()?.contains(#"rc="4""#) == true)
        #expect(try await box.status().map(\.resource) == ["A"])
    }
}
