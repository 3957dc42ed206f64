import FlomModel
import FlomRandom
import FlomWire
import Testing

/// Valid messages with a few bytes changed: whatever comes out of it, nothing traps, and what is accepted is a message that
/// can be written and read again.
@Suite struct MutationTests {
    static let frames = (Fixture.captured + Fixture.ours).map(\.bytes)

    @Test(arguments: 1...8 as ClosedRange<UInt64>) func mutated(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var accepted = 0
        var refused = 0
        for _ in 0..<25_000 {
            let frame = random.mutant(of: Self.frames)
            if let message = try? ClientMessage(decoding: frame) {
                accepted += 1
                try expectStable(message, frame)
            } else if let message = try? ServerMessage(decoding: frame) {
                accepted += 1
                let written = message.encoded()
                try #require(written.isEmpty || (try ServerMessage(decoding: written)) == message, "\(text(frame))")
            } else {
                refused += 1
            }
        }
        // Otherwise this tests one of the two only.
        #expect(accepted > 1000)
        #expect(refused > 1000)
    }

    private func expectStable(_ message: ClientMessage, _ frame: [UInt8]) throws {
        guard let written = try? message.encoded() else { return }
        let again = try ClientMessage(decoding: written)
        if case .lock(let left) = message, case .lock(let right) = again, left != right {
            // Only what may be left out for size may be missing.
            try #require(
                (left.name, left.mode, left.wait, left.quantity, left.create) == (
                    right.name, right.mode, right.wait, right.quantity, right.create
                ))
            try #require(left.offer?.secret == right.offer?.secret && right.offer?.host == nil, "\(text(frame))")
        } else {
            try #require(again == message, "\(text(frame))")
        }
    }

    /// However the bytes arrive, the same messages come out, and the same error at the same place.
    @Test(arguments: 11...14 as ClosedRange<UInt64>) func chunks(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<1000 {
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 1...5, using: &random) {
                stream += random.chance(percent: 50) ? random.mutant(of: Self.frames) : Self.frames.randomElement(using: &random)!
                if random.chance(percent: 20) { stream += Array("\r\n  ".utf8) }
            }
            let limit = random.chance(percent: 80) ? 511 : Int.random(in: 1...300, using: &random)
            let whole = cut(stream, limit: limit) { _ in stream.count }
            let single = cut(stream, limit: limit) { _ in 1 }
            let chunked = cut(stream, limit: limit) { left in Int.random(in: 1...min(left, 64), using: &random) }
            #expect(whole == single)
            #expect(whole == chunked)
        }
    }

    private struct Outcome: Equatable {
        var frames: [[UInt8]] = []
        var error: WireError?
        var isEmpty = true
    }

    private func cut(_ stream: [UInt8], limit: Int, _ size: (Int) -> Int) -> Outcome {
        var reader = FrameReader(limit: limit)
        var outcome = Outcome()
        var start = 0
        while start < stream.count {
            let count = size(stream.count - start)
            reader.append(stream[start..<(start + count)])
            start += count
            do {
                while let frame = try reader.next() { outcome.frames.append(frame) }
            } catch {
                outcome.error = error
                return outcome
            }
        }
        outcome.isEmpty = reader.isEmpty
        return outcome
    }

    private func text(_ frame: [UInt8]) -> String { String(decoding: frame, as: UTF8.self) }
}

extension SeededRandom {
    /// One of the frames with one to four bytes flipped, set, inserted, deleted or doubled.
    mutating func mutant(of frames: [[UInt8]]) -> [UInt8] {
        var frame = frames.randomElement(using: &self)!
        let telling = Array("<>/&;#\"'=! ?-[]x01\0\u{7F}\nä".utf8)
        for _ in 0..<Int.random(in: 1...4, using: &self) where !frame.isEmpty {
            let place = Int.random(in: 0..<frame.count, using: &self)
            switch Int.random(in: 0..<6, using: &self) {
            case 0: frame[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 1: frame[place] = UInt8.random(in: 0...255, using: &self)
            case 2: frame[place] = telling.randomElement(using: &self)!
            case 3: frame.insert(telling.randomElement(using: &self)!, at: place)
            case 4: frame.remove(at: place)
            default:
                let end = Int.random(in: place...min(frame.count, place + 20), using: &self)
                frame.insert(contentsOf: Array(frame[place..<end]), at: place)
            }
        }
        return frame
    }
}
