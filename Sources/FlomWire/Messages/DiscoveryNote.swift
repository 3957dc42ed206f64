internal import FlomModel

/// Which daemon speaks in a group, and since when its journal exists: what daemons and starters of ours add to discovery, so
/// that a client knows two answers of one daemon as one, and that of two daemons all prefer the same.
package struct DiscoveryNote: Hashable, Sendable {
    /// Long enough for every id that is meant, short enough that a query with it stays far below 511 bytes.
    package static let maximumIDLength = 64

    /// Letters, digits, `-`, `_`, `.` and `:`.
    package let daemonID: String
    /// When the journal was made: microseconds since 1970 in UTC.
    package let createdAtMicroseconds: Int64

    /// Nil for an id that is empty, longer than 64 bytes or has other characters, and for a time before 1970.
    package init?(daemonID: String, createdAtMicroseconds: Int64) {
        guard 1...Self.maximumIDLength ~= daemonID.utf8.count, daemonID.utf8.allSatisfy(Self.isIDPart),
            createdAtMicroseconds >= 0
        else { return nil }
        self.daemonID = daemonID
        self.createdAtMicroseconds = createdAtMicroseconds
    }

    /// The older journal goes first; of two of the same microsecond everybody takes the one with the lesser id.
    package func isSenior(to other: DiscoveryNote) -> Bool {
        (createdAtMicroseconds, daemonID) < (other.createdAtMicroseconds, other.daemonID)
    }

    private static func isIDPart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

// MARK: On the wire: `<x-daemon>ID CREATED-AT</x-daemon>`

extension DiscoveryNote {
    /// As 1.7.2's peers ignore it: an element without attributes. An attribute on `network` would end its client.
    func append(to bytes: inout [UInt8]) {
        bytes.append("<x-daemon>")
        bytes.append(contentsOf: daemonID.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: createdAtMicroseconds)
        bytes.append("</x-daemon>")
    }

    /// Nil unless the text is an id, one blank and decimal digits.
    init?(text: [UInt8]) {
        guard let blank = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let digits = Array(text[(blank + 1)...])
        guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let time = Decimal.parse(digits.span, as: Int64.self)
        else { return nil }
        self.init(daemonID: String(decoding: text[..<blank], as: UTF8.self), createdAtMicroseconds: time)
    }
}
