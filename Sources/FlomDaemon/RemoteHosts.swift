internal import FlomEngine

/// Which open requests come from which host, and from which of its boots: a host that shows another boot has nothing left of the
/// one before.
///
/// A host is a machine id at an address, or with a certificate, wherever it is then. Ids alone can be cloned with a disk.
struct RemoteHosts {
    private struct Host: Hashable {
        let machineID: String
        /// Its certificate's subject, or its address without one.
        let place: String

        init?(_ client: ClientIdentity) {
            guard !client.machineID.isEmpty, !client.address.isEmpty, !client.bootID.isEmpty else { return nil }
            machineID = client.machineID
            place = client.tlsSubject.map { "TLS \($0)" } ?? client.address
        }
    }

    private var requests: [Host: [RequestID: String]] = [:]
    private var hosts: [RequestID: Host] = [:]

    mutating func note(_ request: RequestID, of client: ClientIdentity) {
        guard let host = Host(client) else { return }
        requests[host, default: [:]][request] = client.bootID
        hosts[request] = host
    }

    mutating func forget(_ request: RequestID) {
        guard let host = hosts.removeValue(forKey: request) else { return }
        requests[host]?[request] = nil
        if requests[host]?.isEmpty == true { requests[host] = nil }
    }

    /// The requests of a client's host that were made in another boot than the client's, with those boots' ids.
    func rebooted(_ client: ClientIdentity) -> [(request: RequestID, bootID: String)] {
        guard let host = Host(client), let open = requests[host] else { return [] }
        return open.filter { $0.value != client.bootID }.map { ($0.key, $0.value) }.sorted { $0.request < $1.request }
    }
}
