internal import FlomDaemon
internal import FlomNet
internal import FlomSystem
internal import Glibc

/// The client's search for a daemon in a multicast group, with the words and trace lines that 1.7.2's users know.
struct DaemonSearch {
    private let network: NetworkEndpoint
    private let attempts: Int
    private let timeoutMilliseconds: Int
    private let ttl: Int
    private let verbose: Bool

    init(_ network: NetworkEndpoint, _ settings: Settings) {
        self.network = network
        attempts = settings.discoveryAttempts
        timeoutMilliseconds = settings.discoveryTimeoutMilliseconds
        ttl = settings.discoveryTTL
        verbose = settings.verbose
    }

    /// Where the group's daemon is to be connected to. Of several the oldest is taken, and the user told.
    ///
    /// - Parameter naming: by when a name has to be resolved.
    /// - Throws: `nobodyListens` if nobody answers.
    func addresses(until deadline: Deadline, naming: Deadline) throws(NetworkError) -> [InternetAddress] {
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
        let found = try DiscoveryClient.discover(discovery, until: deadline) { note($0) }
        guard let first = found.first else {
            Trace.step(.client, "flom_client_discover_udp: no answer from UDP/IP multicast discovery")
            Trace.step(
                .client, "flom_client_discover_udp/excp=5/ret_cod=4/errno=\(EAGAIN) ('\(SystemError("", code: EAGAIN).reason)')")
            throw NetworkError(.nobodyListens, "no daemon answers in the multicast group \(group), UDP port \(port)")
        }
        if found.count > 1 {
            let places = found.map { "\($0.source.text)" }.joined(separator: ", ")
            StandardError.say(
                "\(found.count) daemons answer in the multicast group \(group): \(places); this uses the oldest, "
                    + "\(first.source.text), but locks of the others do not count there: end all but one with -X")
        }
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

    /// The use case's end: a sentence, and the line that its users know.
    func notFound(_ error: NetworkError) -> Failure {
        Trace.step(
            .client, "flom_client_connect: connection failed, a new daemon can not be started because daemon lifespan is 0")
        Trace.step(.client, "flom_client_connect/excp=4/ret_cod=-104/errno=\(EAGAIN)")
        let asked = attempts == 1 ? "asked once" : "asked \(attempts) times"
        var failure = Failure(
            .failure,
            "\(error.sentence) (\(asked), \(timeoutMilliseconds) ms each), and -d 0 says that none may be started: start one "
                + "there with -d -1, or check that no firewall drops multicast")
        failure.lineOfOldVersion = "flom_client_connect: ret_cod=-104 (ERROR: 'connect' function returned an error condition)"
        return failure
    }

    private func note(_ step: DiscoveryStep) {
        let place = "\(network.group ?? "")/\(network.groupPort)"
        switch step {
        case .using(let group):
            Trace.step(.client, "flom_client_discover_udp: group address is \(group.text)")
        case .sending(let xml):
            Trace.step(.client, "flom_client_discover_udp: sending discover message...")
            if verbose { StandardOutput.print("sending UDP multicast datagram to \(place) ('\(xml)')") }
        case .cannotSend(let interface, let reason):
            Trace.step(.client, "flom_client_discover_udp: interface \(interface) cannot send: \(reason)")
        case .noReply:
            if verbose { StandardOutput.print("no reply from \(place)") }
        case .reply(let source, let xml):
            Trace.step(.client, "flom_client_discover_udp: reply from \(source.text)")
            if verbose { StandardOutput.print("reply from \(source.text)/\(source.port) is '\(xml)'") }
        case .ignored(let source, let reason):
            Trace.step(.client, "flom_client_discover_udp: ignored a datagram from \(source.text): \(reason)")
        }
    }
}
