import FlomModel
import FlomRandom
import FlomWire
import Testing

@Suite struct RoundTripTests {
    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func clientMessages(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var buffer = Array("before".utf8)
        for _ in 0..<4000 {
            let message = random.clientMessage()
            buffer.removeSubrange(6...)
            try message.encode(into: &buffer)
            #expect(buffer.starts(with: "before".utf8))
            let frame = Array(buffer[6...])
            try #require(frame.suffix(6).elementsEqual("</msg>".utf8))
            try #require(frame.count <= FrameLimit.towardsOldDaemon)
            let decoded = try ClientMessage(decoding: frame)
            try #require(decoded == message || isShortened(decoded, message), "\(String(decoding: frame, as: UTF8.self))")
        }
    }

    @Test(arguments: [5, 6, 7, 8] as [UInt64]) func serverMessages(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<4000 {
            let message = random.serverMessage()
            var frame: [UInt8] = []
            try #require(message.encode(into: &frame))
            try #require(frame.count <= FrameLimit.towardsOldClient)
            try #require(try ServerMessage(decoding: frame) == message, "\(String(decoding: frame, as: UTF8.self))")
        }
    }

    /// Names, users and hosts full of characters to be escaped may pass 511 bytes; what is left must be the same.
    private func isShortened(_ decoded: ClientMessage, _ message: ClientMessage) -> Bool {
        guard case .lock(let short) = decoded, case .lock(var full) = message, full.offer != nil else { return false }
        for drop in [
            { $0.offer?.host = nil }, { $0.offer?.user = nil },
            {
                $0.offer?.process = nil
                $0.offer?.pidNamespace = nil
            }, { $0.offer?.bootID = nil },
            { $0.peerID = nil },
        ] as [(inout LockMessage) -> Void] {
            drop(&full)
            if full == short { return true }
        }
        return false
    }

    @Test(arguments: Fixture.captured + Fixture.ours) func newlineAfterADatagram(_ fixture: Fixture) throws {
        let frame = fixture.bytes + Array(" \r\n".utf8)
        let fromClient = try? ClientMessage(decoding: frame)
        let fromServer = try? ServerMessage(decoding: frame)
        #expect((fromClient == nil) != (fromServer == nil))
    }
}
