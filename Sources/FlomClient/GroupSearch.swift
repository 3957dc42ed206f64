internal import FlomNet
package import FlomNetCore
internal import FlomSystem
internal import Glibc

/// A client's search for the daemon of a multicast group.
package struct GroupSearch: Sendable {
    package let network: NetworkEndpoint
    /// Queries that are sent at most.
    package let attempts: Int
    /// How long each query is waited for.
    package let timeoutMilliseconds: Int
    /// Hops that a query may travel.
    package let ttl: Int

    package init(_ network: NetworkEndpoint, attempts: Int, timeoutMilliseconds: Int, ttl: Int) {
        self.network = network
        self.attempts = attempts
        self.timeoutMilliseconds = timeoutMilliseconds
        self.ttl = ttl
    }

    /// Where the group's daemon is to be connected to. Of several the oldest is taken.
    ///
    /// - Parameter naming: by when a name has to be resolved.
    /// - Throws: `nobodyListens` if nobody answers.
    func addresses(
        until deadline: Deadline, naming: Deadline, notice: (ConnectionNotice) -> Void
    ) throws(NetworkError) -> [InternetAddress] {
        let (group, port) = (network.group ?? "", network.groupPort)
        Trace.step(.client, "flom_client_discover_udp")
        Trace.step(.client, "flom_client_discover_udp: using address '\(group)' and port \(port)")
        guard let address = try Resolver.resolve(group, port: port, interface: network.interface, until: naming).first
        else {
            throw NetworkError(.refused, "'\(group)' has no address")
        }
        var discovery = Discovery(group: address)
        discovery.attempts = attempts
        discovery.timeoutMilliseconds = Int64(timeoutMilliseconds)
        discovery.ttl = ttl
        let found = try DiscoveryClient.discover(discovery, until: deadline) { note($0, notice) }
        guard let first = found.first else {
            Trace.step(.client, "flom_client_discover_udp: no answer from UDP/IP multicast discovery")
            Trace.step(
                .client, "flom_client_discover_udp/excp=5/ret_cod=4/errno=\(EAGAIN) ('\(SystemError("", code: EAGAIN).reason)')")
            throw NetworkError(.nobodyListens, "no daemon answers in the multicast group \(group), UDP port \(port)")
        }
        if found.count > 1 { notice(.severalDaemons(found.map(\.source))) }
        let addresses = try first.addresses(interface: network.interface, until: naming)
        guard !addresses.isEmpty else {
            throw NetworkError(
                .failed,
                "the daemon at \(first.source.text) announces a name that means this host here: start it with an address "
                    + "that other hosts can reach")
        }
        return addresses
    }

    /// A daemon answers in the group, but not where it says.
    func misannounced(_ error: NetworkError) -> NetworkError {
        NetworkError(
            .failed,
            "a daemon answers in the multicast group \(network.group ?? ""), but where it says that it listens: \(error.sentence)"
        )
    }

    private func note(_ step: DiscoveryStep, _ notice: (ConnectionNotice) -> Void) {
        switch step {
        case .using(let group):
            Trace.step(.client, "flom_client_discover_udp: group address is \(group.text)")
        case .sending(let query):
            Trace.step(.client, "flom_client_discover_udp: sending discover message...")
            notice(.searching(.sent(query)))
        case .cannotSend(let interface, let reason):
            Trace.step(.client, "flom_client_discover_udp: interface \(interface) cannot send: \(reason)")
        case .noReply:
            notice(.searching(.unanswered))
        case .reply(let source, let reply):
            Trace.step(.client, "flom_client_discover_udp: reply from \(source.text)")
            notice(.searching(.answered(reply, from: source)))
        case .ignored(let source, let reason):
            Trace.step(.client, "flom_client_discover_udp: ignored a datagram from \(source.text): \(reason)")
        }
    }
}

/// A step of a search in a group. The texts are the messages as they travel.
package enum SearchStep: Sendable {
    case sent(String)
    case unanswered
    case answered(String, from: InternetAddress)
}
