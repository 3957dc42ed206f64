internal import FlomConfiguration
internal import FlomModel
internal import FlomSettings

/// For service managers.
extension OptionTable {
    package static let service = [
        Option(nil, "foreground", nil, "be the daemon, in this process: log on stderr, -d -1 unless given, SIGHUP reloads") {
            settings in settings.action = .foreground
        },
        Option(
            nil, "http", "PLACE", ("Monitor", "Http"),
            "the daemon shows its state there over HTTP: ADDRESS:PORT or the path of a socket",
            details: """
                Only an address of this host, never a name. Metrics for Prometheus are at /metrics, a page for people at /, the rest stands in
                docs/monitoring.md. Who reads what is decided by the rules of access.
                """, values: .file,
            .optional({ $0.daemon.http }, { $0.daemon.http = $1 }, Value.monitorPlace) { .text($0?.text) }),
        Option(
            nil, "buckets", "SECONDS", ("Monitor", "Buckets"),
            "where the histograms at /metrics are divided: ascending seconds, separated by commas",
            .value({ $0.daemon.buckets }, { $0.daemon.buckets = $1 }, Value.buckets) { .text($0.text) }),
    ]
}
