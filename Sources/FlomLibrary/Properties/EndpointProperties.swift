internal import CFlomLibrary
internal import FlomClient
internal import FlomNetCore
internal import FlomSystem

/// Where properties say that the daemon is.
extension Properties {
    /// - Throws: if nothing says where.
    func endpoint() throws(Failure) -> Endpoint {
        if let socketName {
            let path = Files.absolute(socketName.text)
            return .unix(path: path, isDefault: socketName === ConfigurationKeys.defaultSocket || path == DefaultSocket.path)
        }
        guard unicastAddress != nil || multicastAddress != nil else {
            throw Failure(
                FLOM_RC_INTERNAL_ERROR,
                "nothing says where the daemon is: set a socket name, a unicast address or a multicast address")
        }
        return .network(network(addresses.first))
    }

    /// - Throws: if nothing says where the daemon is, or how it is reached.
    func programEndpoint() throws(Failure) -> ProgramEndpoint {
        var way = ProgramEndpoint.Way(try endpoint())
        way.others = otherAddresses
        way.tls = try tlsSettings()
        way.discoveryAttempts = Int(discoveryAttempts)
        way.discoveryTimeout = Int(discoveryTimeout == 0 ? PropertyRange.discoveryTimeout.upperBound : discoveryTimeout)
        way.discoveryTTL = Int(discoveryTTL)
        if startsDaemon, case .unix = way.endpoint { way.program = DaemonProgram() }
        return .shared(for: way)
    }

    /// The addresses in a list.
    private var addresses: [String] {
        guard let unicastAddress else { return [] }
        return unicastAddress.text.split(separator: ",", omittingEmptySubsequences: false).map { text in
            let start = text.drop { $0 == " " }
            return String(start.prefix(upTo: start.lastIndex { $0 != " " }.map { start.index(after: $0) } ?? start.startIndex))
        }
    }

    private var otherAddresses: [NetworkEndpoint] { addresses.dropFirst().map { network($0) } }

    private func network(_ address: String?) -> NetworkEndpoint {
        var network = NetworkEndpoint()
        network.address = address
        network.port = UInt16(unicastPort)
        network.group = address == nil ? multicastAddress?.text : nil
        network.groupPort = UInt16(multicastPort)
        network.interface = networkInterface?.text
        return network
    }
}

enum ConfigurationKeys {
    /// The socket of this user, looked for once. Handles that nobody has told otherwise share this object.
    static let defaultSocket = CText(DefaultSocket.path)
}
