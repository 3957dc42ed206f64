/// The exact bytes that name a resource; two names are the same resource only if all their bytes are equal.
package struct ResourceName: Hashable, Sendable {
    package let bytes: [UInt8]

    /// What a command without `-r` locks. The command line refuses it as a name; on the wire it is one.
    package static let unnamed = ResourceName(unchecked: Array("_RESOURCE".utf8))

    /// Why some bytes are no resource name.
    package struct Invalid: Error, Hashable, Sendable {
        /// Offset of the first byte that does not belong; the length if something is missing at the end.
        package let offset: Int
        package let reason: String
    }

    /// A simple name: an ASCII letter, then ASCII letters and digits.
    ///
    /// - Throws: `Invalid`, with the place and the reason.
    package init(_ bytes: [UInt8]) throws(Invalid) {
        guard let first = bytes.first else { throw Invalid(offset: 0, reason: "it is empty") }
        if bytes == Self.unnamed.bytes {
            self = .unnamed
            return
        }
        guard Self.isLetter(first) else { throw Invalid(offset: 0, reason: "it does not start with a letter (A-Z, a-z)") }
        if let offset = bytes.firstIndex(where: { !Self.isLetter($0) && !Self.isDigit($0) }) {
            throw Invalid(offset: offset, reason: "byte \(offset + 1) is neither a letter (A-Z, a-z) nor a digit")
        }
        self.bytes = bytes
    }

    private init(unchecked bytes: [UInt8]) { self.bytes = bytes }

    private static func isLetter(_ byte: UInt8) -> Bool {
        let lower = byte | 0x20
        return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}

extension ResourceName: CustomStringConvertible {
    /// For people; bytes that are not UTF-8 are shown as U+FFFD.
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
