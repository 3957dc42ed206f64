internal import CFlomLibrary
internal import FlomConfiguration
internal import FlomSystem
internal import Synchronization

/// The properties that new handles have: the defaults, then what the configuration files say. Read once; if that fails, again by the next
/// handle.
enum ProgramConfiguration {
    private struct Kept {
        var properties: Properties?
        var failure = CText("")
    }

    private static let kept = Mutex(Kept())

    /// - Throws: if a file has a value that is not accepted.
    static func properties() throws(Failure) -> Properties {
        let outcome: Result<Properties, Failure> = kept.withLock { kept in
            if let properties = kept.properties { return .success(properties) }
            Trace.begin()
            do throws(Failure) {
                let properties = try read()
                kept.properties = properties
                return .success(properties)
            } catch {
                // Somebody may be reading what was said before.
                if kept.failure.text != error.sentence { kept.failure = CText(error.sentence) }
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// For a getter that is given no handle: the properties if they could be read, else the defaults.
    static var present: Properties { (try? properties()) ?? Properties(socketName: ConfigurationKeys.defaultSocket) }

    /// Why no handle could be made; empty if one could. Valid until the next attempt.
    static var failure: CText { kept.withLock { $0.failure } }

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
