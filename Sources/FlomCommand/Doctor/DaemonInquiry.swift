internal import CFlomSystem
internal import FlomClient
internal import FlomCore
internal import FlomDaemon
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// Asks who serves the endpoint, by the dialogue with which reports begin.
struct DaemonInquiry {
    enum Answer {
        case ours(DaemonAbout?)
        case nobody(String)
        /// A process answers, but not as a daemon of flom does.
        case other(String)
    }

    let answer: Answer
    /// Nanoseconds from the attempt to the end of the answer, and those of the answer alone.
    let roundTrip: Int64?
    /// The daemon's process as the kernel knows it here: 0 if it has no number in this PID namespace; nil over a network.
    let peerProcess: Int32?
    /// For a network's daemon: the addresses at which it listens but cannot be reached.
    let deadAddresses: [String]
    /// Why the daemon gives no locks; nil if it does, or does not say.
    private let trouble: String?
    /// The number of machine ids that the daemon has met twice at one time; nil if it does not say.
    let clonedMachines: Int?
    private let endpoint: Endpoint
    /// Whether a command with these options would start a daemon where none runs.
    private let mayStart: Bool

    init(_ settings: Settings, _ endpoint: Endpoint) {
        self.endpoint = endpoint
        mayStart = settings.daemon.lifespanMilliseconds != 0 && Self.isHere(endpoint)
        do throws(Failure) {
            let dialogue = try DaemonDialogue(try DaemonConnector(settings), settings)
            answer = .ours(dialogue.about)
            let isOnNetwork = if case .network = endpoint { true } else { false }
            let counters = try? dialogue.counters(patience: RequestDeadlines.handshakeMilliseconds)
            deadAddresses = isOnNetwork ? counters?.deadAddresses ?? [] : []
            roundTrip = dialogue.roundTripNanoseconds
            trouble = counters?.trouble
            var peer = flom_peer()
            let isLocal = if case .unix = endpoint { true } else { false }
            peerProcess = isLocal && flom_peer_credentials(dialogue.descriptor, &peer) == 0 ? peer.pid : nil
            clonedMachines = counters?.clonedMachines
        } catch {
            answer = error.isNobody ? .nobody(error.sentence) : .other(error.sentence)
            deadAddresses = []
            roundTrip = nil
            trouble = nil
            peerProcess = nil
            clonedMachines = nil
        }
    }

    var isOurs: Bool { if case .ours = answer { true } else { false } }

    /// Only a daemon on this host can be started.
    private static func isHere(_ endpoint: Endpoint) -> Bool {
        guard case .network(let network) = endpoint, let address = network.address else { return true }
        let addresses = try? Resolver.resolve(
            address, port: network.port, interface: network.interface, until: .naming())
        return addresses?.contains { $0.isWildcard || Interfaces.isAddressOfThisHost($0) } ?? false
    }

    func findings() -> [DoctorFinding] {
        let found = presence()
        guard let trouble else { return found }
        return found + [
            DoctorFinding(.problem, .daemon, endpoint.name, trouble, advice: "what the sentence says; it tries again each second")
        ]
    }

    private func presence() -> [DoctorFinding] {
        switch answer {
        case .nobody(let sentence):
            if mayStart { return [DoctorFinding(.ok, .daemon, endpoint.name, "none runs: the first command starts one")] }
            guard case .network = endpoint else {
                return [DoctorFinding(.note, .daemon, endpoint.name, "none runs, and -d 0 starts none")]
            }
            // Users of a network's daemon cannot start it, so its absence is a problem.
            return [DoctorFinding(.problem, .daemon, endpoint.name, sentence, advice: "start one on its host with -d -1")]
        case .other(let sentence):
            return [DoctorFinding(.problem, .daemon, endpoint.name, sentence, advice: "see what listens there (ss -lp)")]
        case .ours(let about):
            let time = roundTrip.map { ", answers within \(TimeText.span($0))" } ?? ""
            guard let about else {
                return [DoctorFinding(.ok, .daemon, endpoint.name, "of flom, older than this one\(time)")]
            }
            let who =
                "flom \(about.version), process \(about.pid), since \(TimeText.local(about.since)), journal \(about.journalID)"
            if about.version != FlomVersion.current {
                return [
                    DoctorFinding(
                        .note, .daemon, endpoint.name, "\(who)\(time); this is flom \(FlomVersion.current)",
                        advice: "flom --restart on its host replaces it by the program that is on disk")
                ]
            }
            return [DoctorFinding(.ok, .daemon, endpoint.name, who + time)]
        }
    }
}
