import FlomTestKit
import Testing

/// The answers of flom's daemon to a 1.7.2 client: byte for byte those of 1.7.2's daemon.
@Suite(.enabled(if: Conditions.machineID != nil, "needs a machine id"))
struct WireAnswerTests {
    @Test func aFreeResourceIsGrantedAndTheUnlockIsNotAnswered() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock("R1"))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(0))
        #expect(try await box.flom("-r", "R1", "-o", "0", "--", "true").status == 98)
        try await client.send(LegacyMessages.unlock("R1"))
        try await eventually("the lock is free") { try await box.flom("-r", "R1", "-o", "0", "--", "true").status == 0 }
        #expect(client.hearsNothing)
        client.halfClose()
        #expect(try await client.receive() == nil)
    }

    @Test func aWaiterIsQueuedAndGrantedLater() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let holder = try await RawClient(box.socket)
        let waiter = try await RawClient(box.socket)
        try await holder.send(LegacyMessages.lock("R1"))
        #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
        try await waiter.send(LegacyMessages.lock("R1", mode: 3))
        #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
        try await holder.send(LegacyMessages.unlock("R1"))
        holder.halfClose()
        #expect(try await waiter.receive() == LegacyMessages.laterAnswer(0))
        #expect(try await holder.receive() == nil)
        try await waiter.send(LegacyMessages.unlock("R1"))
        waiter.halfClose()
        #expect(try await waiter.receive() == nil)
        #expect(try await box.history(of: "R1").map(\.outcome) == ["released", "released"])
    }

    @Test func aBusyResourceIsRefusedToThoseWhoDoNotWait() async throws {
        let box = try Sandbox()
        defer { box.close() }
        _ = try await box.hold("R1")
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock("R1", wait: false))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(4))
        client.halfClose()
        #expect(try await client.receive() == nil)
    }

    private static let hopeless = [
        (LegacyMessages.lock("R1", wait: false, create: false), 5), (LegacyMessages.lock("1R"), -14),
        (LegacyMessages.lock("a\nb"), -14),
    ]

    /// After these answers 1.7.2 closes its side without waiting for the client.
    @Test(arguments: hopeless)
    func anImpossibleRequestIsRefusedAndTheConnectionClosed(request: String, code: Int) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(request)
        #expect(try await client.receive() == LegacyMessages.firstAnswer(code))
        #expect(try await client.receive() == nil)
    }

    @Test func waitersForTheCreationAreQueuedByTheCreator() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let waiter = try await RawClient(box.socket)
        try await waiter.send(LegacyMessages.lock("NOSUCH", create: false))
        #expect(try await waiter.receive() == LegacyMessages.firstAnswer(2))
        let creator = try await RawClient(box.socket)
        try await creator.send(LegacyMessages.lock("NOSUCH"))
        #expect(try await creator.receive() == LegacyMessages.firstAnswer(0))
        #expect(try await waiter.receive() == LegacyMessages.laterAnswer(1))
        try await creator.send(LegacyMessages.unlock("NOSUCH"))
        #expect(try await waiter.receive() == LegacyMessages.laterAnswer(0))
    }

    @Test func aConnectionThatEndsWithoutUnlockIsARelease() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let waiter = try await RawClient(box.socket)
        do {
            let holder = try await RawClient(box.socket)
            try await holder.send(LegacyMessages.lock("R1"))
            #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
            try await waiter.send(LegacyMessages.lock("R1"))
            #expect(try await waiter.receive() == LegacyMessages.firstAnswer(1))
        }
        #expect(try await waiter.receive() == LegacyMessages.laterAnswer(0))
    }

    @Test func messagesMayComeInOneWriteOrByteByByte() async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock("R1") + LegacyMessages.unlock("R1") + LegacyMessages.lock("R1"))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(0))
        #expect(try await client.receive() == LegacyMessages.firstAnswer(0))
        client.halfClose()
        #expect(try await client.receive() == nil)

        let slow = try await RawClient(box.socket)
        for byte in LegacyMessages.lock("R2").utf8 { try await slow.send([byte]) }
        #expect(try await slow.receive() == LegacyMessages.firstAnswer(0))
        for byte in LegacyMessages.unlock("R2").utf8 { try await slow.send([byte]) }
        slow.halfClose()
        #expect(try await slow.receive() == nil)
        #expect(try await box.history(of: "R2").map(\.outcome) == ["released"])
    }

    @Test(arguments: ["R1", "X", "_RESOURCE"])
    func theHistoryKnowsThePeerFromTheKernel(name: String) async throws {
        let box = try Sandbox()
        defer { box.close() }
        try await box.startDaemon()
        let client = try await RawClient(box.socket)
        try await client.send(LegacyMessages.lock(name))
        _ = try await client.receive()
        let row = try #require(try await box.status().first { $0.resource == name })
        #expect(row.clientPID == ProcessTable.own && row.outcome == "held" && row.command == nil)
    }
}
