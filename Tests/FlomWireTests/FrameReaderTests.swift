import FlomWire
import Testing

@Suite struct FrameReaderTests {
    @Test func pipelinedMessagesComeOneByOne() throws {
        var reader = FrameReader(limit: 100)
        reader.append("<msg>1</msg><msg>2</msg>\n \r\t<msg>3")
        #expect(try reader.nextText() == "<msg>1</msg>")
        #expect(try reader.nextText() == "<msg>2</msg>")
        #expect(try reader.nextText() == nil)
        #expect(!reader.isEmpty)
        reader.append("</msg>")
        #expect(try reader.nextText() == "<msg>3</msg>")
        #expect(reader.isEmpty)
    }

    @Test(arguments: ["", " ", "\n", "\r\n\t "]) func whiteSpaceIsNoMessage(_ blanks: String) throws {
        var reader = FrameReader(limit: 8)
        reader.append(blanks)
        #expect(reader.isEmpty)
        #expect(try reader.nextText() == nil)
        reader.append("<m></msg>".dropFirst(1) + blanks)  // m></msg> has 8 bytes
        #expect(!reader.isEmpty)
        #expect(try reader.nextText() == "m></msg>")
        #expect(reader.isEmpty)
        for _ in 0..<1000 { reader.append(blanks) }
        #expect(reader.isEmpty)
        #expect(try reader.nextText() == nil)
    }

    /// The limit is on the message, not on what was read at once.
    @Test(arguments: [6, 7, 12, 13, 511]) func exactlyTheLimitAndOneMore(_ limit: Int) throws {
        let message = String(repeating: "x", count: limit - 6) + "</msg>"
        var reader = FrameReader(limit: limit)
        reader.append(message + "\n" + message)
        #expect(try reader.nextText() == message)
        #expect(try reader.nextText() == message)

        reader.append("y" + message)
        #expect(throws: WireError.tooLong(limit: limit)) { try reader.next() }
        #expect(throws: WireError.tooLong(limit: limit)) { try reader.next() }

        var slow = FrameReader(limit: limit)
        for _ in 0..<limit {
            slow.append("x")
            #expect(try slow.nextText() == nil)
        }
        slow.append("x")
        #expect(throws: WireError.tooLong(limit: limit)) { try slow.next() }
    }

    @Test func theLimitMayGrowBetweenMessages() throws {
        var reader = FrameReader(limit: 10)
        reader.append("<m></msg><long message></msg>")
        #expect(try reader.nextText() == "<m></msg>")
        reader.limit = 20
        #expect(try reader.nextText() == "<long message></msg>")
    }

    /// The search knows no XML, as in 1.7.2; and it is not led astray by parts of the tag.
    @Test(arguments: [
        "<!-- </msg>", "<</msg>", "</</msg>", "</m</msg>", "</ms</msg>", "</msg</msg>", "</msg ></msg>", "</MSG></msg>",
        ">>>></msg>",
        "<msg/>/msg></msg>", "gggg</msg>", "</msg>",
    ])
    func theTagIsFoundAfterAnything(_ frame: String) throws {
        for size in 1...frame.utf8.count {
            var reader = FrameReader(limit: 64)
            var found: [String] = []
            let bytes = Array((frame + frame).utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(bytes[start..<min(start + size, bytes.count)])
                while let next = try reader.nextText() { found.append(next) }
            }
            #expect(found == [frame, frame])
        }
    }

    /// A megabyte that trickles in byte by byte: minutes if every byte began the search anew.
    @Test(.timeLimit(.minutes(1))) func aLongMessageByteByByte() throws {
        let size = 1 << 20
        var reader = FrameReader(limit: size)
        for _ in 0..<(size - 6) {
            reader.append("<")
            guard try reader.next() == nil else { break }
        }
        reader.append("</msg>")
        #expect(try reader.next()?.count == size)
    }
}

extension FrameReader {
    mutating func append(_ text: String) { append(Array(text.utf8)[...]) }

    mutating func append(_ bytes: ArraySlice<UInt8>) { bytes.withUnsafeBytes { append($0) } }

    mutating func nextText() throws(WireError) -> String? {
        guard let frame = try next() else { return nil }
        return String(decoding: frame, as: UTF8.self)
    }
}
