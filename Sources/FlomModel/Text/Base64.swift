/// Base64 of RFC 4648 over bytes. On the wire and in reports the standard alphabet with padding is used, for session secrets the URL
/// alphabet without padding.
package enum Base64 {
    package enum Alphabet: Sendable {
        /// `+` and `/`, padded with `=`.
        case standard
        /// `-` and `_`, not padded.
        case url
    }

    package static func encode(_ bytes: [UInt8], alphabet: Alphabet = .standard) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes, alphabet: alphabet, to: &text)
        return text
    }

    package static func append(_ bytes: [UInt8], alphabet: Alphabet = .standard, to text: inout [UInt8]) {
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            for place in 0..<4 {
                if place <= count {
                    text.append(character(UInt8(truncatingIfNeeded: group >> (18 - 6 * UInt32(place))) & 0x3F, alphabet))
                } else if alphabet == .standard {
                    text.append(UInt8(ascii: "="))
                }
            }
            index += 3
        }
    }

    /// Decodes the standard alphabet. Bytes that are not of the alphabet are skipped, because 1.7.2's peers may rely on that.
    ///
    /// - Returns: nil if characters are missing at the end, or anything but skipped bytes follows the padding. 1.7.2 drops
    ///   such a tail and would lock what is left of the name; flom refuses the name instead.
    package static func decodeSkippingOthers(_ text: Span<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 * 3)
        var group: UInt32 = 0
        var held = 0
        var padding = 0
        for index in text.indices {
            if let value = value(of: text[index], .standard) {
                if padding > 0 { return nil }
                group = group << 6 | UInt32(value)
                held += 1
                if held == 4 {
                    append(group, count: 3, to: &bytes)
                    group = 0
                    held = 0
                }
            } else if text[index] == UInt8(ascii: "=") {
                padding += 1
            }
        }
        switch (held, padding) {
        case (0, 0): break
        case (2, 2): append(group << 12, count: 1, to: &bytes)
        case (3, 1): append(group << 6, count: 2, to: &bytes)
        default: return nil
        }
        return bytes
    }

    /// Decodes the URL alphabet strictly.
    ///
    /// - Returns: nil for any other byte, an impossible length, or bits set behind the last byte: one value has one spelling.
    package static func decodeURL(_ text: Span<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        var held = 0
        for index in text.indices {
            guard let value = value(of: text[index], .url) else { return nil }
            group = group << 6 | UInt32(value)
            held += 1
            if held == 4 {
                append(group, count: 3, to: &bytes)
                group = 0
                held = 0
            }
        }
        switch held {
        case 0: break
        case 2 where group & 0xF == 0: append(group << 12, count: 1, to: &bytes)
        case 3 where group & 0x3 == 0: append(group << 6, count: 2, to: &bytes)
        default: return nil
        }
        return bytes
    }

    /// Appends the highest `count` of the three bytes in `group`.
    private static func append(_ group: UInt32, count: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: group >> 16))
        if count > 1 { bytes.append(UInt8(truncatingIfNeeded: group >> 8)) }
        if count > 2 { bytes.append(UInt8(truncatingIfNeeded: group)) }
    }

    private static func character(_ value: UInt8, _ alphabet: Alphabet) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: alphabet == .standard ? UInt8(ascii: "+") : UInt8(ascii: "-")
        default: alphabet == .standard ? UInt8(ascii: "/") : UInt8(ascii: "_")
        }
    }

    private static func value(of character: UInt8, _ alphabet: Alphabet) -> UInt8? {
        switch (character, alphabet) {
        case (UInt8(ascii: "A")...UInt8(ascii: "Z"), _): character - UInt8(ascii: "A")
        case (UInt8(ascii: "a")...UInt8(ascii: "z"), _): character - UInt8(ascii: "a") + 26
        case (UInt8(ascii: "0")...UInt8(ascii: "9"), _): character - UInt8(ascii: "0") + 52
        case (UInt8(ascii: "+"), .standard), (UInt8(ascii: "-"), .url): 62
        case (UInt8(ascii: "/"), .standard), (UInt8(ascii: "_"), .url): 63
        default: nil
        }
    }
}
