/// Reads values in DER, the encoding of certificates and revocation lists. Nothing is copied. Whatever does not fit is nil and never
/// traps, because a file may hold anything.
package struct DERReader {
    package struct Value {
        package let tag: UInt8
        package let content: ArraySlice<UInt8>
        /// The value with its tag and length.
        package let whole: ArraySlice<UInt8>

        package var inside: DERReader { DERReader(content) }
    }

    package static let integer: UInt8 = 0x02
    static let bitString: UInt8 = 0x03
    static let objectIdentifier: UInt8 = 0x06
    package static let sequence: UInt8 = 0x30
    static let utcTime: UInt8 = 0x17
    static let generalizedTime: UInt8 = 0x18
    /// The tag of a certificate's version.
    static let explicit0: UInt8 = 0xA0

    private var rest: ArraySlice<UInt8>

    package init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    package var nextTag: UInt8? { rest.first }

    package mutating func next() -> Value? {
        let before = rest
        guard let tag = rest.popFirst(), tag & 0x1F != 0x1F, let first = rest.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            length = 0
            let count = Int(first & 0x7F)
            guard (1...4).contains(count) else { return nil }
            for _ in 0..<count {
                guard let byte = rest.popFirst() else { return nil }
                length = length << 8 | Int(byte)
            }
        }
        guard length <= rest.count else { return nil }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return Value(tag: tag, content: content, whole: before[..<rest.startIndex])
    }

    package mutating func next(_ tag: UInt8) -> Value? {
        guard rest.first == tag else { return nil }
        return next()
    }
}
