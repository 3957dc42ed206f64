import FlomNet
import FlomNetCore
import FlomSystem
import Glibc
import Testing

@Suite struct TCPListenerTests {
    @Test(arguments: Loopback.families) func anAddress(_ family: InternetAddress.Family) throws {
        let port = Loopback.freePort(SOCK_STREAM, family)
        // What a name has besides the address of this host: addresses of others, and the same twice.
        let others = ["198.51.100.7", "2001:db8::7"].map { InternetAddress(text: $0, port: port)! }
        let own = Loopback.address(family, port: port)
        let listener = try TCPListener(addresses: [others[0], own, own, others[1]])
        defer { listener.close() }
        #expect(listener.boundAddresses == [own])
        #expect(listener.port == port)
        #expect(listener.descriptors.count == 1)
        #expect(Loopback.option(listener.descriptors[0], SOL_SOCKET, SO_REUSEADDR) != 0)
        #expect(fcntl(listener.descriptors[0], F_GETFD) & FD_CLOEXEC != 0)
        _ = try TCPConnector.connect(to: [own], until: .after(milliseconds: 5000))
    }

    @Test(.enabled(if: Loopback.families.count == 2, "the loopback interface lacks a family")) func bothFamilies() throws {
        let listener = try TCPListener(addresses: [Loopback.address(.ipv4), Loopback.address(.ipv6)])
        defer { listener.close() }
        #expect(listener.boundAddresses.map(\.text) == ["127.0.0.1", "::1"])
        #expect(listener.boundAddresses.allSatisfy { $0.port == listener.port && listener.port > 0 })
        for address in listener.boundAddresses { _ = try TCPConnector.connect(to: [address], until: .after(milliseconds: 5000)) }
    }

    @Test func notOurs() throws {
        let address = try #require(InternetAddress(text: "198.51.100.7", port: 28015))
        let bare = try #require(failure { () throws(NetworkError) in try TCPListener(addresses: [address]) })
        #expect(bare.kind == .refused)
        #expect(bare.sentence.hasPrefix("198.51.100.7 is not an address of this host"), "\(bare.sentence)")
        #expect(bare.sentence.contains("28015"))
        let named = failure { () throws(NetworkError) in try TCPListener(addresses: [address], name: "mojan") }
        #expect(named?.sentence.hasPrefix("'mojan' (198.51.100.7) is not an address of this host") == true)
    }

    @Test func aTakenPort() throws {
        let taken = RawListener()
        let error = try #require(failure { () throws(NetworkError) in try TCPListener(addresses: [taken.address]) })
        #expect(error.kind == .refused)
        #expect(error.sentence.contains("port \(taken.address.port) is in use on 127.0.0.1"), "\(error.sentence)")
    }

    /// What a failed second bind leaves behind would keep the first address from the next try.
    @Test(.enabled(if: Loopback.families.count == 2, "the loopback interface lacks a family")) func allOrNone() throws {
        let taken = RawListener(.ipv6)
        let free = Loopback.address(.ipv4, port: taken.address.port)
        #expect(throws: NetworkError.self) { try TCPListener(addresses: [free, taken.address]) }
        try TCPListener(addresses: [free]).close()
    }

    @Test(arguments: Loopback.families) func wildcard(_ family: InternetAddress.Family) throws {
        let first = try TCPListener(wildcardPort: 0, family: family)
        defer { first.close() }
        #expect(first.port > 0)
        #expect(first.boundAddresses == [.wildcard(family, port: first.port)])
        _ = try TCPConnector.connect(to: [Loopback.address(family, port: first.port)], until: .after(milliseconds: 5000))
        // A client may write the wildcard too, as 1.7.2's can.
        _ = try TCPConnector.connect(to: [.wildcard(family, port: first.port)], until: .after(milliseconds: 5000))

        let refusal = failure { () throws(NetworkError) in try TCPListener(wildcardPort: first.port, family: family) }
        #expect(refusal?.sentence.contains("port \(first.port) is in use") == true)
        let other = try TCPListener(wildcardPort: first.port, family: family, orAnyPort: true)
        defer { other.close() }
        #expect(other.port != first.port)
    }

    /// Each family has its own socket on a port.
    @Test(.enabled(if: Loopback.families.count == 2, "the loopback interface lacks a family")) func wildcardsOfBothFamilies()
        throws
    {
        let one = try TCPListener(wildcardPort: 0, family: .ipv6)
        defer { one.close() }
        let other = try TCPListener(wildcardPort: one.port, family: .ipv4)
        defer { other.close() }
        #expect(other.port == one.port)
    }
}
