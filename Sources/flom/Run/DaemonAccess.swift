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
        if case .network(let network) = endpoint, network.address == nil {
            search = DaemonSearch(network, settings)
        } else {
            search = nil
        }
    }

    /// - Throws: `Failure` 99 when nobody is reached before `deadline`.
    func connect(until deadline: Deadline) throws(Failure) -> ClientConnection {
        Trace.step(.client, "flom_client_connect")
        var pauseMilliseconds: Int64 = 1
        var deathsLeft = Self.deaths
        var closedDoorsLeft = 2
        while true {
            do {
                return try attempt(until: deadline)
            } catch  where error.kind == .nobodyListens {
                if !mayStart { throw notStarted(error) }
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
    func reconnect(mayStart: Bool, until limit: Deadline = .never) -> ClientConnection? {
        let deadline = Deadline.earlier(limit, .after(milliseconds: Self.attemptMilliseconds))
        do { return try attempt(until: deadline) } catch {
            guard error.kind == .nobodyListens, mayStart,
                case .started = try? DaemonStarter.start(for: endpoint, line: Self.line, isNewCommand: false)
            else { return nil }
            return try? attempt(until: deadline)
        }
    }

    /// Of one attempt: whoever waits for it may have a command to look after.
    private static let attemptMilliseconds: Int64 = 1000

    /// Connects to a daemon that is there; starts none.
    func connectToRunning(until deadline: Deadline) throws(Failure) -> ClientConnection {
        do { return try attempt(until: deadline) } catch {
            var failure = Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.connect)
            failure.isNobody = error.kind == .nobodyListens
            throw failure
        }
    }

    private func attempt(until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        var connection = try reach(until: deadline)
        if let tls {
            // A waiter may outlive its certificate. What is broken now was whole before.
            _ = tls.refresh()
            try connection.startTLS(tls, until: deadline)
        }
        return connection
    }

    private func reach(until deadline: Deadline) throws(NetworkError) -> ClientConnection {
        switch endpoint {
        case .unix(let path, let isDefault):
            return try UnixConnector.connect(to: try UnixAddress(path: path), owner: isDefault ? getuid() : nil, until: deadline)
        case .network(let network):
            guard let search else {
                let addresses = try Resolver.resolve(network.address ?? "", port: network.port, interface: network.interface)
                return try TCPConnector.connect(to: addresses, keepalive: keepalive, until: deadline)
            }
            let addresses = try search.addresses(until: deadline)
            do {
                return try TCPConnector.connect(to: addresses, keepalive: keepalive, until: deadline)
            } catch  where error.kind == .nobodyListens {
                throw search.misannounced(error)
            }
        }
    }

    private static var line: [[UInt8]] { DaemonLine.words(of: CommandLine.words) }

    private func notStarted(_ error: NetworkError) -> Failure {
        guard let search else {
            return Failure(.failure, "\(error.sentence), and -d 0 says that none may be started", code: ReturnNumber.connect)
        }
        return search.notFound(error)
    }

    private func start(_ deathsLeft: inout Int) throws(Failure) -> DaemonStarter.Outcome {
        do { return try DaemonStarter.start(for: endpoint, line: Self.line) } catch {
            if deathsLeft > 0 && error == DaemonStarter.endedUnready {
                deathsLeft -= 1
                return .inOtherHands
            }
            throw Failure(.failure, error.sentence, code: ReturnNumber.daemonNotStarted)
        }
    }
}
