internal import CFlomSystem
internal import FlomSystem
internal import Glibc

/// The place at which a daemon listens and clients connect.
package enum Endpoint: Hashable, Sendable {
    /// - path: absolute.
    /// - isDefault: whether no user named it. Then it is private to its user.
    case unix(path: String, isDefault: Bool)
    case network(NetworkEndpoint)

    /// Whether it is a user's own default socket, which no user named.
    package var isDefault: Bool { if case .unix(_, isDefault: true) = self { true } else { false } }

    /// The permissions of a socket: private for the default one, shared for one that a user named, which exists for sharing.
    package var defaultSocketMode: UInt32 {
        isDefault ? 0o600 : 0o666
    }

    /// The name in messages and records: `/tmp/flom-root`, `192.168.1.2/28015`, `239.255.0.1/28015 (multicast)`.
    package var name: String {
        switch self {
        case .unix(let path, _): path
        case .network(let network): network.name
        }
    }

    /// The file beside the endpoint that says which journal belongs to it: see `EndpointRecord`.
    package var recordPath: String {
        switch self {
        case .unix(let path, _): (Files.canonical(path) ?? path) + ".record"
        case .network(let network): Self.networkRecordPath("\(network.fileName).record")
        }
    }

    /// Network endpoints have no directory of their own. Their records lie in one for the machine, or, for a user who may not
    /// write there, in one for the user.
    private static func networkRecordPath(_ name: String) -> String {
        if geteuid() == 0 {
            // Root's commands mean the service's daemon where there is one.
            let service = "\(serviceDirectory)/\(name)"
            return Files.status(of: service, followLinks: false) != nil ? service : "/var/lib/flom/\(name)"
        }
        let isService = Files.status(of: serviceDirectory).map { $0.st_uid == geteuid() } ?? false
        return (isService ? serviceDirectory : "/var/tmp/flom-\(geteuid())") + "/" + name
    }

    /// The state directory of the services in `packaging/`, which belongs to their user. A file in `/var/tmp` would go with the
    /// service.
    private static let serviceDirectory = "/var/lib/flom-server"
}

/// A TCP address, a multicast group, or both.
package struct NetworkEndpoint: Hashable, Sendable {
    /// The name or address, as the user wrote it; nil for a daemon that is found by its group only.
    package var address: String?
    package var port: UInt16 = NetworkDefaults.port
    package var group: String?
    package var groupPort: UInt16 = NetworkDefaults.port
    /// The interface of link-local IPv6 addresses.
    package var interface: String?

    package init() {}

    package var name: String {
        if let address { return "\(address)/\(port)" }
        return "\(group ?? "")/\(groupPort) (multicast)"
    }

    /// The name of its record: one for each port, or group and port, and network namespace. Containers that share a directory are
    /// different hosts.
    var fileName: String {
        let base = address != nil ? "tcp-\(port)" : "group-\(group ?? "")-\(groupPort)"
        return NetworkNamespace.suffix.map { "\(base)@\($0)" } ?? base
    }
}

package enum NetworkDefaults {
    /// The port of TCP and of the multicast group, as in 1.7.2.
    package static let port: UInt16 = 28015
}

/// Whether this process sees the machine's own network or one of its own.
enum NetworkNamespace {
    /// A setting that the kernel shows in its initial network namespace only. (Comparing `/proc/self/ns/net` with pid 1's would
    /// need rights over pid 1.)
    private static let onlyInitial = "/proc/sys/net/core/netdev_max_backlog"

    /// The namespace's number, not used again in this boot; nil in the initial one.
    static var suffix: String? {
        if Files.status(of: onlyInitial) != nil { return nil }
        let cookie = flom_network_namespace()
        if cookie != 0 { return "net\(cookie)" }
        return Files.status(of: "/proc/self/ns/net").map { "net\($0.st_ino)" }
    }
}
