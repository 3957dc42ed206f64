internal import FlomSettings
internal import FlomSystem

/// What is said while it happens: the daemon's log and traces.
extension OptionTable {
    package static let trace = [
        Option(
            "t", "daemon-trace-file", "FILE", ("Trace", "DaemonTraceFile"),
            "a daemon started by this writes there what FLOM_TRACE_MASK names",
            details: "Of its own traces nothing is said elsewhere. docs/logging.md lists the bits of the mask.",
            values: .file, .text({ $0.daemon.traceFile }, { $0.daemon.traceFile = $1 }, Value.absolutePath)),
        Option(
            "T", "command-trace-file", "FILE", ("Trace", "CommandTraceFile"),
            "this command writes there what FLOM_TRACE_MASK names (default: stderr)",
            values: .file, .text({ $0.commandTraceFile }, { $0.commandTraceFile = $1 }, Value.path)),
        Option(
            nil, "append-trace-file", "YES|NO", ("Trace", "AppendTraceFile"),
            "keep what is in the trace files (default no)",
            values: .yesOrNo, .flag({ $0.daemon.appendsTrace }, { $0.daemon.appendsTrace = $1 })),
        Option(
            nil, "log-level", "LEVEL", ("Daemon", "LogLevel"),
            "what a daemon started by this logs: error, warning, notice (default), info or debug",
            values: .wordsOf(LogLevel.self), .word({ $0.daemon.logLevel }, { $0.daemon.logLevel = $1 })),
    ]
}
