internal import FlomClient
internal import FlomDaemon
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomSettings
internal import FlomSystem
internal import Glibc

extension DaemonConnector {
    /// A connector to the endpoint of the settings.
    convenience init(_ settings: Settings) throws(Failure) {
        let endpoint = try settings.endpoint()
        let tls: TLSCredentials?
        do {
            // The files are loaded here, so that no daemon is started with files that cannot be used.
            tls = try settings.tlsSettings().map { settings in try TLSCredentials(settings, for: .client) }
        } catch let error as NetworkError {
            throw Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.invalidOption)
        } catch { throw error as! Failure }
        var search: GroupSearch?
        if case .network(let network) = endpoint, network.address == nil {
            search = GroupSearch(
                network, attempts: settings.daemon.discoveryAttempts,
                timeoutMilliseconds: settings.daemon.discoveryTimeoutMilliseconds,
                ttl: settings.daemon.discoveryTTL)
        }
        let verbose = settings.verbose
        self.init(
            to: endpoint, mayStart: settings.daemon.lifespanMilliseconds != 0, keepalive: settings.daemon.keepalive, tls: tls,
            search: search,
            isImpatient: settings.timeoutMilliseconds == 0, host: LocalDaemon(endpoint: endpoint, tls: tls?.settings)
        ) { Self.tell($0, of: endpoint, verbose) }
    }

    /// Connects to a running daemon; starts none.
    func connectToPresent(until deadline: Deadline) throws(Failure) -> ClientConnection {
        do { return try connectToRunning(until: deadline) } catch {
            var failure = Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.connect)
            failure.isNobody = error.kind == .nobodyListens
            failure.isSilence = error.kind == .timedOut || error.kind == .closed
            throw failure
        }
    }

    private static func tell(_ notice: ConnectionNotice, of endpoint: Endpoint, _ verbose: Bool) {
        guard case .network(let network) = endpoint else {
            if case .daemonStarted(let warning) = notice { StandardError.say(warning) }
            return
        }
        switch notice {
        case .daemonStarted(let warning): StandardError.say(warning)
        case .severalAddresses(let passed, let reached):
            let others = passed.map(\.text).joined(separator: " and ")
            StandardError.say(
                "'\(network.address ?? "")' means several addresses, and at \(others) no daemon answers, so this uses \(reached.text): a "
                    + "daemon there would not know of the locks here; use one address, or a group (-A)")
        case .severalDaemons(let found):
            StandardError.say(
                "\(found.count) daemons answer in the multicast group \(network.group ?? ""): "
                    + "\(found.map(\.text).joined(separator: ", ")); this uses the oldest, \(found[0].text), but locks of the others "
                    + "do not count there: end all but one with -X")
        case .searching(let step):
            guard verbose else { return }
            let place = "\(network.group ?? "")/\(network.groupPort)"
            switch step {
            case .sent(let query): StandardOutput.print("sending UDP multicast datagram to \(place) ('\(query)')")
            case .unanswered: StandardOutput.print("no reply from \(place)")
            case .answered(let reply, let source):
                StandardOutput.print("reply from \(source.text)/\(source.port) is '\(reply)'")
            }
        }
    }
}

/// The endpoint's daemon, where it runs or may run on this host.
struct LocalDaemon: DaemonHost {
    let endpoint: Endpoint
    let tls: TLSSettings?

    func start(isNewRequest: Bool) throws(StartError) -> StartOutcome {
        if let refusal = tls?.refusalForDaemon { throw StartError(refusal, number: ReturnNumber.invalidOption) }
        do {
            let line = DaemonLine.words(of: CommandLine.words)
            switch try DaemonStarter.start(for: endpoint, line: line, isNewCommand: isNewRequest) {
            case .started(let warning): return .started(warning: warning)
            case .inOtherHands: return .inOtherHands
            }
        } catch {
            throw StartError(error.sentence, wasKilled: error == DaemonStarter.endedUnready)
        }
    }

    /// Whether a daemon holds the endpoint's record.
    var isDaemonRunning: Bool { Self.isRunning(endpoint) }

    var recordedAddresses: [InternetAddress] {
        guard let record = EndpointRecord.read(of: endpoint), record.endpoint == endpoint.name, isDaemonRunning else { return [] }
        return record.listening
    }

    static func isRunning(_ endpoint: Endpoint) -> Bool {
        endpoint.isRecordTaken
    }
}
