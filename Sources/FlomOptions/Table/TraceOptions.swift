internal import FlomConfiguration
internal import FlomSettings
internal import FlomSystem

/// The daemon's log, and the traces.
extension OptionTable {
    package static let trace = [
        Option(
            "t", "daemon-trace-file", "FILE", ("Trace", "DaemonTraceFile"),
            "file for the traces of a daemon started by this; FLOM_TRACE_MASK says which",
            details: "Without it the daemon does not trace. docs/logging.md lists the bits of the mask.",
            values: .file, .text({ $0.daemon.traceFile }, { $0.daemon.traceFile = $1 }, Value.absolutePath)),
        Option(
            "T", "command-trace-file", "FILE", ("Trace", "CommandTraceFile"),
            "file for the traces of this command; FLOM_TRACE_MASK says which (default: stderr)",
            values: .file, .text({ $0.commandTraceFile }, { $0.commandTraceFile = $1 }, Value.path)),
        Option(
            nil, "append-trace-file", "YES|NO", ("Trace", "AppendTraceFile"),
            "append to the trace files (default no)",
            values: .yesOrNo, .flag({ $0.daemon.appendsTrace }, { $0.daemon.appendsTrace = $1 })),
        Option(
            nil, "log-level", "LEVEL", ("Daemon", "LogLevel"),
            "log level of a daemon started by this: error, warning, notice (default), info or debug",
            values: .wordsOf(LogLevel.self), .word({ $0.daemon.logLevel }, { $0.daemon.logLevel = $1 })),
    ]
}
