internal import FlomDaemon
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// Reaches the daemon of an endpoint, starting it if there is none and the lifespan allows it.
struct DaemonAccess {
    let endpoint: Endpoint
    private let mayStart: Bool
    private let keepalive: Keepalive
    private let search: DaemonSearch?
    /// Nil in plain text.
    private let tls: TLSCredentials?
    /// Of `-o 0`: a name is looked up for a moment only.
    private let isImpatient: Bool
    /// Nil for a UNIX socket.
    private let route: Route?

    /// Where a daemon has been reached. Whoever comes back tries that first: the daemon is usually where it was, also when names
    /// cannot be resolved, or when its group does not answer.
    private final class Route {
        var known: InternetAddress?
    }

    init(_ settings: Settings) throws(Failure) {
        endpoint = try settings.endpoint()
        mayStart = settings.daemonLifespanMilliseconds != 0
        keepalive = try settings.keepalive()
        do {
            // Now, so that no daemon is started with files that cannot be used.
            tls = try settings.tlsSettings().map { settings in try TLSCredentials(settings, for: .client) }
        } catch let error as NetworkError {
            throw Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.invalidOption)
        } catch { throw error as! Failure }
        isImpatient = settings.timeoutMilliseconds == 0
        route = if case .network = endpoint { Route() } else { nil }
        if case .network(let network) = endpoint, network.address == nil {
            search = DaemonSearch(network, settings)
        } else {
            search = nil
        }
    }

    /// - Throws: `Failure` 99 when nobody is reached before `deadline`.
    func connect(until deadline: Deadline) throws(Failure) -> ClientConnection {
        Trace.step(.client, "flom_client_connect")
        let naming = isImpatient ? Deadline.earlier(deadline, Deadlines.naming()) : deadline
        var pauseMilliseconds: Int64 = 1
        var deathsLeft = Self.deaths
        var closedDoorsLeft = 2
        while true {
            do {
                return try attempt(until: deadline, naming: naming)
            } catch  where error.kind == .nobodyListens {
                if !mayStart {
                    // One that has lost its socket makes it again; one that is ending soon holds nothing.
                    guard case .unix = endpoint, isDaemonRunning, !deadline.hasPassed else { throw notStarted(error) }
                    Clock.sleep(milliseconds: pauseMilliseconds)
                    pauseMilliseconds = min(pauseMilliseconds * 2, 50)
                    continue
                }
            } catch  where error.kind == .closed && closedDoorsLeft > 0 {
                // It may have ended just then.
                closedDoorsLeft -= 1
                continue
            } catch {
                throw Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.connect)
            }

            Trace.step(.administration, "no daemon listens on '\(endpoint.name)': starting one")
            switch try start(&deathsLeft) {
            case .started(let warning):
                Trace.step(.administration, "the daemon is ready")
                if let warning { StandardError.say(warning) }
                continue
            case .inOtherHands: Trace.step(.administration, "somebody else starts it, or it ends")
            }
            guard !deadline.hasPassed else {
                throw Failure(
                    .failure,
                    "no daemon answers on '\(endpoint.name)', and one that is starting or ending holds '\(endpoint.recordPath)'",
                    code: ReturnNumber.daemonNotStarted)
            }
            Clock.sleep(milliseconds: pauseMilliseconds)
            pauseMilliseconds = min(pauseMilliseconds * 2, 50)
        }
    }

    /// A daemon that is killed while it starts is started again, but one that always dies is not started for ever.
    private static let deaths = 5

    /// Whether somebody whose daemon is lost may start the next one: after a crash or a signal, not after an end that a person has asked
    /// flom for, and never one that is found by multicast, where the lost one may only be out of sight.
    func mayReturnByStarting(_ closing: ClosingReason?) -> Bool {
        mayStart && search == nil && (closing == nil || closing == .idle || closing == .stopped)
    }

    /// One attempt to come back; nil if nobody is there yet.
    ///
    /// - Parameter isRefused: hears in a sentence why no daemon could be started.
    func reconnect(
        mayStart: Bool, until limit: Deadline = .never, isRefused: (String) -> Void = { _ in }
    ) -> ClientConnection? {
        let deadline = Deadline.earlier(limit, .after(milliseconds: Self.attemptMilliseconds))
        do { return try attemptAgain(until: deadline) } catch {
            guard error.kind == .nobodyListens, mayStart else { return nil }
        }
        do throws(Failure) { try tls?.settings.checkForDaemon() } catch {
            isRefused(error.sentence)
            return nil
        }
        do {
            guard case .started = try DaemonStarter.start(for: endpoint, line: Self.line, isNewCommand: false) else { return nil }
        } catch {
            isRefused(error.sentence)
            return nil
        }
        return try? attempt(until: deadline, naming: deadline)
    }

    /// Where the daemon was; then where the name, or its group, leads now, if that is elsewhere. Each has half of the time.
    private func attemptAgain(until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        guard let known = route?.known else { return try attempt(until: deadline, naming: deadline) }
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
        guard let known = route?.known else { return nil }
        let deadline = Deadline.earlier(limit, .after(milliseconds: Self.attemptMilliseconds))
        let nowhere = NetworkError(.failed, "it leads nowhere else")
        return try? attempt(until: deadline, naming: deadline, besides: (known, nowhere))
    }

    /// The next attempt goes where the name, or the group, leads now.
    ///
    /// - Returns: false where that is known to make no difference: a socket has one place.
    func forgetAddress() -> Bool {
        guard let route, route.known != nil else { return false }
        route.known = nil
        return true
    }

    /// Of one attempt: whoever waits for it may have a command to look after.
    private static let attemptMilliseconds: Int64 = 1000

    /// Connects to a daemon that is there; starts none.
    func connectToRunning(until deadline: Deadline) throws(Failure) -> ClientConnection {
        if let there = connectToMoved(until: deadline) { return there }
        do { return try attempt(until: deadline, naming: deadline) } catch {
            var failure = Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.connect)
            failure.isNobody = error.kind == .nobodyListens
            failure.isSilence = error.kind == .timedOut || error.kind == .closed
            throw failure
        }
    }

    /// A daemon of this host whose address has gone: its record says where it can be reached. For administration only: new locks go
    /// where the name leads, which may be another host by now.
    private func connectToMoved(until deadline: Deadline) -> ClientConnection? {
        guard route != nil, let record = EndpointRecord.read(of: endpoint), !record.listening.isEmpty,
            record.endpoint == endpoint.name, Self.isRunning(endpoint)
        else { return nil }
        let share = TCPConnector.share(of: deadline, among: 2)
        guard let reached = try? TCPConnector.connect(to: record.listening, keepalive: keepalive, until: share) else {
            return nil
        }
        return try? open(reached, until: deadline)
    }

    /// - Parameters:
    ///   - naming: by when a name has to be resolved.
    ///   - known: what has been tried already, and what came of it.
    private func attempt(
        until deadline: Deadline, naming: Deadline, besides known: (address: InternetAddress, error: NetworkError)? = nil
    ) throws(NetworkError) -> ClientConnection {
        try open(try reach(until: deadline, naming: naming, besides: known), until: deadline)
    }

    private func open(_ reached: consuming ClientConnection, until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        var connection = reached
        if let tls {
            // A waiter may outlive its certificate. What is broken now was whole before.
            _ = tls.refresh()
            try connection.startTLS(tls, until: deadline)
        }
        if let route { route.known = connection.address }
        return connection
    }

    private func reach(
        until deadline: Deadline, naming: Deadline, besides known: (address: InternetAddress, error: NetworkError)?
    ) throws(NetworkError) -> ClientConnection {
        switch endpoint {
        case .unix(let path, let isDefault):
            return try UnixConnector.connect(to: try UnixAddress(path: path), owner: isDefault ? getuid() : nil, until: deadline)
        case .network(let network):
            var addresses = try addresses(of: network, until: deadline, naming: naming)
            if let known {
                addresses.removeAll { $0 == known.address }
                if addresses.isEmpty { throw known.error }
            }
            do {
                let connection = try TCPConnector.connect(to: addresses, keepalive: keepalive, until: deadline)
                remarkOnOthers(network, addresses, connection.address)
                return connection
            } catch  where error.kind == .nobodyListens {
                throw search?.misannounced(error) ?? error
            }
        }
    }

    private static var line: [[UInt8]] { DaemonLine.words(of: CommandLine.words) }

    private func addresses(
        of network: NetworkEndpoint, until deadline: Deadline, naming: Deadline
    ) throws(NetworkError) -> [InternetAddress] {
        if let search { return try search.addresses(until: deadline, naming: naming) }
        return HostAddresses.canonical(
            try Resolver.resolve(network.address ?? "", port: network.port, interface: network.interface, until: naming))
    }

    /// Said at the first connection: a daemon that does not answer now may do so for the next command.
    private func remarkOnOthers(_ network: NetworkEndpoint, _ addresses: [InternetAddress], _ reached: InternetAddress?) {
        guard search == nil, let reached, route?.known == nil else { return }
        let passed = HostAddresses.passed(addresses, before: reached)
        guard !passed.isEmpty else { return }
        let others = passed.map(\.text).joined(separator: " and ")
        StandardError.say(
            "'\(network.address ?? "")' means several addresses, and at \(others) nobody answers, so this uses \(reached.text): a daemon "
                + "there would not know of the locks here; use one address, or a group (-A)")
    }

    private func notStarted(_ error: NetworkError) -> Failure {
        guard let search else {
            return Failure(.failure, "\(error.sentence), and -d 0 says that none may be started", code: ReturnNumber.connect)
        }
        return search.notFound(error)
    }

    private func start(_ deathsLeft: inout Int) throws(Failure) -> DaemonStarter.Outcome {
        try tls?.settings.checkForDaemon()
        do { return try DaemonStarter.start(for: endpoint, line: Self.line) } catch {
            if deathsLeft > 0 && error == DaemonStarter.endedUnready {
                deathsLeft -= 1
                return .inOtherHands
            }
            throw Failure(.failure, error.sentence, code: ReturnNumber.daemonNotStarted)
        }
    }
}
