/// The 32 bytes of a SHA-256, without an allocation.
package struct Digest: Hashable, Sendable {
    /// In memory order, so that the bytes of this vector are the bytes of the digest.
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

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: words, body)
    }

    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension Digest: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
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

/// The lower-case ASCII digit of a value below 16.
func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
