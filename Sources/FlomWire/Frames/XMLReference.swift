/// One of the five predefined entities, or a numeric reference to a character that XML 1.0 allows.
struct XMLReference {
    let scalar: Unicode.Scalar
    /// The offset behind the semicolon.
    let end: Int

    /// - Parameter start: the offset of the `&`.
    /// - Throws: `malformed` for anything else: a missing semicolon, an undeclared entity, NUL and other characters that a document
    ///   must not contain.
    init(in bytes: [UInt8], at start: Int) throws(WireError) {
        // The longest are like &#x10FFFF; and there is some room for leading zeros.
        let limit = min(bytes.count, start + 16)
        guard let semicolon = bytes[start..<limit].firstIndex(of: UInt8(ascii: ";")) else {
            throw .malformed(offset: start, "an & that begins no reference")
        }
        end = semicolon + 1
        let name = bytes[(start + 1)..<semicolon]
        if name.first == UInt8(ascii: "#") {
            guard let scalar = Self.character(name.dropFirst()) else {
                throw .malformed(offset: start, "a reference to no character of XML")
            }
            self.scalar = scalar
        } else {
            guard let scalar = Self.predefined(name) else { throw .malformed(offset: start, "an undefined entity") }
            self.scalar = scalar
        }
    }

    private static func predefined(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        if name.elementsEqual("amp".utf8) { return "&" }
        if name.elementsEqual("lt".utf8) { return "<" }
        if name.elementsEqual("gt".utf8) { return ">" }
        if name.elementsEqual("quot".utf8) { return "\"" }
        if name.elementsEqual("apos".utf8) { return "'" }
        return nil
    }

    private static func character(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let isHexadecimal = name.first == UInt8(ascii: "x")
        let digits = isHexadecimal ? name.dropFirst() : name
        guard !digits.isEmpty else { return nil }
        var number: UInt32 = 0
        for byte in digits {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, isHexadecimal || digit < 10 else { return nil }
            number = number * (isHexadecimal ? 16 : 10) + UInt32(digit)
            guard number <= 0x10FFFF else { return nil }
        }
        guard let scalar = Unicode.Scalar(number), XMLCharacters.isLegal(scalar) else { return nil }
        return scalar
    }
}
