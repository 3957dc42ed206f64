internal import FlomEngine
internal import FlomModel
internal import FlomSettings
internal import FlomStore
internal import FlomWire
internal import NIOCore
internal import NIOPosix

/// Answers queries about the journal beside the loop, from a second, read-only connection, on its own thread that starts with the
/// first query. Reading millions of rows delays no lock.
///
/// Used on one loop only; lives as long as the process.
final class QueryService {
    /// The most queries that wait. A page takes milliseconds, so a client behind that many does better to ask again.
    var longestQueue = DaemonLimits().historyPages
    /// The number of queries that were refused for that reason.
    private(set) var refused = 0

    private let loop: any EventLoop
    private let archive: Archive
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private var isStarted = false
    private(set) var unanswered = 0

    convenience init(on loop: any EventLoop, journal: Journal) {
        self.init(on: loop, path: journal.path, id: journal.id)
    }

    init(on loop: any EventLoop, path: String, id: String) {
        self.loop = loop
        archive = Archive(path: path, id: id)
    }

    /// Answers queries in the order in which they come. A query without room in the queue is refused at once.
    ///
    /// - Parameters:
    ///   - view: the rows and arguments of commands that the peer may see.
    ///   - then: called on the loop.
    func answer(_ query: HistoryQuery, for view: ReportView, then: @escaping (ServerMessage) -> Void) {
        guard unanswered < longestQueue else {
            refused += 1
            return then(
                .queryRefused(reason: "\(longestQueue) others are asking about the history already; try again in a moment"))
        }
        unanswered += 1
        submit(
            { $0.answer(query, for: view) },
            then: { [self] answer in
                unanswered -= 1
                then(answer)
            })
    }

    /// Reads something else from the journal, in turn with the queries.
    ///
    /// - Parameter then: called on the loop, with nil if it could not be read.
    func read<Found: Sendable>(
        _ body: @escaping @Sendable (JournalReader) throws -> Found, then: @escaping (Found?) -> Void
    ) {
        submit({ $0.read(body) }, then: then)
    }

    private func submit<Found: Sendable>(_ work: @escaping @Sendable (Archive) -> Found, then: @escaping (Found) -> Void) {
        if !isStarted {
            thread.start()
            isStarted = true
        }
        let onLoop = NIOLoopBound(then, eventLoop: loop)
        thread.submit { [loop, archive] _ in
            let found = work(archive)
            loop.execute { onLoop.value(found) }
        }
    }
}

/// The journal as one thread reads it. Unchecked, because only that thread touches it.
final class Archive: @unchecked Sendable {
    private let path: String
    private let id: String
    private var reader: JournalReader?

    init(path: String, id: String) {
        self.path = path
        self.id = id
    }

    func answer(_ query: HistoryQuery, for view: ReportView) -> ServerMessage {
        var next: HistoryQuery? = query
        next!.filter.seesOnlyPrograms = !view.seesAllCommands
        next!.filter.seesAllOfUser = view.user
        do {
            while true {
                var page = try opened().page(next!)
                let following = next!.following(page)
                page.rows.removeAll { !view.shows($0) }
                // A page without rows is the last one.
                if page.rows.isEmpty, page.hasMore, following != nil {
                    next = following
                    continue
                }
                for index in page.rows.indices where !view.showsCommand(of: page.rows[index]) {
                    page.rows[index].command = Array(page.rows[index].command.prefix(1))
                }
                return .page(page)
            }
        } catch {
            // After any error the next query begins with a new connection.
            reader = nil
            return .queryRefused(reason: error.sentence)
        }
    }

    func read<Found>(_ body: (JournalReader) throws -> Found) -> Found? {
        do { return try body(opened()) } catch {
            reader = nil
            return nil
        }
    }

    private func opened() throws(JournalError) -> JournalReader {
        if let reader { return reader }
        let reader = try JournalReader.open(path: path)
        guard reader.journalID == id else {
            throw JournalError(.other, path: path, message: "another one has taken its place since the daemon was started")
        }
        self.reader = reader
        return reader
    }
}
