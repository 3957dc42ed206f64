/// Cuts a stream of bytes into messages. There is no length and no separator: a message ends with the six bytes `</msg>`,
/// wherever they stand (wire spec 2).
///
/// Give it what was read, then take messages until there is none; so it never holds more than `limit` and one read.
/// White space between messages is dropped: 1.7.2's peers may leave a line end, and it is no half message.
package struct FrameReader {
    /// A message may have this many bytes and no more. May change between messages: more is allowed once both sides have
    /// shown the marker.
    package var limit: Int

    private static let tagLength = 6

    private var bytes: [UInt8] = []
    /// Where the unfinished message begins.
    private var start = 0
    /// Where the next look goes: the last byte of the first place, at or after `start`, where the tag may still stand.
    private var lookAt = tagLength - 1

    package init(limit: Int) { self.limit = limit }

    /// Whether no byte of an unfinished message is held.
    package var isEmpty: Bool { start == bytes.count }

    package mutating func append(_ read: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: read)
        // Only a message that has not begun has white space before it.
        skipWhiteSpace()
    }

    /// The next whole message, without white space before it, up to and including `</msg>`; nil if more must be read.
    ///
    /// - Throws: `tooLong` as soon as a message has more than `limit` bytes, finished or not, and on every call from then on.
    package mutating func next() throws(WireError) -> [UInt8]? {
        guard let end = findEnd() else {
            if bytes.count - start > limit { throw .tooLong(limit: limit) }
            dropTaken()
            return nil
        }
        guard end - start <= limit else { throw .tooLong(limit: limit) }
        let message = Array(bytes[start..<end])
        start = end
        lookAt = end + Self.tagLength - 1
        skipWhiteSpace()
        return message
    }

    /// Horspool's search. It goes on where it stopped, so that every byte is looked at once however it trickles in.
    private mutating func findEnd() -> Int? {
        while lookAt < bytes.count {
            switch bytes[lookAt] {
            case UInt8(ascii: ">"):
                if bytes[(lookAt - 5)..<lookAt].elementsEqual("</msg".utf8) { return lookAt + 1 }
                lookAt += Self.tagLength
            case UInt8(ascii: "g"): lookAt += 1
            case UInt8(ascii: "s"): lookAt += 2
            case UInt8(ascii: "m"): lookAt += 3
            case UInt8(ascii: "/"): lookAt += 4
            case UInt8(ascii: "<"): lookAt += 5
            default: lookAt += Self.tagLength
            }
        }
        return nil
    }

    private mutating func skipWhiteSpace() {
        // A message that has begun starts with something else, and the search in it must not begin anew.
        guard lookAt == start + Self.tagLength - 1 else { return }
        while start < bytes.count, XMLCharacters.isWhiteSpace(bytes[start]) { start += 1 }
        lookAt = start + Self.tagLength - 1
    }

    private mutating func dropTaken() {
        guard start > 0 else { return }
        if isEmpty {
            // A connection that waits shall not hold on to the memory of its message.
            bytes = []
        } else {
            bytes.removeSubrange(..<start)
        }
        lookAt -= start
        start = 0
    }
}
