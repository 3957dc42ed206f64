internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomSystem
internal import FlomWire

/// `-x` and `-X`: tells the daemon to end. Starts none.
struct ShutdownCommand {
    private let connector: DaemonConnector
    private let immediate: Bool

    /// How long to wait for an answer: a daemon of 1.7.2 gives none and may keep the connection open.
    private static let answerLimitMilliseconds: Int64 = 1000

    init(_ settings: Settings, immediate: Bool) throws(Failure) {
        connector = try DaemonConnector(settings)
        self.immediate = immediate
    }

    func run() throws(Failure) {
        StandardOutput.print("Starting FLoM daemon \(immediate ? "immediate" : "quiesce") shutdown...")
        var connection = try connector.connectToPresent(until: .after(milliseconds: RequestDeadlines.handshakeMilliseconds))
        var message = ShutdownMessage(immediate: immediate)
        message.peerID = Host.machineID()
        message.speaksExtension = true
        do {
            try connection.send(.shutdown(message))
            let answer = try connection.receive(until: .after(milliseconds: Self.answerLimitMilliseconds))
            if case .shutdownAnswer(let refusal?) = answer {
                throw Failure(.failure, "the daemon on '\(connector.endpoint.name)' does not shut down: \(refusal)")
            }
        } catch let failure as Failure {
            throw failure
        } catch let error as NetworkError {
            // A connection closed without an answer is how 1.7.2 obeys.
            if error.kind != .closed { throw Failure(.failure, error.sentence, code: error.number ?? ReturnNumber.receive) }
        } catch {
            throw Failure(.failure, "\(error)")
        }
    }
}
