internal import CFlomLibrary
internal import FlomSystem

/// The trace of the process, which every handle may redirect.
enum TraceProperty {
    /// - Parameter file: nil for standard error.
    /// - Throws: if the file cannot be opened. Without `FLOM_TRACE_MASK` no file is.
    static func redirect(to file: CText?, appends: Bool = false) throws(Failure) {
        guard let file else { return Trace.returnToStandardError() }
        do { try Trace.begin(file: file.text, appends: appends) } catch {
            throw Failure(
                FLOM_RC_OPEN_ERROR,
                "the trace file '\(file.text)' cannot be opened (\(error.reason)); the trace stays where it was")
        }
    }

    /// Traces to the file that the configuration files name. One that cannot be opened leaves the trace where it is.
    static func begin(_ file: CText?, appends: Bool) {
        guard file != nil else { return }
        try? redirect(to: file, appends: appends)
    }
}
