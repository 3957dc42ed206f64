package import FlomSystem
package import FlomWire

/// How daemons are looked for.
package struct Discovery: Hashable, Sendable {
    /// The largest that the system takes.
    package static let hopsRange = 1...255

    /// Address and port; the interface, if it has one, is the only one used.
    package var group: InternetAddress
    /// How often is asked, at most. From 1.
    package var attempts = 2
    /// How long each attempt waits for a first reply. From 1.
    package var timeoutMilliseconds: Int64 = 500
    /// How many links a query may travel (`--discovery-ttl`).
    package var ttl = 1

    package init(group: InternetAddress) { self.group = group }
}

/// Who answered in a group.
package struct FoundDaemon: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        case address(InternetAddress)
        /// 1.7.2 announces what it was started with, which may be a name.
        case host(String)
    }

    /// Where its clients are to connect.
    package let place: Place
    package let port: UInt16
    /// Where the reply came from.
    package let source: InternetAddress
    /// Nil for 1.7.2.
    package let note: DiscoveryNote?

    package var daemonID: String? { note?.daemonID }
    /// When its journal was made: microseconds since 1970 in UTC.
    package var createdAtMicroseconds: Int64? { note?.createdAtMicroseconds }

    /// What to connect to; a name is looked up now. Empty if it means this host, where the daemon is not: a name such as
    /// `localhost` would lead to whoever listens here.
    package func addresses(interface: String? = nil, until deadline: Deadline) throws(NetworkError) -> [InternetAddress] {
        switch place {
        case .address(let address): return [address]
        case .host(let name):
            let addresses = try Resolver.resolve(name, port: port, interface: interface, until: deadline)
            return Interfaces.isAddressOfThisHost(source) ? addresses : addresses.filter { !$0.isLoopback }
        }
    }
}

/// What happens during a search, for traces and the verbose listing.
package enum DiscoveryStep: Hashable, Sendable {
    case using(group: InternetAddress)
    /// Once for each attempt, whatever the number of interfaces.
    case sending(xml: String)
    case cannotSend(interface: String, reason: String)
    case noReply
    case reply(from: InternetAddress, xml: String)
    case ignored(from: InternetAddress, reason: String)
}
