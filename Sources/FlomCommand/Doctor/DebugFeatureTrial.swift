internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem

/// Runs the debug features.
extension DebugFeature {
    /// The time limit without `-o`; 1.7.2 waits for ever.
    private static let limitMilliseconds: Int32 = 30_000
    private static let question = "HELLO"
    private static let answer = "WELCOME"

    /// - Returns: the exit status: 0, or 1 if the feature failed or does not exist.
    static func run(_ name: String, _ settings: Settings) -> Int32 {
        let wanted = name.lowercased()
        guard let feature = allCases.first(where: { $0.rawValue.lowercased() == wanted }) else {
            let known = allCases.map(\.rawValue).joined(separator: ", ")
            StandardError.say("there is no debug feature '\(name)'; there are \(known)")
            return 1
        }
        let limit = settings.timeoutMilliseconds < 0 ? limitMilliseconds : settings.timeoutMilliseconds
        Trace.step(.debugFeatures, "\(feature.rawValue) for at most \(limit) ms")
        do throws(Failure) {
            try feature.run(settings, until: .after(milliseconds: Int64(limit)))
            Trace.step(.debugFeatures, "\(feature.rawValue): done")
            return ExitStatus.success.rawValue
        } catch {
            Trace.step(.debugFeatures, "\(feature.rawValue): \(error.sentence)")
            StandardError.say(error.sentence)
            return 1
        }
    }

    private func run(_ settings: Settings, until deadline: Deadline) throws(Failure) {
        switch self {
        case .multicastServer:
            let group = try Self.group(settings, until: deadline)
            do throws(NetworkError) {
                try MulticastExchange.answer(group, with: Self.answer, until: deadline) { Self.say("Arrived", $0) }
            } catch { throw Failure(.failure, error.sentence) }
            Self.say("Sent", Self.answer)
        case .multicastClient:
            let group = try Self.group(settings, until: deadline)
            do throws(NetworkError) {
                let text = try MulticastExchange.ask(
                    group, Self.question, hops: settings.daemon.discoveryTTL, until: deadline
                ) { Self.say("Sent", Self.question) }
                Self.say("Arrived", text)
            } catch { throw Failure(.failure, error.sentence) }
        case .tlsServer, .tlsClient:
            let peer = try exchangeIDs(settings, until: deadline)
            StandardOutput.print("peer ID is '\(SafeText.shown(peer.id))', its certificate '\(SafeText.shown(peer.subject))'")
        }
    }

    private func exchangeIDs(_ settings: Settings, until deadline: Deadline) throws(Failure) -> TLSExchange.Peer {
        guard let tls = try settings.tlsSettings() else {
            throw Failure(.failure, "which certificates? name --tls-certificate, --tls-private-key and --tls-ca-certificate")
        }
        guard let name = settings.unicastAddress else {
            throw Failure(.failure, "which address? name it with -a, its port with -p")
        }
        do throws(NetworkError) {
            let addresses = try Resolver.resolve(
                name, port: settings.unicastPort, interface: settings.networkInterface, until: deadline)
            let isServer = self == .tlsServer
            let exchange = TLSExchange(
                try TLSCredentials(tls, for: isServer ? .daemon : .client), ownID: Host.machineID() ?? "", until: deadline)
            return try isServer ? exchange.serve(addresses, name: name) : exchange.connect(to: addresses)
        } catch { throw Failure(.failure, error.sentence) }
    }

    private static func say(_ verb: String, _ text: String) {
        StandardOutput.print("\(verb) datagram is '\(SafeText.shown(text))'")
    }

    private static func group(_ settings: Settings, until deadline: Deadline) throws(Failure) -> InternetAddress {
        guard let name = settings.multicastAddress else {
            throw Failure(.failure, "which group? name it with -A, its port with -P")
        }
        do throws(NetworkError) {
            return try Resolver.group(
                name, port: settings.multicastPort, interface: settings.networkInterface, until: deadline)
        } catch { throw Failure(.failure, error.sentence) }
    }
}
