package import FlomNetCore
package import FlomSystem
package import FlomWire

/// How a client looks for daemons in a multicast group.
package struct Discovery: Hashable, Sendable {
    /// The group's address and port. If it has an interface, that is the only one used.
    package var group: InternetAddress
    /// The largest number of queries, at least 1.
    package var attempts = 2
    /// How long to wait for a first reply after each query, at least 1.
    package var timeoutMilliseconds: Int64 = 500
    /// The number of links that a query may cross (`--discovery-ttl`).
    package var ttl = 1

    package init(group: InternetAddress) { self.group = group }
}

/// A daemon that answered in a group.
package struct FoundDaemon: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        case address(InternetAddress)
        /// A name: 1.7.2 announces what it was started with.
        case host(String)
    }

    /// Where clients are to connect.
    package let place: Place
    package let port: UInt16
    /// The source address of the reply.
    package let source: InternetAddress
    /// The note of a daemon that speaks the extension; nil for 1.7.2.
    package let note: DiscoveryNote?

    package var daemonID: String? { note?.daemonID }
    /// The creation of the daemon's journal: microseconds since 1970-01-01 UTC.
    package var createdAtMicroseconds: Int64? { note?.createdAtMicroseconds }

    /// The addresses to connect to; a name is looked up now. Empty if the name means this host and the daemon is on another: a name
    /// such as `localhost` would lead to a server on this host.
    package func addresses(interface: String? = nil, until deadline: Deadline) throws(NetworkError) -> [InternetAddress] {
        switch place {
        case .address(let address): return [address]
        case .host(let name):
            let addresses = try Resolver.resolve(name, port: port, interface: interface, until: deadline)
            return Interfaces.isAddressOfThisHost(source) ? addresses : addresses.filter { !$0.isLoopback }
        }
    }
}

/// A step of a search, for traces and the verbose listing.
package enum DiscoveryStep: Hashable, Sendable {
    case using(group: InternetAddress)
    /// A query is sent. Once for each attempt, whatever the number of interfaces.
    case sending(xml: String)
    case cannotSend(interface: String, reason: String)
    case noReply
    case reply(from: InternetAddress, xml: String)
    case ignored(from: InternetAddress, reason: String)
}
