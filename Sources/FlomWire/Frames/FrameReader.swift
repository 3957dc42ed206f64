/// Cuts a stream of bytes into messages. The stream has neither lengths nor separators: a message ends with the six bytes `</msg>`,
/// wherever they stand (wire spec 2).
///
/// Append what was read, then take messages until there is none: so the reader never holds more than `limit` bytes and one read.
/// White space between messages is dropped, because 1.7.2's peers may leave a line end.
package struct FrameReader {
    /// The largest length of a message in bytes. It may change between messages: more is allowed once both sides have shown the marker.
    package var limit: Int

    private static let tagLength = 6

    private var bytes: [UInt8] = []
    /// The offset of the unfinished message.
    private var start = 0
    /// The offset to look at next: the last byte of the first place, at or after `start`, where the tag may still stand.
    private var lookAt = tagLength - 1

    package init(limit: Int) { self.limit = limit }

    /// Whether no byte of an unfinished message is held.
    package var isEmpty: Bool { start == bytes.count }

    package mutating func append(_ read: UnsafeRawBufferPointer) {
        bytes.append(contentsOf: read)
        // Only a message that has not begun has white space before it.
        skipWhiteSpace()
    }

    /// The next whole message, from its first byte that is not white space up to and including `</msg>`; nil if more must be read.
    ///
    /// - Throws: `tooLong` as soon as a message has more than `limit` bytes, finished or not, and at every later call.
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

    /// Finds the end tag by Horspool's search. The search continues where it stopped, so that every byte is looked at once even if
    /// bytes arrive one by one.
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
        // A message that has begun does not start with white space, and the search in it must not start again.
        guard lookAt == start + Self.tagLength - 1 else { return }
        while start < bytes.count, XMLCharacters.isWhiteSpace(bytes[start]) { start += 1 }
        lookAt = start + Self.tagLength - 1
    }

    private mutating func dropTaken() {
        guard start > 0 else { return }
        if isEmpty {
            // A waiting connection must not keep the memory of its message.
            bytes = []
        } else {
            bytes.removeSubrange(..<start)
        }
        lookAt -= start
        start = 0
    }
}
