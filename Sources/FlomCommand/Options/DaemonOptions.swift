/// Where the daemon is, and what one that is started by this is started with.
extension OptionTable {
    static let daemon = [
        Option(
            "s", "socket-name", "PATH", ("Daemon", "SocketName"), "the daemon's socket (default /tmp/flom-USER)",
            details: """
                The default is for its user alone; a socket that is named here exists for sharing, and everybody may use it unless --socket-mode says
                otherwise. It excludes -a and -A.
                """, values: .file, shown: { .text($0.socketName) }, reset: { $0.socketName = nil },
            apply: {
                settings, value throws(Value.Refused) in
                settings.socketName = try Value.path(text(value))
            }),
        Option(
            nil, "socket-mode", "OCTAL", ("Daemon", "SocketMode"), "its permissions (default 600, with -s 666)",
            shown: { .text($0.socketMode.map { String($0, radix: 8) }) },
            reset: { $0.socketMode = nil },
            apply: {
                settings, value throws(Value.Refused) in
                settings.socketMode = try Value.permissions(text(value))
            }),
        Option(
            "d", "daemon-lifespan", "MS", ("Daemon", "Lifespan"),
            "a daemon started by this ends after so long idle (default 5000); 0: start none; -1: never ends",
            shown: { .number($0.daemonLifespanMilliseconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.daemonLifespanMilliseconds = try Value.milliseconds(text(value))
            }),
        Option("x", "quiesce-exit", nil, "end the daemon when nobody holds or waits any more; it takes no new requests") {
            settings in
            if case .shutdown(immediate: true) = settings.action { return }
            settings.action = .shutdown(immediate: false)
        },
        Option("X", "immediate-exit", nil, "end the daemon at once; commands run on and keep their locks") { settings in
            settings.action = .shutdown(immediate: true)
        },
        Option(
            nil, "queue-policy", "POLICY", ("Daemon", "QueuePolicy"),
            "may newcomers pass waiters, in a daemon started by this: bounded (default), fifo, overtake",
            values: .wordsOf(QueuePolicyWord.self), shown: { .word($0.queuePolicy.rawValue) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.queuePolicy = try Value.word(text(value))
            }),
        Option(
            nil, "lost-holder-delay", "MS", ("Daemon", "LostHolderDelay"),
            "how long a lost connection leaves a holder on another host its lock (default 15000)",
            shown: { .number($0.lostHolderDelayMilliseconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.lostHolderDelayMilliseconds = try Value.integer(text(value), in: 2000...86_400_000, unit: "milliseconds")
            }),
        Option(
            nil, "reclaim-grace", "MS", ("Daemon", "ReclaimGrace"),
            "how long daemons wait for holders on other hosts, waiters with -d 0 for a daemon (default 30000)",
            shown: { .number($0.reclaimGraceMilliseconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.reclaimGraceMilliseconds = try Value.integer(text(value), in: 0...86_400_000, unit: "milliseconds")
            }),
        Option(
            nil, "max-overtake", "MS", ("Daemon", "MaxOvertake"),
            "bounded: whoever has waited so long is not passed any more (default 10000)",
            shown: { .number($0.maxOvertakeMilliseconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.maxOvertakeMilliseconds = try Value.integer(text(value), in: 0...Int64(Int32.max), unit: "milliseconds")
            }),
        Option(
            "m", "mount-point-vfs", "DIR", ("Daemon", "MountPointVFS"),
            "of 1.7.2: refused; --status shows what that file system did",
            values: .directory, shown: { .text($0.mountPoint) }, reset: { $0.mountPoint = nil },
            apply: {
                settings, value throws(Value.Refused) in
                settings.mountPoint = try Value.path(text(value))
            }),
    ]

    static let network = [
        Option(
            "a", "unicast-address", "HOST", ("Daemon", "UnicastAddress"),
            "reach the daemon on this host over TCP; a daemon started by this listens there",
            values: .host, shown: { .text($0.unicastAddress) }, reset: { $0.unicastAddress = nil },
            apply: {
                settings, value throws(Value.Refused) in
                settings.unicastAddress = try Value.host(text(value))
            }),
        Option(
            "p", "unicast-port", "PORT", ("Daemon", "UnicastPort"), "its TCP port (default 28015)",
            shown: { .number($0.unicastPort) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.unicastPort = try Value.port(text(value))
            }),
        Option(
            "A", "multicast-address", "GROUP", ("Daemon", "MulticastAddress"),
            "find the daemon by multicast in this group; a daemon started by this answers there",
            details: "With -a as well, clients go to that address without asking the group; the daemon answers there.",
            values: .host, shown: { .text($0.multicastAddress) }, reset: { $0.multicastAddress = nil },
            apply: {
                settings, value throws(Value.Refused) in
                settings.multicastAddress = try Value.host(text(value))
            }),
        Option(
            "P", "multicast-port", "PORT", ("Daemon", "MulticastPort"), "the group's UDP port (default 28015)",
            shown: { .number($0.multicastPort) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.multicastPort = try Value.port(text(value))
            }),
        Option(
            "n", "network-interface", "NAME", ("Network", "NetworkInterface"),
            "use IPv6 on this interface: for link-local addresses",
            values: .interface, shown: { .text($0.networkInterface) },
            reset: { $0.networkInterface = nil },
            apply: {
                settings, value throws(Value.Refused) in
                settings.networkInterface = try Value.host(text(value))
            }),
        Option(
            "D", "discovery-attempts", "N", ("Network", "DiscoveryAttempts"), "ask the group so often (default 2)",
            shown: { .number($0.discoveryAttempts) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.discoveryAttempts = Int(try Value.integer(text(value), in: 1...1000))
            }),
        Option(
            "I", "discovery-timeout", "MS", ("Network", "DiscoveryTimeout"), "wait so long for each answer (default 500)",
            shown: { .number($0.discoveryTimeoutMilliseconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.discoveryTimeoutMilliseconds = Int(
                    try Value.integer(text(value), in: 1...3_600_000, unit: "milliseconds"))
            }),
        Option(
            nil, "discovery-ttl", "HOPS", ("Network", "DiscoveryTTL"), "how far a query may travel (default 1: this network)",
            shown: { .number($0.discoveryTTL) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.discoveryTTL = Int(try Value.integer(text(value), in: 1...255))
            }),
        Option(
            nil, "tcp-keepalive-time", "S", ("Network", "TcpKeepaliveTime"),
            "probe a silent connection after so long (default 60)",
            shown: { .number($0.keepaliveSeconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.keepaliveSeconds = Int(try Value.integer(text(value), in: 1...32767, unit: "seconds"))
            }),
        Option(
            nil, "tcp-keepalive-intvl", "S", ("Network", "TcpKeepaliveIntvl"), "the time between probes (default 10)",
            shown: { .number($0.keepaliveIntervalSeconds) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.keepaliveIntervalSeconds = Int(try Value.integer(text(value), in: 1...32767, unit: "seconds"))
            }),
        Option(
            nil, "tcp-keepalive-probes", "N", ("Network", "TcpKeepaliveProbes"),
            "so many lost probes end a connection (default 6)",
            shown: { .number($0.keepaliveProbes) },
            apply: {
                settings, value throws(Value.Refused) in
                settings.keepaliveProbes = Int(try Value.integer(text(value), in: 1...127))
            }),
    ]
}
