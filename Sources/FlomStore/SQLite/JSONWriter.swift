internal import FlomModel
internal import FlomSystem

/// Writes one JSON object into a buffer that keeps its capacity. It supports what the journal's details and the reports need.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    package init() {}

    var isEmpty: Bool { bytes.isEmpty }

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    package mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    package mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    package mutating func beginArray(_ key: StaticString) {
        self.key(key)
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    package mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ number: some FixedWidthInteger) {
        self.key(key)
        bytes.append(decimal: number)
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ truth: Bool) {
        self.key(key)
        bytes.append(truth ? "true" : "false")
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ text: String) {
        self.key(key)
        string(text)
        needsComma = true
    }

    /// Writes bytes as text. Bytes that are not UTF-8 appear as U+FFFD, and the exact bytes follow in Base64 under `key_base64`.
    package mutating func field(_ key: StaticString, _ raw: [UInt8]) {
        self.key(key)
        string(String(decoding: raw, as: UTF8.self))
        needsComma = true
        guard String(validating: raw, as: UTF8.self) == nil else { return }
        self.key(key, suffix: "_base64")
        base64String(raw)
        needsComma = true
    }

    /// Writes a list of byte strings. If one of them is not UTF-8, all of them follow in Base64 under `key_base64`.
    package mutating func field(_ key: StaticString, words: [[UInt8]]) {
        beginArray(key)
        for word in words {
            separate()
            string(String(decoding: word, as: UTF8.self))
            needsComma = true
        }
        endArray()
        guard words.contains(where: { String(validating: $0, as: UTF8.self) == nil }) else { return }
        self.key(key, suffix: "_base64")
        bytes.append(UInt8(ascii: "["))
        needsComma = false
        for word in words {
            separate()
            base64String(word)
            needsComma = true
        }
        endArray()
    }

    /// Writes a list of numbers; unknown ones are null.
    package mutating func field(_ key: StaticString, numbers: [Int64?]) {
        beginArray(key)
        for number in numbers {
            separate()
            if let number { bytes.append(decimal: number) } else { bytes.append("null") }
            needsComma = true
        }
        endArray()
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func key(_ key: StaticString, suffix: StaticString = "") {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(key)
        bytes.append(suffix)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { characters in
            if characters.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: characters)
            } else {
                for character in characters { append(escaping: character) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func append(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append("\\\"")
        case UInt8(ascii: "\\"): bytes.append("\\\\")
        case UInt8(ascii: "\n"): bytes.append("\\n")
        case UInt8(ascii: "\r"): bytes.append("\\r")
        case UInt8(ascii: "\t"): bytes.append("\\t")
        case 0..<0x20:
            bytes.append("\\u00")
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        default: bytes.append(byte)
        }
    }

    private mutating func base64String(_ raw: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        Base64.append(raw, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }
}
