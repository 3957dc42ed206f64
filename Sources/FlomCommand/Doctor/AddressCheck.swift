internal import FlomClient
internal import FlomDaemon
internal import FlomNet
internal import FlomNetCore
internal import FlomReports
internal import FlomSystem

/// Checks what the name or address of `-a` leads to.
enum AddressCheck {
    static func look(_ network: NetworkEndpoint, _ daemon: DaemonInquiry) -> [DoctorFinding] {
        guard let name = network.address else { return [] }
        return means(name, network) + daemon.deadAddresses.map { NetworkJudgement.dead($0, of: name) }
    }

    private static func means(_ name: String, _ network: NetworkEndpoint) -> [DoctorFinding] {
        do throws(NetworkError) {
            let addresses = try Resolver.resolve(
                name, port: network.port, interface: network.interface, until: .naming())
            return [
                NetworkJudgement.name(
                    name, addresses: addresses.map(\.text), isLoopback: addresses.allSatisfy(\.isLoopback),
                    isLiteral: InternetAddress(text: name, port: 0) != nil, areSeveral: HostAddresses.areSeveral(addresses))
            ]
        } catch {
            return [DoctorFinding(.problem, .address, name, error.sentence, advice: "check the name, /etc/hosts and DNS")]
        }
    }
}
