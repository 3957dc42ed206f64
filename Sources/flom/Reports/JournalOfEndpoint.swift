internal import FlomDaemon
internal import FlomStore
internal import FlomSystem

/// Finds and opens the journal that a report is about, read-only: with or without a daemon, and starting none.
enum JournalOfEndpoint {
    static func open(_ settings: Settings) throws(Failure) -> JournalReader {
        let path = try path(settings)
        guard Files.status(of: path) != nil else {
            throw Failure(.failure, "there is no journal '\(path)' yet: no command has run there, or it belongs to another user")
        }
        do { return try JournalReader.open(path: path) } catch { throw Failure(.failure, error.sentence) }
    }

    private static func path(_ settings: Settings) throws(Failure) -> String {
        if let named = settings.journalPath { return named }
        let endpoint = try settings.endpoint()
        if let record = EndpointRecord.read(path: endpoint.recordPath) { return record.journalPath }
        do { return try JournalLocation.path(for: endpoint, create: false) } catch { throw Failure(.failure, error.sentence) }
    }
}
