/// What `-V` prints before the command runs: the settings in use, first 1.7.2's in its order and form, then ours.
enum VerboseListing {
    /// 1.7.2's 29 lines. What has no option here is shown with 1.7.2's default.
    private static let oldKeys: [(group: String, name: String, form: Form, standard: String)] = [
        ("Trace", "DaemonTraceFile", .text, ""), ("Trace", "CommandTraceFile", .text, ""),
        ("Trace", "AppendTraceFile", .flag, "no"),
        ("Trace", "Verbose", .flag, "yes"),
        ("Resource", "Name", .own, ""), ("Resource", "Timeout", .own, ""), ("Resource", "Quantity", .own, ""),
        ("Resource", "LockMode", .own, ""), ("Resource", "Create", .own, ""), ("Resource", "IdleLifespan", .own, ""),
        ("Daemon", "SocketName", .own, ""), ("Daemon", "Lifespan", .own, ""), ("Daemon", "UnicastAddress", .own, ""),
        ("Daemon", "UnicastPort", .own, ""), ("Daemon", "MulticastAddress", .own, ""), ("Daemon", "MulticastPort", .own, ""),
        ("Daemon", "MountPointVFS", .own, ""), ("Monitor", "IgnoredSignals", .text, ""),
        ("Network", "NetworkInterface", .own, ""), ("Network", "DiscoveryAttempts", .own, ""),
        ("Network", "DiscoveryTimeout", .own, ""), ("Network", "DiscoveryTTL", .own, ""),
        ("Network", "TcpKeepaliveTime", .own, ""), ("Network", "TcpKeepaliveIntvl", .own, ""),
        ("Network", "TcpKeepaliveProbes", .own, ""), ("TLS", "TlsCertificate", .text, ""), ("TLS", "TlsPrivateKey", .text, ""),
        ("TLS", "TlsCaCertificate", .text, ""), ("TLS", "TlsCheckPeerId", .flag, "no"),
    ]

    /// How 1.7.2 shows a key, where the option's own value may be a bare word.
    private enum Form {
        case own
        case text
        case flag
    }

    static func print(_ settings: Settings) {
        var lines: [String] = []
        for (group, name, form, standard) in oldKeys {
            let option = OptionTable.forKey(group: group, name: name)
            let value = option?.shown?(settings) ?? .word(standard)
            lines.append("[\(group)]/\(name)=\(self.text(value, form))")
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
        StandardOutput.print(lines.joined(separator: "\n"))
    }

    private static func text(_ value: ShownValue, _ form: Form) -> String {
        switch (value, form) {
        case (.word(let word), .text): ShownValue.text(word).verbose
        case (.word(let word), .flag): ShownValue.flag(word == "yes").verbose
        default: value.verbose
        }
    }
}
