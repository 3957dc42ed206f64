import Testing

/// A row for every option that has a key in configuration files: its default, five accepted values, and some
/// that are refused, with the text of the refusal.
struct KeyedOption: Sendable, CustomTestStringConvertible {
    let group: String
    let key: String
    let option: String
    /// The default as `--show-config --format json` shows it; nil if there is none.
    let standard: String?
    /// The values for the system's file, `~/.flom`, the file below XDG_CONFIG_HOME, that of `-c`, and the option.
    let values: [String]
    let wrong: [String]
    let accepted: String

    var testDescription: String { "[\(group)] \(key)" }

    init(
        _ group: String, _ key: String, _ option: String, _ standard: String?, _ values: String,
        separator: Character = " ", not wrong: [String], _ accepted: String
    ) {
        self.group = group
        self.key = key
        self.option = option
        self.standard = standard
        let words = values.split(separator: separator).map(String.init)
        self.values = (0..<5).map { words[$0 % words.count] }
        self.wrong = wrong
        self.accepted = accepted
    }

    /// Whether it is yes or no in files, and has no value on the command line.
    var isFlag: Bool { ["Verbose", "RemoteAdmin"].contains(key) }
    /// Whether the values of all files add up.
    var addsUp: Bool { ["Redact", "Rule"].contains(key) }

    private static let milliseconds = "milliseconds"
    private static let noNumbers = ["", "soon", "010", "1s", "0x", "--1", "99999999999"]

    static let all: [KeyedOption] = [
        KeyedOption(
            "Resource", "Name", "-r", "[\"_RESOURCE\"]", "a b c d e", not: ["", "1a", "_RESOURCE", "a-b", "a\tb"], "name"),
        KeyedOption("Resource", "LockMode", "-l", "EX", "NL CR CW PR PW", not: ["", "EXNL", "NULL", "5"], "EX (Exclusive)"),
        KeyedOption("Resource", "Quantity", "-q", "1", "2 3 4 5 6", not: noNumbers, "whole number"),
        KeyedOption("Resource", "Timeout", "-o", "-1", "0 1 -5 0x10 2147483647", not: noNumbers, milliseconds),
        KeyedOption("Resource", "Create", "-e", "true", "no yes n Y NO", not: ["", "on", "true", "none"], "yes, y, no or n"),
        KeyedOption("Resource", "IdleLifespan", "-i", "0", "1 2 3 4 0", not: noNumbers + ["-1"], milliseconds),
        KeyedOption("Resource", "Deadlock", "--deadlock", "refuse", "wait refuse", not: ["", "yes"], "refuse, wait"),
        KeyedOption("Resource", "OnLost", "--on-lost", "warn", "term kill warn", not: ["", "TERM9", "die"], "warn, term, kill"),
        KeyedOption("Resource", "OnOrphan", "--on-orphan", "hold", "kill hold", not: ["", "release"], "hold, kill"),
        KeyedOption("Resource", "Lease", "--lease", "time", "none time", not: ["", "0"], "time, none"),
        KeyedOption("Daemon", "SocketName", "-s", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption(
            "Monitor", "Http", "--http", nil, "127.0.0.1:9650 [::1]:80 /run/flom/http 10.0.0.1:65535 /tmp/h",
            not: [
                "9650", "localhost:9650", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "::1:9650", "[127.0.0.1]:9650",
                "run/http",
            ],
            "ADDRESS:PORT"),
        KeyedOption(
            "Monitor", "Buckets", "--buckets", "0.001,0.005,0.01,0.05,0.1,0.5,1,5,10,60,300,1800,3600,14400",
            "1 0.5,2 0.001,0.1,1,60 10,100 7", not: ["", "1,1", "2,1", "0", "1s", "a", "1,"], "separated by commas"),
        KeyedOption("Daemon", "SocketMode", "--socket-mode", nil, "600 660 666 640 0", not: ["888", "1777", "rw"], "octal"),
        KeyedOption("Daemon", "Lifespan", "-d", "5000", "0 1 -1 300 5000", not: noNumbers, milliseconds),
        KeyedOption("Daemon", "UnicastAddress", "-a", nil, "a b ::1 127.0.0.1 e", not: ["a b"], "without blanks"),
        KeyedOption(
            "Daemon", "UnicastPort", "-p", "28015", "1 2 3 4 65535", not: noNumbers + ["0", "65536", "-1"], "1 to 65535"),
        KeyedOption("Daemon", "MulticastAddress", "-A", nil, "a b c d 239.255.0.1", not: ["a b"], "without blanks"),
        KeyedOption("Daemon", "MulticastPort", "-P", "28015", "1 2 3 4 65535", not: noNumbers + ["0", "65536"], "1 to 65535"),
        KeyedOption("Daemon", "MountPointVFS", "-m", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption(
            "Daemon", "QueuePolicy", "--queue-policy", "bounded", "fifo overtake bounded", not: ["", "fair"],
            "bounded, fifo, overtake"),
        KeyedOption(
            "Daemon", "LostHolderDelay", "--lost-holder-delay", "15000", "2000 2001 3000 4000 86400000",
            not: noNumbers + ["1999"],
            "2000 to 86400000"),
        KeyedOption(
            "Daemon", "ReclaimGrace", "--reclaim-grace", "30000", "0 1 2 3 86400000", not: noNumbers + ["-1"], milliseconds),
        KeyedOption("Daemon", "MaxOvertake", "--max-overtake", "10000", "0 1 2 3 4", not: noNumbers + ["-1"], milliseconds),
        KeyedOption(
            "Daemon", "LogLevel", "--log-level", "notice", "error warning info debug notice", not: ["", "all"],
            "notice"),
        KeyedOption("Network", "NetworkInterface", "-n", nil, "lo eth0 eth1 eth2 eth3", not: ["a b"], "without blanks"),
        KeyedOption("Network", "DiscoveryAttempts", "-D", "2", "1 3 4 5 1000", not: noNumbers + ["0", "1001"], "1 to 1000"),
        KeyedOption("Network", "DiscoveryTimeout", "-I", "500", "1 2 3 4 5", not: noNumbers + ["0", "-500"], milliseconds),
        KeyedOption("Network", "DiscoveryTTL", "--discovery-ttl", "1", "2 3 4 5 255", not: noNumbers + ["0", "256"], "1 to 255"),
        KeyedOption(
            "Network", "TcpKeepaliveTime", "--tcp-keepalive-time", "60", "1 2 3 4 32767", not: noNumbers + ["0", "32768"],
            "seconds"),
        KeyedOption(
            "Network", "TcpKeepaliveIntvl", "--tcp-keepalive-intvl", "10", "1 2 3 4 32767", not: noNumbers + ["0"], "seconds"),
        KeyedOption(
            "Network", "TcpKeepaliveProbes", "--tcp-keepalive-probes", "6", "1 2 3 4 127", not: noNumbers + ["0", "128"],
            "1 to 127"),
        KeyedOption("TLS", "TlsCertificate", "--tls-certificate", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption("TLS", "TlsPrivateKey", "--tls-private-key", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption("TLS", "TlsCaCertificate", "--tls-ca-certificate", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption("TLS", "TlsRevoked", "--tls-revoked", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption(
            "TLS", "TlsCheckPeerId", "--tls-check-peer-id", "false", "yes no y N YES", not: ["", "on"], "yes, y, no or n"),
        KeyedOption("TLS", "TlsMinVersion", "--tls-min-version", "1.2", "1.3 1.2", not: ["", "1.1", "TLS1.2"], "1.2, 1.3"),
        KeyedOption("Journal", "File", "--journal", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption("Journal", "Sync", "--sync", "auto", "always off auto", not: ["", "yes"], "auto, always, off"),
        KeyedOption(
            "Journal", "Retention", "--retention", "forever", "90d 12w 1h 5m 61s", not: ["", "90", "1y", "-1d", "0d"],
            "forever"),
        KeyedOption(
            "Journal", "RecordCommand", "--record-command", "full", "name none full", not: ["", "args"], "full, name, none"),
        KeyedOption("Journal", "Redact", "--redact", "[]", "a=* b=* c=* d=* e=*", not: ["plain"], "with *"),
        KeyedOption("Trace", "DaemonTraceFile", "-t", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption("Trace", "CommandTraceFile", "-T", nil, "/a /b /c /d /e", not: [], "path"),
        KeyedOption(
            "Trace", "AppendTraceFile", "--append-trace-file", "false", "yes no y N YES", not: ["", "on"], "yes, y, no or n"),
        KeyedOption(
            "Monitor", "IgnoredSignals", "--ignore-signal", "[]", "SIGHUP SIGINT SIGTERM SIGUSR1 SIGUSR2",
            not: ["0", "32", "SIGFOO", "15abc"], "1 to 31"),
        KeyedOption(
            "Limits", "Connections", "--limit-connections", "20000", "1 2 3 4 5", not: noNumbers + ["0", "-1"], "whole number"),
        KeyedOption(
            "Limits", "ConnectionsPerPeer", "--limit-per-peer", "1000", "1 2 3 4 5", not: noNumbers + ["0", "-1"],
            "whole number"),
        KeyedOption(
            "Limits", "ConnectionRate", "--limit-connection-rate", "1000", "1 2 3 4 5", not: noNumbers + ["0", "-1"],
            "whole number"),
        KeyedOption(
            "Limits", "HalfMessages", "--limit-half-messages", "1000", "1 2 3 4 5", not: noNumbers + ["0", "-1"], "whole number"),
        KeyedOption(
            "Limits", "Handshakes", "--limit-handshakes", "512", "1 2 3 4 5", not: noNumbers + ["0", "-1"], "whole number"),
        KeyedOption("Limits", "Waiters", "--limit-waiters", "20000", "1 2 3 4 5", not: noNumbers + ["0", "-1"], "whole number"),
        KeyedOption(
            "Limits", "Resources", "--limit-resources", "100000", "1 2 3 4 5", not: noNumbers + ["0", "-1"], "whole number"),
        KeyedOption(
            "Limits", "HistoryPages", "--limit-history-pages", "64", "1 2 3 4 5", not: noNumbers + ["0", "-1"], "whole number"),
        KeyedOption(
            "Limits", "Unread", "--limit-unread", "262144", "131072 131073 131074 131075 131076", not: noNumbers + ["1"], "131072"
        ),
        KeyedOption(
            "Access", "Rule", "--access-rule", "[]",
            "deny lock to uid 7|allow all to root|deny read to anybody on a*|allow lock,read to local|allow all to same-user",
            separator: "|", not: ["allow", "maybe lock to root", "allow lock"], "allow or deny"),
        KeyedOption("Access", "RemoteAdmin", "--remote-admin", "false", "no yes", not: ["true", "on"], "yes, y, no or n"),
        KeyedOption("Trace", "Verbose", "-V", "false", "no yes", not: ["true", "on"], "yes, y, no or n"),
    ]
}

/// Options for the command line only, and a test that shows the effect of each.
enum PlainOption {
    static let all: [(option: String, test: String)] = [
        ("--element-placeholder", "KindTests"), ("--break", "LossTests"), ("--request", "LossTests"), ("--reason", "LossTests"),
        ("--yes", "LossTests"), ("--restart", "SocketHandoffTests"), ("--fence", "FenceTests"), ("-c", "ConfigurationTests"),
        ("-x", "ShutdownTests"), ("-X", "ShutdownTests"), ("--verify", "VerifyTests"), ("--expect", "VerifyTests"),
        ("--head", "VerifyTests"), ("--prune-older-than", "PruneTests"), ("--vacuum", "PruneTests"),
        ("--accept-journal", "LostJournalTests"), ("--history", "ReportTests"),
        ("--stats", "FormatTests"), ("--by", "FormatTests"), ("--status", "StatusTests"), ("--since", "OptionEffectTests"),
        ("--until", "OptionEffectTests"), ("--user", "OptionEffectTests"), ("--host", "OptionEffectTests"),
        ("--command", "FormatTests"), ("--outcome", "FollowTests"), ("--limit", "FormatTests"), ("--reverse", "FormatTests"),
        ("--follow", "FollowTests"), ("--format", "FormatTests"), ("--watch", "StatusTests"), ("--at", "StatusTests"),
        ("--check", "MonitoringTests"), ("--max-wait", "MonitoringTests"), ("--max-hold", "MonitoringTests"),
        ("--not-run-since", "MonitoringTests"), ("--show-config", "OptionEffectTests"), ("--print", "PrintedTextTests"),
        ("--signal-list", "InformationTests"), ("--unique-id", "InformationTests"), ("-v", "InformationTests"),
        ("-h", "InformationTests"), ("--help-all", "InformationTests"),
        ("--foreground", "ForegroundTests"), ("--access-test", "AccessTests"), ("--doctor", "DoctorTests"),
        ("--debug-feature", "DebugFeatureTests"),
    ]
}
