internal import FlomDaemon
internal import FlomNet
internal import FlomSystem
internal import Glibc

/// Reaches the daemon of an endpoint, starting it if there is none and the lifespan allows it.
struct DaemonAccess {
    let endpoint: Endpoint
    let mayStart: Bool

    init(_ settings: Settings) throws(Failure) {
        endpoint = try settings.endpoint()
        mayStart = settings.daemonLifespanMilliseconds != 0
    }

    /// - Throws: `Failure` 99 when nobody is reached before `deadline`.
    func connect(until deadline: Deadline) throws(Failure) -> ClientConnection {
        var pauseMilliseconds: Int64 = 1
        while true {
            do {
                let address = try UnixAddress(path: endpoint.socketPath)
                return try UnixConnector.connect(to: address, owner: endpoint.isDefault ? getuid() : nil, until: deadline)
            } catch where error.kind == .nobodyListens {
                guard mayStart else {
                    throw Failure(
                        .failure, "\(error.sentence), and -d 0 says that none may be started", code: ReturnNumber.connect)
                }
            } catch {
                throw Failure(.failure, error.sentence, code: ReturnNumber.connect)
            }

            switch try start() {
            case .started: continue
            case .inOtherHands: break
            }
            guard !deadline.hasPassed else {
                throw Failure(
                    .failure,
                    "no daemon answers on '\(endpoint.socketPath)', and one that is starting or ending holds "
                        + "'\(EndpointRecord.path(for: endpoint))'", code: ReturnNumber.daemonNotStarted)
            }
            Clock.sleep(milliseconds: pauseMilliseconds)
            pauseMilliseconds = min(pauseMilliseconds * 2, 50)
        }
    }

    private func start() throws(Failure) -> DaemonStarter.Outcome {
        do { return try DaemonStarter.start(for: endpoint) } catch {
            throw Failure(.failure, error.sentence, code: ReturnNumber.daemonNotStarted)
        }
    }
}
