internal import FlomOptions
internal import FlomSystem

extension TraceSettings {
    /// The command's trace goes on in its file, if it has one.
    func beginCommandTrace() {
        guard let commandFile else { return }
        do { try Trace.begin(file: commandFile, appends: appends) } catch {
            StandardError.say("the trace file '\(commandFile)' cannot be opened (\(error.reason)); the trace stays on stderr")
        }
    }
}
