internal import FlomDaemon
internal import FlomOptions
internal import FlomSettings

/// Finds the journal of an endpoint on this host, with or without a daemon.
enum JournalOfEndpoint {
    /// The path that the user named, else that of the endpoint's record, else the one where a daemon would make its journal.
    static func path(_ settings: Settings) throws(Failure) -> String {
        if let named = settings.daemon.journalPath { return named }
        let endpoint = try settings.endpoint()
        if let record = EndpointRecord.read(of: endpoint) { return record.journalPath }
        do { return try JournalLocation.path(for: endpoint, create: false) } catch { throw Failure(.failure, error.sentence) }
    }
}
