internal import FlomDaemon
internal import FlomSystem

/// What is said while it happens: the daemon's log and traces.
struct TraceSettings {
    /// Of the daemon that is started.
    var logLevel = Log.Level.notice
    /// Absolute; nil: the daemon that is started does not trace.
    var daemonFile: String?
    /// Nil: the command traces to stderr.
    var commandFile: String?
    /// Whether what is in those files stays.
    var appends = false

    /// The command's trace goes on in its file, if it has one.
    func beginCommandTrace() {
        guard let commandFile else { return }
        do { try Trace.begin(file: commandFile, appends: appends) } catch {
            StandardError.say("the trace file '\(commandFile)' cannot be opened (\(error.reason)); the trace stays on stderr")
        }
    }
}

extension OptionTable {
    static let trace = [
        Option(
            "t", "daemon-trace-file", "FILE", ("Trace", "DaemonTraceFile"),
            "a daemon started by this writes there what FLOM_TRACE_MASK names",
            details: "Of its own traces nothing is said elsewhere. docs/logging.md lists the bits of the mask.",
            values: .file, shown: { .text($0.trace.daemonFile) }, reset: { $0.trace.daemonFile = nil },
            apply: { settings, value throws(Value.Refused) in
                settings.trace.daemonFile = Files.absolute(try Value.path(text(value)))
            }),
        Option(
            "T", "command-trace-file", "FILE", ("Trace", "CommandTraceFile"),
            "this command writes there what FLOM_TRACE_MASK names (default: stderr)",
            values: .file, shown: { .text($0.trace.commandFile) }, reset: { $0.trace.commandFile = nil },
            apply: { settings, value throws(Value.Refused) in settings.trace.commandFile = try Value.path(text(value)) }),
        Option(
            nil, "append-trace-file", "YES|NO", ("Trace", "AppendTraceFile"),
            "keep what is in the trace files (default no)",
            values: .yesOrNo, shown: { .flag($0.trace.appends) },
            apply: { settings, value throws(Value.Refused) in settings.trace.appends = try Value.yesOrNo(text(value)) }),
        Option(
            nil, "log-level", "LEVEL", ("Daemon", "LogLevel"),
            "what a daemon started by this logs: error, warning, notice (default), info or debug",
            values: .wordsOf(Log.Level.self), shown: { .word($0.trace.logLevel.rawValue) },
            apply: { settings, value throws(Value.Refused) in settings.trace.logLevel = try Value.word(text(value)) }),
    ]
}
