internal import FlomDaemon
internal import FlomEngine
internal import FlomStore

/// What `-V` prints before the command runs: the settings in use, in 1.7.2's form.
enum VerboseListing {
    static func print(_ settings: Settings) {
        let lines = [
            "[Trace]/Verbose=1",
            "[Resource]/Name='\(settings.parts.map(\.resource.description).joined(separator: "','"))'",
            "[Resource]/Timeout=\(settings.timeoutMilliseconds)",
            "[Resource]/Quantity=\(settings.parts[0].quantity)",
            "[Resource]/LockMode=\(settings.parts[0].mode.rawValue)",
            "[Resource]/Create=\(settings.mayCreate ? 1 : 0)",
            "[Resource]/IdleLifespan=\(settings.idleLifespanMilliseconds)",
            "[Resource]/Deadlock=\(settings.deadlock.rawValue)",
            "[Daemon]/SocketName='\(settings.socketName ?? "")'",
            "[Daemon]/Lifespan=\(settings.daemonLifespanMilliseconds)",
            "[Daemon]/QueuePolicy=\(settings.queuePolicy.rawValue)",
            "[Daemon]/MaxOvertake=\(settings.maxOvertakeMilliseconds)",
            "[Daemon]/UnicastAddress='\(settings.unicastAddress ?? "")'",
            "[Daemon]/UnicastPort=\(settings.unicastPort)",
            "[Daemon]/MulticastAddress='\(settings.multicastAddress ?? "")'",
            "[Daemon]/MulticastPort=\(settings.multicastPort)",
            "[Network]/NetworkInterface='\(settings.networkInterface ?? "")'",
            "[Network]/DiscoveryAttempts=\(settings.discoveryAttempts)",
            "[Network]/DiscoveryTimeout=\(settings.discoveryTimeoutMilliseconds)",
            "[Network]/DiscoveryTTL=\(settings.discoveryTTL)",
            "[Network]/TcpKeepaliveTime=\(settings.keepaliveSeconds)",
            "[Network]/TcpKeepaliveIntvl=\(settings.keepaliveIntervalSeconds)",
            "[Network]/TcpKeepaliveProbes=\(settings.keepaliveProbes)",
            "[Journal]/File='\(settings.journalPath ?? "")'",
            "[Journal]/Sync=\(settings.sync.rawValue)",
            "[Journal]/Retention=\(settings.retentionMicroseconds.map { "\($0 / 1_000_000)s" } ?? "forever")",
            "[Journal]/RecordCommand=\(settings.recording.extent.rawValue)",
        ]
        let redactions = settings.recording.redactions.map { "[Journal]/Redact='\(OptionTable.text($0.pattern))'" }
        for line in lines + redactions { StandardOutput.print(line) }
    }
}
