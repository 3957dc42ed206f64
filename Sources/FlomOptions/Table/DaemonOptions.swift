internal import FlomConfiguration
internal import FlomNetCore
internal import FlomSettings

/// The daemon's place, and the settings of a daemon that is started.
extension OptionTable {
    package static let daemon = [
        Option(
            "s", "socket-name", "PATH", ("Daemon", "SocketName"), "the daemon's socket (default /tmp/flom-USER)",
            details: """
                The default is for its user alone; a socket that is named here exists for sharing, and everybody may use it unless --socket-mode says
                otherwise. It excludes -a and -A.
                """, values: .file, .text({ $0.socketName }, { $0.socketName = $1 }, Value.path)),
        Option(
            nil, "socket-mode", "OCTAL", ("Daemon", "SocketMode"), "its permissions (default 600, with -s 666)",
            .optional({ $0.daemon.socketMode }, { $0.daemon.socketMode = $1 }, Value.permissions) {
                .text($0.map { String($0, radix: 8) })
            }),
        Option(
            "d", "daemon-lifespan", "MS", ("Daemon", "Lifespan"),
            "idle time before a daemon started by this ends (default 5000); 0: start none; -1: never end",
            .integer(
                { $0.daemon.lifespanMilliseconds }, { $0.daemon.lifespanMilliseconds = $1 }, in: .anyInt32, unit: "milliseconds")),
        Option("x", "quiesce-exit", nil, "end the daemon when nothing is held or awaited any more; it takes no new requests") {
            settings in
            if case .shutdown(immediate: true) = settings.action { return }
            settings.action = .shutdown(immediate: false)
        },
        Option("X", "immediate-exit", nil, "end the daemon at once; commands run on and keep their locks") { settings in
            settings.action = .shutdown(immediate: true)
        },
        Option(
            nil, "queue-policy", "POLICY", ("Daemon", "QueuePolicy"),
            "whether newcomers pass waiters, in a daemon started by this: bounded (default), fifo, overtake",
            values: .wordsOf(QueuePolicyWord.self), .word({ $0.queuePolicy }, { $0.queuePolicy = $1 })),
        Option(
            nil, "lost-holder-delay", "MS", ("Daemon", "LostHolderDelay"),
            "how long a holder on another host keeps its lock after a lost connection (default 15000)",
            .integer(
                { $0.daemon.lostHolderDelayMilliseconds }, { $0.daemon.lostHolderDelayMilliseconds = $1 }, in: 2000...86_400_000,
                unit: "milliseconds")),
        Option(
            nil, "reclaim-grace", "MS", ("Daemon", "ReclaimGrace"),
            "how long daemons wait for holders on other hosts, waiters with -d 0 for a daemon (default 30000)",
            .integer(
                { $0.daemon.reclaimGraceMilliseconds }, { $0.daemon.reclaimGraceMilliseconds = $1 }, in: 0...86_400_000,
                unit: "milliseconds")),
        Option(
            nil, "max-overtake", "MS", ("Daemon", "MaxOvertake"),
            "bounded: waiting time after which a waiter is not passed any more (default 10000)",
            .integer(
                { $0.maxOvertakeMilliseconds }, { $0.maxOvertakeMilliseconds = $1 }, in: 0...Int64(Int32.max),
                unit: "milliseconds")),
        Option(
            "m", "mount-point-vfs", "DIR", ("Daemon", "MountPointVFS"),
            "a daemon started by this shows there, as files, who holds and who waits",
            details: """
                DIR is an empty directory. The files are for the user of the daemon only, not even for root; docs/monitoring.md describes them. It
                needs FUSE, and for users other than root the program fusermount3. Where it cannot be mounted, a sentence says why, and
                locks are given without it.
                """,
            values: .directory, .text({ $0.daemon.mountPoint }, { $0.daemon.mountPoint = $1 }, Value.absolutePath)),
    ]

    package static let network = [
        Option(
            "a", "unicast-address", "HOST", ("Daemon", "UnicastAddress"),
            "reach the daemon on this host over TCP; a daemon started by this listens there",
            values: .host, .text({ $0.unicastAddress }, { $0.unicastAddress = $1 }, Value.host)),
        Option(
            "p", "unicast-port", "PORT", ("Daemon", "UnicastPort"), "its TCP port (default 28015)",
            .integer({ $0.unicastPort }, { $0.unicastPort = $1 }, in: 1...65535)),
        Option(
            "A", "multicast-address", "GROUP", ("Daemon", "MulticastAddress"),
            "find the daemon by multicast in this group; a daemon started by this answers there",
            details: "With -a as well, clients go to that address without asking the group; the daemon answers there.",
            values: .host, .text({ $0.multicastAddress }, { $0.multicastAddress = $1 }, Value.host)),
        Option(
            "P", "multicast-port", "PORT", ("Daemon", "MulticastPort"), "the group's UDP port (default 28015)",
            .integer({ $0.multicastPort }, { $0.multicastPort = $1 }, in: 1...65535)),
        Option(
            "n", "network-interface", "NAME", ("Network", "NetworkInterface"),
            "use IPv6 on this interface: for link-local addresses",
            values: .interface, .text({ $0.networkInterface }, { $0.networkInterface = $1 }, Value.host)),
        Option(
            "D", "discovery-attempts", "N", ("Network", "DiscoveryAttempts"), "number of discovery queries (default 2)",
            .integer({ $0.daemon.discoveryAttempts }, { $0.daemon.discoveryAttempts = $1 }, in: 1...1000)),
        Option(
            "I", "discovery-timeout", "MS", ("Network", "DiscoveryTimeout"), "time to wait for each answer (default 500)",
            .integer(
                { $0.daemon.discoveryTimeoutMilliseconds }, { $0.daemon.discoveryTimeoutMilliseconds = $1 }, in: 1...3_600_000,
                unit: "milliseconds")),
        Option(
            nil, "discovery-ttl", "HOPS", ("Network", "DiscoveryTTL"), "how far a query may travel (default 1: this network)",
            .integer({ $0.daemon.discoveryTTL }, { $0.daemon.discoveryTTL = $1 }, in: 1...255)),
        Option(
            nil, "tcp-keepalive-time", "S", ("Network", "TcpKeepaliveTime"),
            "idle time before a connection is probed (default 60)",
            .integer(
                { $0.daemon.keepalive.idleSeconds }, { $0.daemon.keepalive.idleSeconds = $1 }, in: Keepalive.secondsRange,
                unit: "seconds")),
        Option(
            nil, "tcp-keepalive-intvl", "S", ("Network", "TcpKeepaliveIntvl"), "the time between probes (default 10)",
            .integer(
                { $0.daemon.keepalive.intervalSeconds }, { $0.daemon.keepalive.intervalSeconds = $1 }, in: Keepalive.secondsRange,
                unit: "seconds")),
        Option(
            nil, "tcp-keepalive-probes", "N", ("Network", "TcpKeepaliveProbes"),
            "number of lost probes that end a connection (default 6)",
            .integer({ $0.daemon.keepalive.probes }, { $0.daemon.keepalive.probes = $1 }, in: Keepalive.probesRange)),
    ]
}
