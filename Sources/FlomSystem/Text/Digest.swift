/// The 32 bytes of a SHA-256 digest, without an allocation.
package struct Digest: Hashable, Sendable {
    /// The digest's bytes in memory order.
    private let words: SIMD8<UInt32>

    init(state: SIMD8<UInt32>) {
        var words = state
        for index in 0..<8 { words[index] = state[index].bigEndian }
        self.words = words
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        words = bytes.withUnsafeBytes { $0.loadUnaligned(as: SIMD8<UInt32>.self) }
    }

    /// Nil unless there are exactly 64 hexadecimal digits.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 64, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        self.init(
            stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16) })
    }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension Digest: CustomStringConvertible {
    /// 64 hexadecimal digits in lower case.
    package var description: String {
        withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: 64) { text in
                for (index, byte) in bytes.enumerated() {
                    text[index * 2] = hexDigit(byte >> 4)
                    text[index * 2 + 1] = hexDigit(byte & 15)
                }
                return 64
            }
        }
    }
}

/// The hexadecimal digit, in lower case, of a value below 16.
package func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
