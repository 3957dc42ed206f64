internal import FlomNetCore
internal import FlomSystem

/// Where the daemon is that gives the locks. Locks at equal endpoints exclude each other, and use each other's connections.
public struct FlomEndpoint: Sendable {
    let shared: ProgramEndpoint

    private init(_ way: ProgramEndpoint.Way) { shared = .shared(for: way) }

    // MARK: - On this host

    /// The user's own daemon, which all their programs and commands use unless they name another one. It is started when there is none.
    public static let local = FlomEndpoint.local(starting: FlomProgram())

    /// A daemon of this host.
    ///
    /// - Parameters:
    ///   - socket: the path of its socket, at most 107 bytes; nil for the user's own daemon. A relative path begins at the present directory.
    ///   - program: what starts it when there is none; nil if nothing does.
    public static func local(socket: String? = nil, starting program: FlomProgram? = FlomProgram()) -> FlomEndpoint {
        let endpoint: Endpoint =
            socket.map { .unix(path: Files.absolute($0), isDefault: false) } ?? .unix(path: DefaultSocket.path, isDefault: true)
        var way = ProgramEndpoint.Way(endpoint)
        way.program = program?.program
        return FlomEndpoint(way)
    }

    // MARK: - In the network

    /// The port of TCP and of multicast groups unless another one is given.
    public static let defaultPort: UInt16 = NetworkDefaults.port

    /// An address of a daemon in the network.
    public struct Address: Hashable, Sendable {
        /// A name or an IPv4 or IPv6 address.
        public var host: String
        public var port: UInt16
        /// The interface to which a link-local IPv6 address belongs; with one only IPv6 is used.
        public var interface: String?

        public init(_ host: String, port: UInt16 = FlomEndpoint.defaultPort, interface: String? = nil) {
            self.host = host
            self.port = port
            self.interface = interface
        }

        fileprivate var endpoint: NetworkEndpoint {
            var endpoint = NetworkEndpoint()
            endpoint.address = host
            endpoint.port = port
            endpoint.interface = interface
            return endpoint
        }
    }

    /// A daemon that is reached over TCP.
    public static func tcp(_ host: String, port: UInt16 = defaultPort, interface: String? = nil) -> FlomEndpoint {
        tcp(Address(host, port: port, interface: interface))
    }

    /// A daemon that has several addresses, or has one of several: they are tried in their order, and each that does not answer has an equal
    /// share of the time. Only one of them may have a daemon at a time. Two daemons know nothing of each other's locks.
    public static func tcp(_ first: Address, or others: Address...) -> FlomEndpoint { tcp(first, or: others) }

    /// As above.
    public static func tcp(_ first: Address, or others: [Address]) -> FlomEndpoint {
        var way = ProgramEndpoint.Way(.network(first.endpoint))
        way.others = others.map(\.endpoint)
        return FlomEndpoint(way)
    }

    /// The daemon that answers in a multicast group. Of several the oldest is taken.
    ///
    /// - Parameters:
    ///   - group: 224.0.0.0 to 239.255.255.255, or an IPv6 address that begins with ff.
    ///   - interface: the only one to be used; all that can if nil.
    ///   - attempts: queries that are sent at most, from 1.
    ///   - wait: for an answer to each query, from 1 ms.
    ///   - hops: links that a query may cross, 1 to 255.
    public static func multicast(
        _ group: String, port: UInt16 = defaultPort, interface: String? = nil, attempts: Int = 2,
        wait: Duration = .milliseconds(500), hops: Int = 1
    ) -> FlomEndpoint {
        var endpoint = NetworkEndpoint()
        endpoint.group = group
        endpoint.groupPort = port
        endpoint.interface = interface
        var way = ProgramEndpoint.Way(.network(endpoint))
        way.discoveryAttempts = min(max(1, attempts), 1000)
        way.discoveryTimeout = Int(min(max(1, wait.wholeMilliseconds), 3_600_000))
        way.discoveryTTL = min(max(1, hops), 255)
        return FlomEndpoint(way)
    }

    // MARK: - Protection

    /// The same endpoint, reached over TLS.
    public func tls(_ files: FlomTLS) -> FlomEndpoint {
        var way = shared.way
        way.tls = files.settings
        return FlomEndpoint(way)
    }

    /// Whether a lost connection is noticed by probes: the idle time before the first one, the pause between them (each 1 to 32767 s), and how
    /// many may be lost (1 to 127).
    public func keepalive(idle: Duration, interval: Duration, probes: Int) -> FlomEndpoint {
        var way = shared.way
        way.keepalive.idleSeconds = Self.seconds(idle)
        way.keepalive.intervalSeconds = Self.seconds(interval)
        way.keepalive.probes = min(max(probes, Int(Keepalive.probesRange.lowerBound)), Int(Keepalive.probesRange.upperBound))
        return FlomEndpoint(way)
    }

    private static func seconds(_ span: Duration) -> Int {
        let range = Keepalive.secondsRange
        return Int(min(max(span.wholeMilliseconds / 1000, range.lowerBound), range.upperBound))
    }
}

extension FlomEndpoint: Hashable, CustomStringConvertible {
    public static func == (one: Self, other: Self) -> Bool { one.shared.way == other.shared.way }
    public func hash(into hasher: inout Hasher) { hasher.combine(shared.way) }
    /// As flom names it: `/tmp/flom-root`, `192.168.1.2/28015`, `239.255.0.1/28015 (multicast)`.
    public var description: String { shared.name }
}

/// The installed program `flom`, which starts a daemon of this host when there is none.
public struct FlomProgram: Sendable {
    var program = DaemonProgram()

    /// - Parameters:
    ///   - program: the program, looked for on the PATH if it has no slash. Nil for what `FLOM_PROGRAM` names in the environment, or else
    ///     `flom`.
    ///   - lifespan: how long the daemon lives on when nothing is held or awaited, to the millisecond; nil for ever.
    ///   - options: further options of `flom` for the daemon, such as `["--journal", "/var/lib/x/journal"]`.
    public init(program: String? = nil, lifespan: Duration? = .seconds(5), options: [String] = []) {
        self.program.path = program
        self.program.lifespanMilliseconds = lifespan.map { Int32(clamping: max(1, $0.wholeMilliseconds)) } ?? -1
        self.program.options = options
    }
}

/// The files of TLS. Both ends show a certificate.
public struct FlomTLS: Hashable, Sendable {
    public enum Version: Hashable, Sendable {
        case tls12, tls13
    }

    var settings: TLSSettings

    /// - Parameters:
    ///   - certificate: a PEM file with this host's certificate first, then the intermediates.
    ///   - privateKey: a PEM file with its key, not encrypted.
    ///   - authorities: a PEM file with every CA whose certificates are accepted.
    ///   - checksPeerID: whether the daemon's certificate must be made for the machine id that it says.
    ///   - minimum: the oldest version that is spoken.
    ///   - revoked: a list of revoked certificates, as `--tls-revoked` reads it.
    public init(
        certificate: String, privateKey: String, authorities: String, checksPeerID: Bool = false, minimum: Version = .tls12,
        revoked: String? = nil
    ) {
        settings = TLSSettings(
            certificate: Files.absolute(certificate), privateKey: Files.absolute(privateKey),
            authorities: Files.absolute(authorities))
        settings.checksPeerID = checksPeerID
        settings.minimumVersion = minimum == .tls13 ? .tls13 : .tls12
        settings.revoked = revoked.map { Files.absolute($0) }
    }
}

extension Duration {
    /// Rounded up; clamped to what fits.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (milliseconds, isTooMuch) = seconds.multipliedReportingOverflow(by: 1000)
        if isTooMuch { return seconds < 0 ? .min : .max }
        let part = attoseconds / 1_000_000_000_000_000
        let isWhole = attoseconds % 1_000_000_000_000_000 <= 0
        return milliseconds.addingReportingOverflow(part + (isWhole ? 0 : 1)).partialValue
    }
}
