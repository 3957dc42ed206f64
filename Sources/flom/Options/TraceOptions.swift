internal import FlomDaemon

/// What is said while it happens: the daemon's log and traces.
struct TraceSettings {
    /// Of the daemon that is started.
    var logLevel = Log.Level.notice
}

extension OptionTable {
    static let trace = [
        Option(
            nil, "log-level", "LEVEL", ("Daemon", "LogLevel"),
            "what a daemon started by this logs: error, warning, notice (default), info or debug",
            shown: { $0.trace.logLevel.rawValue },
            apply: {
                settings, value throws(Value.Refused) in
                settings.trace.logLevel = try Value.word(text(value))
            })
    ]
}
