internal import CFlomLibrary
internal import CFlomSystem
internal import FlomConfiguration
internal import FlomSystem

/// The properties that new handles have: the defaults, then what the configuration files say. Read once; if that fails, again by the next
/// handle.
enum ProgramConfiguration {
    // Under the process lock.
    nonisolated(unsafe) private static var known: Properties?
    nonisolated(unsafe) private static var lastFailure = CText("")

    /// - Throws: if a file has a value that is not accepted.
    static func properties() throws(Failure) -> Properties {
        // Children that are forked meanwhile find the lock free.
        _ = flom_process_generation()
        return try ProcessLock.hold { () throws(Failure) in
            if let known { return known }
            Trace.begin()
            do throws(Failure) {
                let properties = try read()
                known = properties
                return properties
            } catch {
                // Another thread may be reading what was said before.
                if lastFailure.text != error.sentence { lastFailure = CText(error.sentence) }
                throw error
            }
        }
    }

    /// For a getter that is given no handle: the properties if they could be read, else the defaults.
    static var present: Properties { (try? properties()) ?? Properties(socketName: ConfigurationKeys.defaultSocket) }

    /// Why no handle could be made; empty if one could. Valid until the next attempt.
    static var failure: CText { ProcessLock.hold { lastFailure } }

    private static func read() throws(Failure) -> Properties {
        var reader = ConfigurationReader()
        for path in ConfigurationPlaces.usual() {
            // A file that is missing, cannot be read, or is another user's, says nothing: as for the command, which warns of it.
            guard let bytes = ConfigurationPlaces.trustedContents(of: path, complain: { _ in }) else { continue }
            try reader.read(bytes, of: path)
        }
        return try reader.finished()
    }
}
