internal import FlomCore
package import FlomNet
package import FlomNetCore
package import FlomSystem
internal import Glibc

/// Reaches the daemon of an endpoint, and has it started if there is none and this client may do so.
package final class DaemonConnector {
    package let endpoint: Endpoint
    /// Further addresses, for when nobody answers at that of the endpoint.
    private let others: [NetworkEndpoint]
    private let mayStart: Bool
    private let keepalive: Keepalive
    /// How the daemon is found; nil unless a group is the only thing that is known of it.
    package let search: GroupSearch?
    /// Nil in plain text.
    private let tls: TLSCredentials?
    /// Whether a name is looked up for a moment only.
    private let isImpatient: Bool
    private let host: any DaemonHost
    private let notice: (ConnectionNotice) -> Void
    /// Where a daemon has been reached. A client that comes back tries that first: the daemon is usually where it was, also when names
    /// cannot be resolved, or when its group does not answer.
    private var known: InternetAddress?

    /// - Parameters:
    ///   - others: further addresses of the daemon, tried in their order.
    ///   - mayStart: whether the host may be asked to start a daemon.
    ///   - search: for an endpoint that is a group.
    ///   - isImpatient: a client that does not wait for its lock does not wait for a dead name server either.
    ///   - notice: told of what a user should know while it goes on.
    package init(
        to endpoint: Endpoint, or others: [NetworkEndpoint] = [], mayStart: Bool, keepalive: Keepalive = Keepalive(),
        tls: TLSCredentials? = nil,
        search: GroupSearch? = nil, isImpatient: Bool = false, host: any DaemonHost,
        notice: @escaping (ConnectionNotice) -> Void
    ) {
        self.endpoint = endpoint
        self.others = others
        self.mayStart = mayStart
        self.keepalive = keepalive
        self.tls = tls
        self.search = search
        self.isImpatient = isImpatient
        self.host = host
        self.notice = notice
    }

    /// This client's right to start a daemon: whether it may, and whether it looks for the daemon by multicast.
    var startingRight: StartingRight { StartingRight(mayStart: mayStart, isFoundByGroup: search != nil) }

    // MARK: - A new request

    /// Connects to the daemon; starts it if need be.
    package func connect(until deadline: Deadline) throws(ConnectError) -> ClientConnection {
        Trace.step(.client, "flom_client_connect")
        let naming = isImpatient ? Deadline.earlier(deadline, .naming()) : deadline
        var pauseMilliseconds: Int64 = 1
        var deathsLeft = Self.deaths
        var closedDoorsLeft = 2
        var startsLeft = Self.deaths
        while true {
            do {
                return try attempt(until: deadline, naming: naming)
            } catch  where error.kind == .nobodyListens {
                if !mayStart {
                    // One that has lost its socket makes it again; one that is ending soon holds nothing.
                    guard case .unix = endpoint, host.isDaemonRunning, !deadline.hasPassed else { throw .nobodyListens(error) }
                    Clock.sleep(milliseconds: pauseMilliseconds)
                    pauseMilliseconds = min(pauseMilliseconds * 2, 50)
                    continue
                }
            } catch  where error.kind == .closed && closedDoorsLeft > 0 {
                // It may have ended just then.
                closedDoorsLeft -= 1
                continue
            } catch {
                throw .unreachable(error)
            }

            Trace.step(.administration, "no daemon listens on '\(endpoint.name)': starting one")
            switch try start(&deathsLeft) {
            case .started(let warning):
                Trace.step(.administration, "the daemon is ready")
                if let warning { notice(.daemonStarted(warning: warning)) }
                startsLeft -= 1
                if startsLeft == Self.deaths - 1 { continue }
                guard startsLeft > 0 else { throw .notStarted(StartError(fruitless)) }
            case .inOtherHands: Trace.step(.administration, "somebody else starts it, or it ends")
            }
            guard !deadline.hasPassed else { throw .inOtherHands }
            Clock.sleep(milliseconds: pauseMilliseconds)
            pauseMilliseconds = min(pauseMilliseconds * 2, 50)
        }
    }

    /// A daemon that is killed while it starts is started again, but one that always dies is not started for ever.
    private static let deaths = 5

    private var fruitless: String {
        "\(Self.deaths) daemons were started one after the other, and none listens on '\(endpoint.name)': does a configuration file name "
            + "another place, or do they end at once?"
    }

    private func start(_ deathsLeft: inout Int) throws(ConnectError) -> StartOutcome {
        do { return try host.start(isNewRequest: true) } catch {
            if deathsLeft > 0 && error.wasKilled {
                deathsLeft -= 1
                return .inOtherHands
            }
            throw .notStarted(error)
        }
    }

    // MARK: - Coming back

    /// One attempt to come back; nil if nobody is there yet.
    ///
    /// - Parameter isRefused: hears in a sentence why no daemon could be started.
    package func reconnect(
        mayStart: Bool, until limit: Deadline = .never, isRefused: (String) -> Void = { _ in }
    ) -> ClientConnection? {
        let deadline = Deadline.earlier(limit, .after(milliseconds: Self.attemptMilliseconds))
        do { return try attemptAgain(until: deadline) } catch {
            guard error.kind == .nobodyListens, mayStart else { return nil }
        }
        do {
            guard case .started = try host.start(isNewRequest: false) else { return nil }
        } catch {
            isRefused(error.sentence)
            return nil
        }
        return try? attempt(until: deadline, naming: deadline)
    }

    /// Where the daemon was; then where the name, or its group, leads now, if that is elsewhere. Each has half of the time.
    private func attemptAgain(until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        guard let known else { return try attempt(until: deadline, naming: deadline) }
        let first: NetworkError
        do {
            return try open(
                try TCPConnector.connect(to: [known], keepalive: keepalive, until: TCPConnector.share(of: deadline, among: 2)),
                until: deadline)
        } catch { first = error }
        Trace.step(.client, "not where it was (\(first.sentence)): looking for it anew")
        return try attempt(until: deadline, naming: deadline, besides: (known, first))
    }

    /// Where the name, or the group, leads now, if that is not where we have just been.
    func reconnectElsewhere(until limit: Deadline) -> ClientConnection? {
        guard let known else { return nil }
        let deadline = Deadline.earlier(limit, .after(milliseconds: Self.attemptMilliseconds))
        let nowhere = NetworkError(.failed, "it leads nowhere else")
        return try? attempt(until: deadline, naming: deadline, besides: (known, nowhere))
    }

    /// The next attempt goes where the name, or the group, leads now.
    ///
    /// - Returns: false where that is known to make no difference: a socket has one place.
    func forgetAddress() -> Bool {
        defer { known = nil }
        return known != nil
    }

    /// The time for one attempt: a client that waits for it may have a command to look after.
    private static let attemptMilliseconds: Int64 = 1000

    // MARK: - Administration

    /// Connects to a daemon that is there; starts none.
    package func connectToRunning(until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        if let there = connectToMoved(until: deadline) { return there }
        return try attempt(until: deadline, naming: deadline)
    }

    /// A daemon of this host whose address has gone: its record says where it can be reached. For administration only: new locks go
    /// where the name leads, which may be another host by now.
    private func connectToMoved(until deadline: Deadline) -> ClientConnection? {
        guard case .network = endpoint else { return nil }
        let recorded = host.recordedAddresses
        guard !recorded.isEmpty else { return nil }
        let share = TCPConnector.share(of: deadline, among: 2)
        guard let reached = try? TCPConnector.connect(to: recorded, keepalive: keepalive, until: share) else { return nil }
        return try? open(reached, until: deadline)
    }

    // MARK: - One attempt

    /// - Parameters:
    ///   - naming: by when a name has to be resolved.
    ///   - tried: what has been tried already, and what came of it.
    private func attempt(
        until deadline: Deadline, naming: Deadline, besides tried: (address: InternetAddress, error: NetworkError)? = nil
    ) throws(NetworkError) -> ClientConnection {
        try open(try reach(until: deadline, naming: naming, besides: tried), until: deadline)
    }

    private func open(_ reached: consuming ClientConnection, until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        var connection = reached
        if let tls {
            // A waiter may outlive its certificate. What is broken now was whole before.
            _ = tls.refresh()
            try connection.startTLS(tls, until: deadline)
        }
        if let address = connection.address { known = address }
        return connection
    }

    private func reach(
        until deadline: Deadline, naming: Deadline, besides tried: (address: InternetAddress, error: NetworkError)?
    ) throws(NetworkError) -> ClientConnection {
        switch endpoint {
        case .unix(let path, let isDefault):
            return try UnixConnector.connect(to: try UnixAddress(path: path), owner: isDefault ? getuid() : nil, until: deadline)
        case .network(let network):
            var addresses = try addresses(of: network, until: deadline, naming: naming)
            if let tried {
                addresses.removeAll { $0 == tried.address }
                if addresses.isEmpty { throw tried.error }
            }
            do {
                let connection = try TCPConnector.connect(to: addresses, keepalive: keepalive, until: deadline)
                remarkOnOthers(addresses, connection.address)
                return connection
            } catch  where error.kind == .nobodyListens {
                throw search?.misannounced(error) ?? error
            }
        }
    }

    private func addresses(
        of network: NetworkEndpoint, until deadline: Deadline, naming: Deadline
    ) throws(NetworkError) -> [InternetAddress] {
        if let search { return try search.addresses(until: deadline, naming: naming, notice: notice) }
        if others.isEmpty { return try Self.addresses(of: network, until: naming) }
        var found: [InternetAddress] = []
        var complaint: NetworkError?
        for network in [network] + others {
            do {
                for address in try Self.addresses(of: network, until: naming) where !found.contains(address) {
                    found.append(address)
                }
            } catch { complaint = complaint ?? error }
        }
        if found.isEmpty, let complaint { throw complaint }
        return found
    }

    private static func addresses(of network: NetworkEndpoint, until naming: Deadline) throws(NetworkError) -> [InternetAddress] {
        HostAddresses.canonical(
            try Resolver.resolve(network.address ?? "", port: network.port, interface: network.interface, until: naming))
    }

    /// Told at the first connection: a daemon that does not answer now may do so for the next client.
    private func remarkOnOthers(_ addresses: [InternetAddress], _ reached: InternetAddress?) {
        guard search == nil, let reached, known == nil else { return }
        let passed = HostAddresses.passed(addresses, before: reached)
        if !passed.isEmpty { notice(.severalAddresses(passed: passed, reached: reached)) }
    }
}
