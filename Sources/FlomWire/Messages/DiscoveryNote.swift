internal import FlomModel

/// The identity of a daemon in a multicast group, and the age of its journal. Daemons and starters of flom add it to discovery, so that
/// a client recognizes two answers of one daemon, and that all clients prefer the same one of two daemons.
package struct DiscoveryNote: Hashable, Sendable {
    /// The longest id. Long enough for every valid id, short enough that a query with it stays far below 511 bytes.
    package static let maximumIDLength = 64

    /// The daemon's id: letters, digits, `-`, `_`, `.` and `:`.
    package let daemonID: String
    /// The creation of the journal: microseconds since 1970-01-01 UTC.
    package let createdAtMicroseconds: Int64

    /// Nil if the id is empty, longer than 64 bytes or has other characters, and for a time before 1970.
    package init?(daemonID: String, createdAtMicroseconds: Int64) {
        guard 1...Self.maximumIDLength ~= daemonID.utf8.count, daemonID.utf8.allSatisfy(Self.isIDPart),
            createdAtMicroseconds >= 0
        else { return nil }
        self.daemonID = daemonID
        self.createdAtMicroseconds = createdAtMicroseconds
    }

    /// Whether clients prefer this daemon to the other one. The older journal is preferred; of two from the same microsecond, the one with
    /// the lesser id.
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
    /// Appends the note as an element without attributes, which 1.7.2's peers ignore. An attribute on `network` would end its client.
    func append(to bytes: inout [UInt8]) {
        bytes.append("<x-daemon>")
        bytes.append(contentsOf: daemonID.utf8)
        bytes.append(UInt8(ascii: " "))
        bytes.append(decimal: createdAtMicroseconds)
        bytes.append("</x-daemon>")
    }

    /// Reads a note; nil unless the text is an id, one blank and decimal digits.
    init?(text: [UInt8]) {
        guard let blank = text.firstIndex(of: UInt8(ascii: " ")) else { return nil }
        let digits = Array(text[(blank + 1)...])
        guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let time = Decimal.parse(digits.span, as: Int64.self)
        else { return nil }
        self.init(daemonID: String(decoding: text[..<blank], as: UTF8.self), createdAtMicroseconds: time)
    }
}
