/// RFC 4648, section 4, with padding.
package enum Base64Text {
    package static func append(_ raw: [UInt8], to bytes: inout [UInt8]) {
        for start in stride(from: 0, to: raw.count, by: 3) {
            let present = min(3, raw.count - start)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < present ? UInt32(raw[start + offset]) : 0) }
            for position in 0..<4 {
                let value = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * position)) & 63
                bytes.append(position <= present ? character(value) : UInt8(ascii: "="))
            }
        }
    }

    package static func of(_ raw: [UInt8]) -> String {
        var bytes: [UInt8] = []
        append(raw, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
