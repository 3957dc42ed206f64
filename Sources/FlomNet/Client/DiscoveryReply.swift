internal import FlomNetCore
internal import FlomWire

/// A datagram that came in reply to a query. Any host of the network may send one: what is not exactly a reply of the queried group is
/// ignored.
enum DiscoveryReply {
    /// - Returns: the daemon, or in words why the datagram is not a reply.
    static func read(
        _ bytes: [UInt8], from source: InternetAddress, asked group: InternetAddress
    ) -> Result<FoundDaemon, Flaw> {
        // Daemons of all versions answer from the socket on which they listen.
        guard source.port == group.port else { return .failure(Flaw("not sent from port \(group.port)")) }
        guard !bytes.isEmpty else { return .failure(Flaw("it is empty")) }
        guard bytes.count <= FrameLimit.towardsOldClient else { return .failure(Flaw("it is too long")) }
        let message: ServerMessage
        do {
            message = try ServerMessage(decoding: bytes)
        } catch {
            return .failure(Flaw("\(error)"))
        }
        guard case .location(let announced, let port, let note) = message else { return .failure(Flaw("it is no location")) }
        guard let place = place(announced, port, source) else {
            return .failure(Flaw("its address '\(announced)' leads nowhere"))
        }
        return .success(FoundDaemon(place: place, port: port, source: source, note: note))
    }

    struct Flaw: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    private static func place(_ announced: String, _ port: UInt16, _ source: InternetAddress) -> FoundDaemon.Place? {
        var own = source
        own.port = port
        if announced.isEmpty { return .address(own) }
        // An interface's name in the address is one of the daemon's host.
        let literal = announced.prefix { $0 != "%" }
        guard var address = InternetAddress(text: String(literal), port: port) else {
            return isName(announced) ? .host(announced) : nil
        }
        if address.isWildcard { return .address(own) }
        if address.isMulticast { return nil }
        if address.isLinkLocal {
            // The reply came over the link to which the address belongs; or it is from this host, and the interface is this host's.
            address.scope = source.scope > 0 ? source.scope : InternetAddress(text: announced, port: port)?.scope ?? 0
            guard address.scope > 0 else { return nil }
        }
        // Another host's loopback address would lead to a server on this host.
        guard !address.isLoopback || Interfaces.isAddressOfThisHost(source) else { return nil }
        return .address(address)
    }

    /// Whether the text may be looked up as a name.
    private static func isName(_ text: String) -> Bool {
        let isHostName = text.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isHostName && text.utf8.count <= 253 && text.utf8.first != UInt8(ascii: "-")
    }
}
