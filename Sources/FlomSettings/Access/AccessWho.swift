internal import FlomNetCore
internal import FlomStore

/// The peers that a rule is about.
package enum AccessWho: Hashable, Sendable {
    case users(ClosedRange<UInt32>)
    /// Looked up when the daemon starts, and at SIGHUP.
    case userNamed(String)
    case groups(ClosedRange<UInt32>)
    case groupNamed(String)
    /// A pattern for the whole subject of a certificate.
    case certificate(String)
    case addresses(AddressPrefix)
    /// This host's loopback addresses.
    case loopback
    /// The daemon's UNIX socket.
    case local
    /// The user that the daemon runs as.
    case sameUser
    case root
    case anybody

    /// Whether the rule is about this identity. Names must have been looked up.
    func means(_ who: AccessIdentity) -> Bool {
        switch self {
        case .users(let range): who.uid.map(range.contains) ?? false
        case .groups(let range): who.gids.contains(where: range.contains)
        case .certificate(let pattern):
            who.certificate.map { AccessPattern.matches(Array($0.utf8), Array(pattern.utf8)) } ?? false
        case .addresses(let prefix): who.address.map(prefix.contains) ?? false
        case .loopback: who.address?.isLoopback ?? false
        case .local: who.isOnSocket
        case .sameUser: who.isSameUser
        case .root: who.isRoot
        case .anybody: true
        case .userNamed, .groupNamed: false
        }
    }
}

/// The wildcards of `--history -r`: `*` stands for any bytes, `?` for one.
enum AccessPattern {
    static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        name.withUnsafeBytes { name in pattern.withUnsafeBytes { TextSearch.matches(name, $0) } }
    }
}

/// All addresses that begin with the same bits: `10.0.0.0/8`, `fe80::/10`, `192.168.1.2`.
package struct AddressPrefix: Hashable, Sendable {
    private let family: InternetAddress.Family
    private let bytes: [UInt8]
    private let bits: Int

    /// - Returns: nil for anything else, also if bits are set behind the prefix: the writer of such a text meant something else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), !text.contains("%"),
            let address = InternetAddress(text: String(parts[0]), port: 0)
        else { return nil }
        family = address.family
        bytes = address.bytes
        guard parts.count == 2 else {
            bits = bytes.count * 8
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let bits = Int(parts[1]), bits <= bytes.count * 8
        else { return nil }
        self.bits = bits
        let hasMore = (bits..<bytes.count * 8).contains { bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) != 0 }
        if hasMore { return nil }
    }

    func contains(_ address: InternetAddress) -> Bool {
        guard address.family == family else { return false }
        let whole = bits / 8
        guard address.bytes.prefix(whole).elementsEqual(bytes.prefix(whole)) else { return false }
        guard bits % 8 > 0 else { return true }
        return (address.bytes[whole] ^ bytes[whole]) >> UInt8(8 - bits % 8) == 0
    }
}
