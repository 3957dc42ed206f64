/// The characters that XML 1.0 allows in a document, in names and as white space.
enum XMLCharacters {
    /// The offset of the first byte that is not part of a legal character in UTF-8, also in comments and text; nil if there is none.
    /// Illegal are bad UTF-8, U+FFFE, U+FFFF, and control characters other than tab, line feed and carriage return.
    static func firstIllegal(in bytes: [UInt8]) -> Int? {
        // Nearly every frame is printable ASCII: for that alone the highest bit of both terms is 0. There is no early exit and no
        // branch, so that the compiler makes vector code.
        var odd: UInt8 = 0
        for byte in bytes { odd |= byte | (byte &- 0x20) }
        return odd & 0x80 == 0 ? nil : firstIllegalAmongOdd(in: bytes)
    }

    private static func firstIllegalAmongOdd(in bytes: [UInt8]) -> Int? {
        var end = bytes.count
        do {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            end = error.byteOffsets.lowerBound
        }
        // Within valid UTF-8 the byte EF always leads a character.
        for index in 0..<end {
            if isIllegalControl(bytes[index]) { return index }
            if bytes[index] == 0xEF, bytes[index + 1] == 0xBF, bytes[index + 2] >= 0xBE { return index }
        }
        return end < bytes.count ? end : nil
    }

    static func isIllegalControl(_ byte: UInt8) -> Bool {
        byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D
    }

    static func isLegal(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: true
        case 0..<0x20, 0xFFFE, 0xFFFF: false
        default: true
        }
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// Whether a name may start with the byte. All characters beyond ASCII count as letters: XML's exceptions among them do no harm.
    static func isNameStart(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x40 ? letters &>> (byte & 0x3F) & 1 != 0 : byte >= 0x80 || byte == UInt8(ascii: ":")
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        byte & 0xC0 == 0x40 ? letters &>> (byte & 0x3F) & 1 != 0 : byte >= 0x80 || digits &>> byte & 1 != 0
    }

    // Bit n of `letters` stands for the byte 64 + n, bit n of `digits` for the byte n.
    // A-Z, a-z and _
    private static var letters: UInt64 { 0x07FF_FFFE_87FF_FFFE }
    // 0-9, -, . and :
    private static var digits: UInt64 { 0x07FF_6000_0000_0000 }
}
