internal import FlomNetCore
internal import FlomOptions

/// What `-V` prints before the command runs: the settings in use, first those of 1.7.2 in its order and form, then the others.
enum VerboseListing {
    /// The 29 lines of 1.7.2.
    private static let oldKeys: [(group: String, name: String)] = [
        ("Trace", "DaemonTraceFile"),
        ("Trace", "CommandTraceFile"),
        ("Trace", "AppendTraceFile"),
        ("Trace", "Verbose"),
        ("Resource", "Name"),
        ("Resource", "Timeout"),
        ("Resource", "Quantity"),
        ("Resource", "LockMode"),
        ("Resource", "Create"),
        ("Resource", "IdleLifespan"),
        ("Daemon", "SocketName"),
        ("Daemon", "Lifespan"),
        ("Daemon", "UnicastAddress"),
        ("Daemon", "UnicastPort"),
        ("Daemon", "MulticastAddress"),
        ("Daemon", "MulticastPort"),
        ("Daemon", "MountPointVFS"),
        ("Monitor", "IgnoredSignals"),
        ("Network", "NetworkInterface"),
        ("Network", "DiscoveryAttempts"),
        ("Network", "DiscoveryTimeout"),
        ("Network", "DiscoveryTTL"),
        ("Network", "TcpKeepaliveTime"),
        ("Network", "TcpKeepaliveIntvl"),
        ("Network", "TcpKeepaliveProbes"),
        ("TLS", "TlsCertificate"),
        ("TLS", "TlsPrivateKey"),
        ("TLS", "TlsCaCertificate"),
        ("TLS", "TlsCheckPeerId"),
    ]

    static func print(_ settings: Settings) { StandardOutput.print(lines(settings).joined(separator: "\n")) }

    static func lines(_ settings: Settings) -> [String] {
        var lines = oldKeys.compactMap { key in
            OptionTable.forKey(group: key.group, name: key.name)?.shown.map {
                "[\(key.group)]/\(key.name)=\($0(settings).verbose)"
            }
        }
        for option in OptionTable.all {
            guard let key = option.key, let shown = option.shown,
                !oldKeys.contains(where: { $0.group == key.group && $0.name == key.name })
            else { continue }
            switch shown(settings) {
            case .list(let items, "','"): lines += items.map { "[\(key.group)]/\(key.name)='\($0)'" }
            case let value: lines.append("[\(key.group)]/\(key.name)=\(value.verbose)")
            }
        }
        return lines
    }
}
