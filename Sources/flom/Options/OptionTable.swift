internal import FlomEngine
internal import FlomSystem

/// One option: its spellings, its key in configuration files, its help, and what it does. Parsing, files and help all read
/// this one table.
struct Option: Sendable {
    enum Argument: Sendable {
        case none
        case required(placeholder: String)
    }

    let short: Character?
    let long: String
    let argument: Argument
    /// Group and key in configuration files; nil if it is for the command line only.
    let key: (group: String, name: String)?
    let help: String
    /// Gets the bytes of the value; empty for an option without one.
    let apply: @Sendable (inout Settings, [UInt8]) throws(Value.Refused) -> Void

    /// `-r, --resource-name`, or as much of it as there is.
    var spelling: String { short.map { "-\($0), --\(long)" } ?? "    --\(long)" }
}

enum OptionTable {
    /// In the order of `--help`.
    static let all: [Option] = resource + loss + daemon + network + journal + administration + reports + general

    private static let resource = [
        Option(
            "r", "resource-name", "NAME", ("Resource", "Name"),
            "the resource: R, R[3], A.B, /a/b, _s_R[1], _S_R[1], _t_FORMAT[1]; several: all at once"
        ) {
            settings, value throws(Value.Refused) in
            try settings.want(try Value.resourceName(value))
        },
        Option(
            "l", "lock-mode", "MODE", ("Resource", "LockMode"),
            "NL, CR, CW, PR, PW or EX (default EX); after an -r for that one, before the first for all"
        ) {
            settings, value throws(Value.Refused) in
            settings.want(mode: try Value.lockMode(text(value)))
        },
        Option(
            "q", "resource-quantity", "N", ("Resource", "Quantity"),
            "take so much of a numeric resource (default 1); where it stands counts as with -l"
        ) {
            settings, value throws(Value.Refused) in
            if let quantity = try Value.quantity(text(value)) { settings.want(quantity: quantity) }
        },
        Option(
            "o", "resource-timeout", "MS", ("Resource", "Timeout"),
            "wait so long for the lock; 0: not at all; -1: for ever (default)"
        ) {
            settings, value throws(Value.Refused) in
            settings.timeoutMilliseconds = try Value.milliseconds(text(value))
        },
        Option("e", "resource-create", "YES|NO", ("Resource", "Create"), "create the resource if it does not exist (default yes)")
        {
            settings, value throws(Value.Refused) in
            settings.mayCreate = try Value.yesOrNo(text(value))
        },
        Option(
            "i", "resource-idle-lifespan", "MS", ("Resource", "IdleLifespan"),
            "how long an unused resource that this creates lives on"
        ) {
            settings, value throws(Value.Refused) in
            settings.idleLifespanMilliseconds = Int32(
                try Value.integer(text(value), in: 0...Int64(Int32.max), unit: "milliseconds"))
        },
        Option(
            nil, "element-placeholder", nil,
            "put the element where {} is in the command, not behind it; of several resources {1}, {2} …"
        ) { settings in
            settings.hasElementPlaceholder = true
        },
        Option(
            nil, "deadlock", "ANSWER", ("Resource", "Deadlock"),
            "under another flom and without -o: refuse (default) what can never be granted, or wait"
        ) {
            settings, value throws(Value.Refused) in
            settings.deadlock = try Value.word(text(value))
        },
    ]

    private static let loss = [
        Option(
            nil, "on-lost", "ACTION", ("Resource", "OnLost"),
            "when the lock is lost while the command runs: warn (default), term (TERM, after 5 s KILL), kill"
        ) {
            settings, value throws(Value.Refused) in
            settings.onLost = try Value.word(text(value))
        },
        Option(
            nil, "on-orphan", "ACTION", ("Resource", "OnOrphan"),
            "when flom is killed while the command runs: hold the lock until it ends (default), or kill it"
        ) {
            settings, value throws(Value.Refused) in
            settings.onOrphan = try Value.word(text(value))
        },
        Option(
            nil, "lease", "LEASE", ("Resource", "Lease"),
            "over a network: time ends the lock of a holder that is out of sight (default), or none does"
        ) {
            settings, value throws(Value.Refused) in
            settings.lease = try Value.word(text(value))
        },
    ]

    private static let daemon = [
        Option("s", "socket-name", "PATH", ("Daemon", "SocketName"), "the daemon's socket (default /tmp/flom-USER)") {
            settings, value throws(Value.Refused) in
            settings.socketName = try Value.path(text(value))
        },
        Option(nil, "socket-mode", "OCTAL", ("Daemon", "SocketMode"), "its permissions (default 600, with -s 666)") {
            settings, value throws(Value.Refused) in
            settings.socketMode = try Value.permissions(text(value))
        },
        Option(
            "d", "daemon-lifespan", "MS", ("Daemon", "Lifespan"),
            "a daemon started by this ends after so long idle (default 5000); 0: start none; -1: never ends"
        ) {
            settings, value throws(Value.Refused) in
            settings.daemonLifespanMilliseconds = try Value.milliseconds(text(value))
        },
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
            "may newcomers pass waiters, in a daemon started by this: bounded (default), fifo, overtake"
        ) {
            settings, value throws(Value.Refused) in
            settings.queuePolicy = try Value.word(text(value))
        },
        Option(
            nil, "lost-holder-delay", "MS", ("Daemon", "LostHolderDelay"),
            "how long a lost connection leaves a holder on another host its lock (default 15000)"
        ) {
            settings, value throws(Value.Refused) in
            settings.lostHolderDelayMilliseconds = try Value.integer(text(value), in: 2000...86_400_000, unit: "milliseconds")
        },
        Option(
            nil, "reclaim-grace", "MS", ("Daemon", "ReclaimGrace"),
            "how long a new daemon waits for the holders of the one before on other hosts (default 30000)"
        ) {
            settings, value throws(Value.Refused) in
            settings.reclaimGraceMilliseconds = try Value.integer(text(value), in: 0...86_400_000, unit: "milliseconds")
        },
        Option(
            nil, "max-overtake", "MS", ("Daemon", "MaxOvertake"),
            "bounded: whoever has waited so long is not passed any more (default 10000)"
        ) {
            settings, value throws(Value.Refused) in
            settings.maxOvertakeMilliseconds = try Value.integer(text(value), in: 0...Int64(Int32.max), unit: "milliseconds")
        },
    ]

    private static let network = [
        Option(
            "a", "unicast-address", "HOST", ("Daemon", "UnicastAddress"),
            "reach the daemon on this host over TCP; a daemon started by this listens there"
        ) {
            settings, value throws(Value.Refused) in
            settings.unicastAddress = try Value.host(text(value))
        },
        Option("p", "unicast-port", "PORT", ("Daemon", "UnicastPort"), "its TCP port (default 28015)") {
            settings, value throws(Value.Refused) in
            settings.unicastPort = try Value.port(text(value))
        },
        Option(
            "A", "multicast-address", "GROUP", ("Daemon", "MulticastAddress"),
            "find the daemon by multicast in this group; a daemon started by this answers there"
        ) {
            settings, value throws(Value.Refused) in
            settings.multicastAddress = try Value.host(text(value))
        },
        Option("P", "multicast-port", "PORT", ("Daemon", "MulticastPort"), "the group's UDP port (default 28015)") {
            settings, value throws(Value.Refused) in
            settings.multicastPort = try Value.port(text(value))
        },
        Option(
            "n", "network-interface", "NAME", ("Network", "NetworkInterface"),
            "use IPv6 on this interface: for link-local addresses"
        ) {
            settings, value throws(Value.Refused) in
            settings.networkInterface = try Value.host(text(value))
        },
        Option("D", "discovery-attempts", "N", ("Network", "DiscoveryAttempts"), "ask the group so often (default 2)") {
            settings, value throws(Value.Refused) in
            settings.discoveryAttempts = Int(try Value.integer(text(value), in: 1...1000))
        },
        Option("I", "discovery-timeout", "MS", ("Network", "DiscoveryTimeout"), "wait so long for each answer (default 500)") {
            settings, value throws(Value.Refused) in
            settings.discoveryTimeoutMilliseconds = Int(try Value.integer(text(value), in: 1...3_600_000, unit: "milliseconds"))
        },
        Option(nil, "discovery-ttl", "HOPS", ("Network", "DiscoveryTTL"), "how far a query may travel (default 1: this network)")
        {
            settings, value throws(Value.Refused) in
            settings.discoveryTTL = Int(try Value.integer(text(value), in: 1...255))
        },
        Option(
            nil, "tcp-keepalive-time", "S", ("Network", "TcpKeepaliveTime"),
            "probe a silent connection after so long (default 60)"
        ) {
            settings, value throws(Value.Refused) in
            settings.keepaliveSeconds = Int(try Value.integer(text(value), in: 1...32767, unit: "seconds"))
        },
        Option(nil, "tcp-keepalive-intvl", "S", ("Network", "TcpKeepaliveIntvl"), "the time between probes (default 10)") {
            settings, value throws(Value.Refused) in
            settings.keepaliveIntervalSeconds = Int(try Value.integer(text(value), in: 1...32767, unit: "seconds"))
        },
        Option(
            nil, "tcp-keepalive-probes", "N", ("Network", "TcpKeepaliveProbes"),
            "so many lost probes end a connection (default 6)"
        ) {
            settings, value throws(Value.Refused) in
            settings.keepaliveProbes = Int(try Value.integer(text(value), in: 1...127))
        },
    ]

    private static let journal = [
        Option(
            nil, "journal", "FILE", ("Journal", "File"),
            "the daemon's journal (default under /var/lib/flom or ~/.local/state/flom)"
        ) {
            settings, value throws(Value.Refused) in
            settings.journalPath = Files.absolute(try Value.path(text(value)))
        },
        Option(nil, "sync", "LEVEL", ("Journal", "Sync"), "auto (default), always or off: when answers wait for the disk") {
            settings, value throws(Value.Refused) in
            settings.sync = try Value.word(text(value))
        },
    ]

    private static let administration = [
        Option(nil, "break", nil, "take a lock away: from all who hold -r, or from --request") { settings in
            settings.action = .breakLock
        },
        Option(nil, "request", "NUMBER", nil, "the request to break, as --status --format json numbers it") {
            settings, value throws(Value.Refused) in
            settings.request = try Value.integer(text(value), in: 1...Int64.max)
        },
        Option(nil, "reason", "TEXT", nil, "why a lock is broken, for the record") { settings, value throws(Value.Refused) in
            settings.reason = text(value)
        },
        Option(nil, "yes", nil, "break without asking") { settings in settings.isConfirmed = true },
        Option(nil, "restart", nil, "replace the running daemon by the program that is on disk now; all locks and places stay") {
            settings in settings.action = .restart
        },
        Option(
            nil, "fence", "FILE", nil,
            "run the command only if FLOM_FENCING_TOKEN is not older than the newest in FILE; record it there"
        ) {
            settings, value throws(Value.Refused) in
            settings.action = .fence(file: try Value.path(text(value)))
        },
    ]

    private static let reports = [
        Option(nil, "history", nil, "show who held or waited for what") { settings in settings.action = .history },
        Option(nil, "status", nil, "show who holds and who waits now") { settings in settings.action = .status },
        Option(nil, "format", "FORMAT", nil, "of a report: table (default) or json") {
            settings, value throws(Value.Refused) in
            settings.format = try Value.word(text(value))
        },
        Option(nil, "limit", "N", nil, "the newest N rows of the history") { settings, value throws(Value.Refused) in
            settings.limit = Int(try Value.integer(text(value), in: 1...Int64(Int32.max)))
        },
    ]

    private static let general = [
        Option("c", "config-file", "FILE", nil, "read this configuration file after the usual ones") {
            settings, value throws(Value.Refused) in
            settings.configurationFile = try Value.path(text(value))
        },
        Option("V", "verbose", ("Trace", "Verbose"), "say what is used and done") { settings in settings.verbose = true },
        Option("v", "version", nil, "show the version") { settings in settings.action = .version },
        Option("h", "help", nil, "show this help") { settings in settings.action = .help },
    ]

    static func text(_ value: [UInt8]) -> String { String(decoding: value, as: UTF8.self) }

    static func named(short: Character) -> Option? {
        all.first { $0.short == short } ?? (short == "?" ? named(long: "help") : nil)
    }

    static func named(long: String) -> Option? { all.first { $0.long == long } }

    static func forKey(group: String, name: String) -> Option? {
        all.first { $0.key?.group == group && $0.key?.name == name }
    }

    static func knowsGroup(_ group: String) -> Bool { all.contains { $0.key?.group == group } }
}

extension Option {
    init(
        _ short: Character?, _ long: String, _ placeholder: String, _ key: (group: String, name: String)?, _ help: String,
        apply: @escaping @Sendable (inout Settings, [UInt8]) throws(Value.Refused) -> Void
    ) {
        self.init(
            short: short, long: long, argument: .required(placeholder: placeholder), key: key, help: help, apply: apply)
    }

    init(
        _ short: Character?, _ long: String, _ key: (group: String, name: String)?, _ help: String,
        apply: @escaping @Sendable (inout Settings) -> Void
    ) {
        self.init(short: short, long: long, argument: .none, key: key, help: help) { settings, _ throws(Value.Refused) in
            apply(&settings)
        }
    }
}
