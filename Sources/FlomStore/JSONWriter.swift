/// Writes one JSON object into a buffer that keeps its capacity. Only what the journal's details need.
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
        append(decimal: number)
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ truth: Bool) {
        self.key(key)
        append(truth ? "true" : "false")
        needsComma = true
    }

    package mutating func field(_ key: StaticString, _ text: String) {
        self.key(key)
        string(text)
        needsComma = true
    }

    /// Bytes that are UTF-8 are text. Others are shown with U+FFFD in place of what is not, and are kept exactly, in Base64,
    /// under `key_base64`.
    package mutating func field(_ key: StaticString, _ raw: [UInt8]) {
        self.key(key)
        string(String(decoding: raw, as: UTF8.self))
        needsComma = true
        guard String(validating: raw, as: UTF8.self) == nil else { return }
        self.key(key, suffix: "_base64")
        base64String(raw)
        needsComma = true
    }

    /// A list of byte strings; when one of them is not UTF-8, all follow in Base64 under `key_base64`.
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

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func key(_ key: StaticString, suffix: StaticString = "") {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(key)
        append(suffix)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func append(decimal number: some FixedWidthInteger) {
        var magnitude = UInt64(number.magnitude)
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(magnitude % 10))
            magnitude /= 10
        } while magnitude > 0
        bytes[start...].reverse()
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
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\r"): append("\\r")
        case UInt8(ascii: "\t"): append("\\t")
        case 0..<0x20:
            append("\\u00")
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 15))
        default: bytes.append(byte)
        }
    }

    private mutating func base64String(_ raw: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendBase64(raw)
        bytes.append(UInt8(ascii: "\""))
    }

    /// RFC 4648, section 4, with padding.
    private mutating func appendBase64(_ raw: [UInt8]) {
        for start in stride(from: 0, to: raw.count, by: 3) {
            let present = min(3, raw.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < present ? UInt32(raw[start + offset]) : 0) }
            for position in 0..<4 {
                let value = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * position)) & 63
                bytes.append(position <= present ? Self.base64Character(value) : UInt8(ascii: "="))
            }
        }
    }

    private static func base64Character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
