import FlomNet
import FlomNetCore
import Glibc
import Testing

@Suite struct InternetAddressTests {
    @Test(arguments: [
        ("192.168.1.2", "192.168.1.2"), ("0.0.0.0", "0.0.0.0"), ("::", "::"), ("::1", "::1"), ("0:0::0:1", "::1"),
        ("FD00::A", "fd00::a"), ("fe80::1", "fe80::1"), ("fe80::1%lo", "fe80::1%lo"), ("fe80::1%1", "fe80::1%lo"),
        ("ff02::1%lo", "ff02::1%lo"), ("fe80::1%4000000", "fe80::1%4000000"),
        // One address, one form.
        ("::ffff:192.168.1.2", "192.168.1.2"), ("::ffff:c0a8:102", "192.168.1.2"),
    ])
    func read(_ text: String, _ shown: String) throws {
        let address = try #require(InternetAddress(text: text, port: 28015))
        #expect(address.text == shown)
        #expect(address.description == "\(shown) port 28015")
        #expect(address == InternetAddress(text: shown, port: 28015))
        #expect(address.withAddress { pointer, length in (InternetAddress(pointer), Int(length)) } == (address, size(address)))
    }

    private func size(_ address: InternetAddress) -> Int {
        address.family == .ipv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
    }

    @Test(arguments: [
        "", " ", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.4%lo", "127.1", ":::", "1::2::3",
        "[::1]", "::1%lo", "fd00::1%lo", "ff15::1%lo", "fe80::1%", "fe80::1%nosuchif", "fe80::1%0", "fe80::1%-1", "%lo",
        "::1\0", "127.0.0.1\0x", "fe80::1%lo\0",
    ])
    func isNone(_ text: String) {
        #expect(InternetAddress(text: text, port: 1) == nil)
    }

    struct Kind: OptionSet {
        let rawValue: Int
        static let loopback = Kind(rawValue: 1)
        static let multicast = Kind(rawValue: 2)
        static let wildcard = Kind(rawValue: 4)
        static let linkLocal = Kind(rawValue: 8)
        static let scoped = Kind(rawValue: 16)
    }

    @Test(
        arguments: [
            ("127.0.0.1", .loopback), ("127.255.0.9", .loopback), ("128.0.0.1", []), ("0.0.0.0", .wildcard),
            ("224.0.0.1", .multicast), ("239.255.255.255", .multicast), ("223.255.255.255", []), ("240.0.0.1", []),
            ("169.254.1.1", []), ("::1", .loopback), ("::", .wildcard), ("::2", []), ("1::1", []), ("ff15::1", .multicast),
            ("ff02::1", [.multicast, .scoped]), ("ff11::1", [.multicast, .scoped]), ("ff05::1", .multicast),
            ("fe80::1", [.linkLocal, .scoped]), ("febf::1", [.linkLocal, .scoped]), ("fec0::1", []), ("fd00::1", []),
        ] as [(String, Kind)])
    func kinds(_ text: String, _ kind: Kind) throws {
        let address = try #require(InternetAddress(text: text, port: 0))
        #expect(address.isLoopback == kind.contains(.loopback))
        #expect(address.isMulticast == kind.contains(.multicast))
        #expect(address.isWildcard == kind.contains(.wildcard))
        #expect(address.isLinkLocal == kind.contains(.linkLocal))
        #expect(address.takesScope == kind.contains(.scoped))
    }

    @Test func portAndScopeTellAddressesApart() {
        #expect(InternetAddress(text: "::1", port: 1) != InternetAddress(text: "::1", port: 2))
        #expect(InternetAddress(text: "fe80::1", port: 1) != InternetAddress(text: "fe80::1%lo", port: 1))
        #expect(InternetAddress.wildcard(.ipv4, port: 1) != .wildcard(.ipv6, port: 1))
    }

    /// The kernel may put an interface where it means nothing.
    @Test func scopeOfAnAddressWithoutOne() throws {
        let plain = try #require(InternetAddress(text: "fd00::1", port: 1))
        let read = plain.withAddress { pointer, _ in
            var copy = UnsafeRawPointer(pointer).loadUnaligned(as: sockaddr_in6.self)
            copy.sin6_scope_id = 1
            return withUnsafePointer(to: &copy) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { InternetAddress($0) }
            }
        }
        #expect(read == plain)
    }

    @Test func otherFamiliesAreNone() {
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_UNIX)
        #expect(InternetAddress(&address) == nil)
    }

    @Test func interfaces() throws {
        let loopback = try #require(Loopback.interface)
        #expect(loopback.index == if_nametoindex(loopback.name))
        #expect(loopback.addresses.allSatisfy { $0.isLoopback })
        #expect(loopback.carriesMulticast(.ipv4))
        #expect(Set(Interfaces.up().map(\.index)).count == Interfaces.up().count)
        for address in Interfaces.up().flatMap(\.addresses) { #expect(Interfaces.isAddressOfThisHost(address)) }
    }

    @Test(arguments: [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("198.51.100.7", false), ("2001:db8::7", false)])
    func ownAddresses(_ text: String, _ isOwn: Bool) throws {
        #expect(Interfaces.isAddressOfThisHost(try #require(InternetAddress(text: text, port: 9))) == isOwn)
    }
}
