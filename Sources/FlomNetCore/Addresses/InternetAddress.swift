package import Glibc

/// An IPv4 or IPv6 address with a port; a link-local one with its interface.
///
/// An IPv4-mapped IPv6 address (`::ffff:192.168.1.2`) becomes the IPv4 address, so that one address has one form.
package struct InternetAddress: Hashable, Sendable {
    package enum Family: Hashable, Sendable {
        case ipv4, ipv6

        package var number: Int32 { self == .ipv4 ? AF_INET : AF_INET6 }
    }

    package let family: Family
    package var port: UInt16
    /// The index of the interface of a link-local address; 0 if none is given.
    package var scope: UInt32
    /// The 4 or 16 bytes of the address in network order.
    package let bytes: [UInt8]

    private init(_ family: Family, _ bytes: [UInt8], port: UInt16, scope: UInt32 = 0) {
        let isMapped = family == .ipv6 && bytes.starts(with: Self.mappedPrefix)
        self.family = isMapped ? .ipv4 : family
        self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
        self.port = port
        // The kernel gives the interface of other addresses too, where it means nothing: an address would differ from itself.
        self.scope = !isMapped && Self.takesScope(bytes) ? scope : 0
    }

    private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

    /// Reads an address; nil for anything else, such as a name, for an interface that does not exist, and for an interface on an address
    /// that takes none.
    ///
    /// - Parameter text: an address like `192.168.1.2`, `::1`, `fe80::1%eth0`, `fe80::1%2`.
    package init?(text: String, port: UInt16) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        let literal = String(parts[0])
        // The system's functions ignore what follows a NUL.
        guard !text.utf8.contains(0) else { return nil }
        if parts.count == 1, let bytes = Self.parse(literal, .ipv4) {
            self.init(.ipv4, bytes, port: port)
            return
        }
        guard let bytes = Self.parse(literal, .ipv6) else { return nil }
        var scope: UInt32 = 0
        if parts.count == 2 {
            guard Self.takesScope(bytes), let index = Self.interfaceIndex(String(parts[1])) else { return nil }
            scope = index
        }
        self.init(.ipv6, bytes, port: port, scope: scope)
    }

    /// The address `0.0.0.0` or `::`.
    package static func wildcard(_ family: Family, port: UInt16) -> InternetAddress {
        InternetAddress(family, [UInt8](repeating: 0, count: family == .ipv4 ? 4 : 16), port: port)
    }

    /// Reads the kernel's form; nil for other families.
    package init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let found = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
            self.init(.ipv4, withUnsafeBytes(of: found.sin_addr) { Array($0) }, port: UInt16(bigEndian: found.sin_port))
        case AF_INET6:
            let found = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
            self.init(
                .ipv6, withUnsafeBytes(of: found.sin6_addr) { Array($0) }, port: UInt16(bigEndian: found.sin6_port),
                scope: found.sin6_scope_id)
        default:
            return nil
        }
    }

    /// Calls `body` with the address in the kernel's form.
    package func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch family {
        case .ipv4:
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: bytes) }
            return Self.pass(&address, body)
        case .ipv6:
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: bytes) }
            return Self.pass(&address, body)
        }
    }

    private static func pass<Address, Result>(
        _ address: inout Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Address>.size)) }
        }
    }

    /// What a call that fills in an address has found; nil if it failed.
    package static func filled(by call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32)
        -> InternetAddress?
    {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &length) >= 0 ? InternetAddress($0) : nil }
        }
    }

    private static func parse(_ text: String, _ family: Family) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: family == .ipv4 ? 4 : 16)
        return inet_pton(family.number, text, &bytes) == 1 ? bytes : nil
    }

    private static func interfaceIndex(_ name: String) -> UInt32? {
        let index = if_nametoindex(name)
        return index > 0 ? index : UInt32(name).flatMap { $0 > 0 ? $0 : nil }
    }
}

// MARK: What kind of address it is

extension InternetAddress {
    package var isLoopback: Bool { family == .ipv4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1 }

    package var isMulticast: Bool { family == .ipv4 ? bytes[0] & 0xF0 == 0xE0 : bytes[0] == 0xFF }

    package var isWildcard: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Whether the address is in `fe80::/10`, where it means nothing without an interface.
    package var isLinkLocal: Bool { family == .ipv6 && Self.isLinkLocal(bytes) }

    /// Whether the address is link-local, or a group that reaches no further than an interface or a link.
    package var takesScope: Bool { family == .ipv6 && Self.takesScope(bytes) }

    private static func isLinkLocal(_ bytes: [UInt8]) -> Bool { bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }

    private static func takesScope(_ bytes: [UInt8]) -> Bool {
        bytes.count == 16 && (isLinkLocal(bytes) || (bytes[0] == 0xFF && 1...2 ~= bytes[1] & 0x0F))
    }
}

extension InternetAddress: CustomStringConvertible {
    /// The address without the port: `192.168.1.2`, `fe80::1%eth0`.
    package var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let text = buffer.withUnsafeMutableBufferPointer { buffer in
            inet_ntop(family.number, bytes, buffer.baseAddress!, socklen_t(buffer.count)).map { String(cString: $0) } ?? ""
        }
        guard scope > 0 else { return text }
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        let interface = name.withUnsafeMutableBufferPointer { if_indextoname(scope, $0.baseAddress!).map { String(cString: $0) } }
        return "\(text)%\(interface ?? "\(scope)")"
    }

    /// The address for messages: `192.168.1.2 port 28015`.
    package var description: String { "\(text) port \(port)" }
}
