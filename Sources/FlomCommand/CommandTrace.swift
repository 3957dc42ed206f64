internal import FlomOptions
internal import FlomSettings
internal import FlomSystem

extension Settings {
    /// Moves the command's trace from stderr to its file, if the settings name one.
    func beginCommandTrace() {
        guard let commandTraceFile else { return }
        do { try Trace.begin(file: commandTraceFile, appends: daemon.appendsTrace) } catch {
            StandardError.say(
                "the trace file '\(commandTraceFile)' cannot be opened (\(error.reason)); the trace stays on stderr")
        }
    }
}
