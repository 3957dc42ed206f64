import FlomTestKit
import Foundation
import Testing

/// Events on a connection while the daemon answers on it belong to the daemon's next turn.
@Suite struct TurnTests {
    private static let lock =
        #"<msg level="3" verb="1" step="8" x="1"><session peerid="p" x-sess="AAECAwQFBgcICQoLDA0ODw"/>"#
        + #"<resource name="UjE=" mode="5" wait="1" create="1" lifespan="0"/></msg>"#
    private static let expired = #"<msg level="3" verb="18" step="8" x="1"></msg>"#

    /// A client says that it has given up, and leaves, when its grant is about to be written. The daemon learns the first from the
    /// failure of that write: between commit and answer, and must not forget it with what it has just committed.
    @Test func aLastWordThatIsHeardWhileAnsweringIsRecorded() async throws {
        let box = try Sandbox()
        defer { box.close() }
        let daemon = try await box.startDaemon()
        let holder = try await RawClient(box.socket)
        try await holder.send(LegacyMessages.lock("R1"))
        #expect(try await holder.receive() == LegacyMessages.firstAnswer(0))
        // So many connections that the loop cannot read all of them at once: the last message is not read before the turn's end.
        var crowd: [RawClient] = []
        for number in 0..<200 {
            let client = try await RawClient(box.socket)
            try await client.send(LegacyMessages.lock("C\(number)"))
            #expect(try await client.receive() == LegacyMessages.firstAnswer(0))
            crowd.append(client)
        }
        do {
            let waiter = try await RawClient(box.socket)
            try await waiter.send(Self.lock)
            #expect(try await waiter.receive()?.contains(#"rc="1""#) == true)
            kill(daemon, SIGSTOP)
            try await eventually("the daemon stands") { ProcessFacts(daemon)?.state == "T" }
            try await holder.send(LegacyMessages.unlock("R1"))
            for client in crowd { try await client.send("<") }
            try await waiter.send(Self.expired)
        }
        kill(daemon, SIGCONT)
        try await eventually("its row tells the end") {
            try await box.history(of: "R1").map(\.outcome) == ["released", "timed_out"]
        }
        #expect(try await box.flom("-r", "R1", "-o", "0", "--", "true").status == 0)
    }
}
