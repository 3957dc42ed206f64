internal import FlomDaemon
internal import FlomOptions
internal import FlomSettings

/// Finds the journal of an endpoint on this host, with or without a daemon.
enum JournalOfEndpoint {
    /// As named by the user, else by the endpoint's record, else where a daemon would make it.
    static func path(_ settings: Settings) throws(Failure) -> String {
        if let named = settings.daemon.journalPath { return named }
        let endpoint = try settings.endpoint()
        if let record = EndpointRecord.read(of: endpoint) { return record.journalPath }
        do { return try JournalLocation.path(for: endpoint, create: false) } catch { throw Failure(.failure, error.sentence) }
    }
}
