internal import FlomClient
internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomSettings
internal import FlomStore

/// The source of a report's rows. Rows are handed out one by one, so that neither side has millions in memory.
enum RequestSource {
    /// The journal's file, read in this process, with or without a daemon.
    case journal(JournalReader)
    /// The endpoint's daemon, asked for one page after the other.
    case daemon(DaemonDialogue)

    /// The journal's file, if it is on this host and this user may read it; otherwise the endpoint's daemon. Starts none.
    ///
    /// - Throws: `Failure` 99 that names what was tried.
    static func find(_ settings: Settings) throws(Failure) -> RequestSource {
        let connector = try DaemonConnector(settings)
        if case .network = connector.endpoint { return .daemon(try DaemonDialogue(connector, settings)) }

        let path = try JournalOfEndpoint.path(settings)
        let problem: JournalError
        do { return .journal(try JournalReader.open(path: path)) } catch { problem = error }
        // With `--journal` only that file counts.
        guard settings.daemon.journalPath == nil, let reason = reasonToAsk(problem) else { throw failure(problem) }
        do { return .daemon(try DaemonDialogue(connector, settings)) } catch {
            var failure = Failure(.failure, "\(reason); \(error.sentence)", code: error.code)
            failure.isSilence = error.isSilence
            throw failure
        }
    }

    /// Why the daemon may know more; nil if it would fare no better.
    private static func reasonToAsk(_ problem: JournalError) -> String? {
        switch problem.kind {
        case .missing: "there is no journal '\(problem.path)': no command has run there, or it belongs to another user"
        case .cannotOpen, .readOnly: "the journal '\(problem.path)' cannot be read by this user"
        default: nil
        }
    }

    /// Whether the file that is read was replaced or removed.
    var isReplaced: Bool {
        switch self {
        case .journal(let journal): journal.isReplaced
        case .daemon: false
        }
    }

    /// The first page of the query.
    func page(_ query: HistoryQuery) throws(Failure) -> HistoryPage {
        switch self {
        case .journal(let journal):
            do { return try journal.page(query) } catch { throw Self.failure(error) }
        case .daemon(let requests): return try requests.page(query)
        }
    }

    /// - Parameter body: false to stop.
    func read(_ query: HistoryQuery, _ body: (HistoryRow) -> Bool) throws(Failure) {
        switch self {
        case .journal(let journal): try Self.read(journal, query, body)
        case .daemon(let requests): try requests.read(query, body)
        }
    }

    private static func failure(_ problem: JournalError) -> Failure {
        var failure = Failure(.failure, problem.sentence)
        failure.isAbsence = [.missing, .empty, .busy].contains(problem.kind)
        failure.isDamage = [.inputOutput, .corrupt, .notADatabase, .foreign, .other].contains(problem.kind)
        return failure
    }

    private struct Stopped: Error {}

    private static func read(_ journal: JournalReader, _ query: HistoryQuery, _ body: (HistoryRow) -> Bool) throws(Failure) {
        do {
            try journal.history(query) { row in
                guard body(row) else { throw Stopped() }
            }
        } catch is Stopped {
            return
        } catch let error as JournalError {
            throw failure(error)
        } catch {
            throw Failure(.failure, "the journal cannot be read: \(error)")
        }
    }
}
