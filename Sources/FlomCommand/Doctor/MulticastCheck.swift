internal import FlomClient
internal import FlomDaemon
internal import FlomNet
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomSystem
internal import Glibc

/// Checks the group of `-A`: sends a real query on each interface, and listens for its echo and for daemons.
enum MulticastCheck {
    /// The most interfaces that are tried: a host of containers may have hundreds, and each takes the time of a search.
    private static let mostInterfaces = 32

    static func look(_ network: NetworkEndpoint, _ settings: Settings, _ daemon: DaemonInquiry) -> [DoctorFinding] {
        guard let name = network.group else { return [] }
        let group: InternetAddress
        do throws(NetworkError) {
            let found = try Resolver.resolve(
                name, port: network.groupPort, interface: network.interface, until: .naming())
            guard let first = found.first(where: \.isMulticast) else {
                return [
                    DoctorFinding(
                        .problem, .multicast, name, "is no multicast address",
                        advice: "groups are 224.0.0.0 to 239.255.255.255 and those that begin with ff")
                ]
            }
            group = first
        } catch {
            return [
                DoctorFinding(.problem, .multicast, name, error.sentence, advice: "check the name, or give the group's address")
            ]
        }
        let all = Interfaces.up().filter { interface in
            interface.addresses.contains { $0.family == group.family } && (group.scope == 0 || group.scope == interface.index)
        }
        guard !all.isEmpty else {
            return [
                DoctorFinding(
                    .problem, .multicast, name,
                    "no interface that is up has an \(group.family == .ipv4 ? "IPv4" : "IPv6") address, as the group needs",
                    advice: "check the network (ip addr), or name the daemon's host with -a")
            ]
        }
        var seen: [FoundDaemon] = []
        var hasHeard = false
        var findings = all.prefix(mostInterfaces).map { interface in
            let (outcome, daemons) = probe(interface, group, settings)
            if outcome.isHeard && !interface.isLoopback { hasHeard = true }
            seen += daemons.filter { daemon in !seen.contains { isSame($0, daemon) } }
            return NetworkJudgement.multicast(outcome, group: name, port: group.port)
        }
        if all.count > mostInterfaces {
            findings.append(
                DoctorFinding(.note, .multicast, name, "\(all.count - mostInterfaces) more interfaces were not tried"))
        }
        findings.append(
            NetworkJudgement.group(
                name, port: group.port, answers: seen.map(\.source.text), hasHeard: hasHeard,
                known: network.address != nil && daemon.isOurs ? "\(network.address ?? "") port \(network.port)" : nil))
        return findings
    }

    private static func probe(
        _ interface: NetworkInterface, _ group: InternetAddress, _ settings: Settings
    ) -> (NetworkJudgement.Interface, [FoundDaemon]) {
        var outcome = NetworkJudgement.Interface(interface.name)
        outcome.isLoopback = interface.isLoopback
        guard interface.carriesMulticast(group.family) else {
            outcome.isCapable = false
            return (outcome, [])
        }
        var discovery = Discovery(group: group)
        discovery.attempts = settings.daemon.discoveryAttempts
        discovery.timeoutMilliseconds = Int64(settings.daemon.discoveryTimeoutMilliseconds)
        discovery.ttl = settings.daemon.discoveryTTL
        do throws(NetworkError) {
            let result = try MulticastProbe.run(discovery, on: interface)
            outcome.sendFailure = result.sendFailure
            outcome.isForbidden = result.sendFailure == SystemError("", code: EPERM).reason
            outcome.joinFailure = result.joinFailure
            outcome.isHeard = result.isHeard
            outcome.answers = result.daemons.map(\.source.text)
            return (outcome, result.daemons)
        } catch {
            outcome.sendFailure = error.sentence
            return (outcome, [])
        }
    }

    /// Whether both are one daemon: heard through several interfaces, it answers from several addresses.
    private static func isSame(_ one: FoundDaemon, _ other: FoundDaemon) -> Bool {
        if let id = one.daemonID { return id == other.daemonID }
        return other.daemonID == nil && one.source.bytes == other.source.bytes && one.port == other.port
    }
}
