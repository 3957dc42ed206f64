internal import FlomWire

/// Any bytes as a stream, cut in pieces as its first bytes say: the same messages come out as of the stream in one piece, and they are
/// those that a plain search for the closing tag finds.
enum FrameTarget {
    static func complaint(about bytes: [UInt8]) -> String? {
        guard bytes.count > 2 else { return nil }
        let limit = 1 + Int(bytes[0]) * 2
        var pieces = UInt32(bytes[1]) &+ 1
        let stream = Array(bytes[2...])
        let whole = cut(stream, limit: limit) { $0 }
        let cut = cut(stream, limit: limit) { left in
            pieces = pieces &* 1_664_525 &+ 1_013_904_223
            return min(left, 1 + Int(pieces >> 16) % 9)
        }
        if whole != cut { return "reads \(text(whole.frames)) at once and \(text(cut.frames)) in pieces" }
        let plain = search(stream, limit: limit)
        return whole == plain ? nil : "reads \(text(whole.frames)) and should read \(text(plain.frames))"
    }

    private struct Reading: Equatable {
        var frames: [[UInt8]] = []
        var isTooLong = false
        var isEmpty = true
    }

    private static func cut(_ stream: [UInt8], limit: Int, _ size: (_ left: Int) -> Int) -> Reading {
        var reader = FrameReader(limit: limit)
        var reading = Reading()
        var rest = stream[...]
        while !rest.isEmpty {
            let piece = rest.prefix(size(rest.count))
            rest = rest.dropFirst(piece.count)
            piece.withUnsafeBytes { reader.append($0) }
            do {
                while let frame = try reader.next() { reading.frames.append(frame) }
            } catch {
                reading.isTooLong = true
                return reading
            }
        }
        reading.isEmpty = reader.isEmpty
        return reading
    }

    /// Byte by byte.
    private static func search(_ stream: [UInt8], limit: Int) -> Reading {
        var reading = Reading()
        var message: [UInt8] = []
        for byte in stream where !message.isEmpty || !" \t\r\n".utf8.contains(byte) {
            message.append(byte)
            if message.count > limit {
                reading.isTooLong = true
                return reading
            }
            guard message.suffix(6).elementsEqual("</msg>".utf8) else { continue }
            reading.frames.append(message)
            message = []
        }
        reading.isEmpty = message.isEmpty
        return reading
    }

    private static func text(_ frames: [[UInt8]]) -> String { frames.map(MessageTarget.text).joined(separator: ", ") }
}
