/// Writes one JSON object into a buffer that keeps its capacity. It supports what the journal's details, the reports and the answers over
/// HTTP need.
///
/// Inlinable, because the journal writes every event with it.
package struct JSONWriter {
    @usableFromInline var buffer: [UInt8] = []
    @usableFromInline var needsComma = false

    @inlinable package init() {}

    @inlinable package var bytes: [UInt8] { buffer }
    package var text: String { String(decoding: buffer, as: UTF8.self) }
    @inlinable package var isEmpty: Bool { buffer.isEmpty }

    @inlinable package mutating func removeAll() {
        buffer.removeAll(keepingCapacity: true)
        needsComma = false
    }

    @inlinable package mutating func beginObject() {
        separate()
        buffer.append(UInt8(ascii: "{"))
        needsComma = false
    }

    @inlinable package mutating func endObject() {
        buffer.append(UInt8(ascii: "}"))
        needsComma = true
    }

    @inlinable package mutating func beginArray(_ key: StaticString) {
        self.key(key)
        buffer.append(UInt8(ascii: "["))
        needsComma = false
    }

    @inlinable package mutating func endArray() {
        buffer.append(UInt8(ascii: "]"))
        needsComma = true
    }

    @inlinable package mutating func field(_ key: StaticString, _ number: some FixedWidthInteger) {
        self.key(key)
        buffer.append(decimal: number)
        needsComma = true
    }

    @inlinable package mutating func field(_ key: StaticString, _ truth: Bool) {
        self.key(key)
        buffer.append(truth ? "true" : "false")
        needsComma = true
    }

    @inlinable package mutating func field(_ key: StaticString, _ text: String) {
        self.key(key)
        string(text)
        needsComma = true
    }

    /// Writes bytes as text. Bytes that are not UTF-8 appear as U+FFFD, and the exact bytes follow in Base64 under `key_base64`.
    @inlinable package mutating func field(_ key: StaticString, _ raw: [UInt8]) {
        self.key(key)
        string(String(decoding: raw, as: UTF8.self))
        needsComma = true
        guard String(validating: raw, as: UTF8.self) == nil else { return }
        self.key(key, suffix: "_base64")
        base64String(raw)
        needsComma = true
    }

    /// Writes a list of byte strings. If one of them is not UTF-8, all of them follow in Base64 under `key_base64`.
    @inlinable package mutating func field(_ key: StaticString, words: [[UInt8]]) {
        beginArray(key)
        for word in words {
            separate()
            string(String(decoding: word, as: UTF8.self))
            needsComma = true
        }
        endArray()
        guard words.contains(where: { String(validating: $0, as: UTF8.self) == nil }) else { return }
        self.key(key, suffix: "_base64")
        buffer.append(UInt8(ascii: "["))
        needsComma = false
        for word in words {
            separate()
            base64String(word)
            needsComma = true
        }
        endArray()
    }

    /// Writes what is JSON already.
    package mutating func field(_ key: StaticString, json: String) {
        self.key(key)
        buffer.append(contentsOf: json.utf8)
        needsComma = true
    }

    /// Writes the next value of a list, which is JSON already.
    package mutating func item(json: String) {
        separate()
        buffer.append(contentsOf: json.utf8)
        needsComma = true
    }

    /// Writes a list of numbers; unknown ones are null.
    @inlinable package mutating func field(_ key: StaticString, numbers: [Int64?]) {
        beginArray(key)
        for number in numbers {
            separate()
            if let number { buffer.append(decimal: number) } else { buffer.append("null") }
            needsComma = true
        }
        endArray()
    }

    @inlinable mutating func separate() {
        if needsComma { buffer.append(UInt8(ascii: ",")) }
    }

    @inlinable mutating func key(_ key: StaticString, suffix: StaticString = "") {
        separate()
        buffer.append(UInt8(ascii: "\""))
        buffer.append(key)
        buffer.append(suffix)
        buffer.append(UInt8(ascii: "\""))
        buffer.append(UInt8(ascii: ":"))
    }

    @inlinable mutating func string(_ text: String) {
        buffer.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { characters in
            if characters.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                buffer.append(contentsOf: characters)
            } else {
                for character in characters { append(escaping: character) }
            }
        }
        buffer.append(UInt8(ascii: "\""))
    }

    @inlinable mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): buffer.append("\\\"")
        case UInt8(ascii: "\\"): buffer.append("\\\\")
        case UInt8(ascii: "\n"): buffer.append("\\n")
        case UInt8(ascii: "\r"): buffer.append("\\r")
        case UInt8(ascii: "\t"): buffer.append("\\t")
        case 0..<0x20:
            buffer.append("\\u00")
            buffer.append(Self.digit(byte >> 4))
            buffer.append(Self.digit(byte & 15))
        default: buffer.append(byte)
        }
    }

    @inlinable static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    @inlinable mutating func base64String(_ raw: [UInt8]) {
        buffer.append(UInt8(ascii: "\""))
        Base64.append(raw, to: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }
}
