internal import FlomModel

/// Reads the blocks between `-----BEGIN WHAT-----` and `-----END WHAT-----`.
package enum PEMText {
    /// The decoded bytes of each block of a kind, in their order; nil if one of them is damaged.
    package static func blocks(_ kind: String, in text: [UInt8]) -> [[UInt8]]? {
        let begin = "-----BEGIN \(kind)-----"
        let end = "-----END \(kind)-----"
        var blocks: [[UInt8]] = []
        var body: [UInt8]?
        for raw in text.split(separator: UInt8(ascii: "\n")) {
            let line = String(decoding: raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw, as: UTF8.self)
            if line == begin {
                body = []
            } else if line == end {
                guard let encoded = body, let block = Base64.decodeSkippingOthers(encoded.span), !block.isEmpty else {
                    return nil
                }
                blocks.append(block)
                body = nil
            } else {
                body? += Array(line.utf8)
            }
        }
        return body == nil ? blocks : nil
    }
}
