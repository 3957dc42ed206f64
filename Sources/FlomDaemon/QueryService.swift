internal import FlomEngine
internal import FlomStore
internal import FlomWire
internal import NIOCore
internal import NIOPosix

/// Answers queries about the journal beside the loop: from a second, read-only connection, on one thread of its own that starts
/// with the first query. Reading millions of rows holds up nobody's lock.
///
/// Used on the loop only.
final class QueryService {
    /// A page takes milliseconds, so whoever is behind so many others does better to ask again.
    private static let longestQueue = 64

    private let loop: any EventLoop
    private let archive: Archive
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private var isStarted = false
    private var unanswered = 0

    init(on loop: any EventLoop, journal: Journal) {
        self.loop = loop
        archive = Archive(path: journal.path, id: journal.id)
    }

    /// Queries are answered in the order in which they come, but those for which there is no room: at once, with a refusal.
    ///
    /// - Parameters:
    ///   - hidesArguments: of each command only the name of the program is told.
    ///   - then: called on the loop.
    func answer(_ query: HistoryQuery, hidesArguments: Bool, then: @escaping (ServerMessage) -> Void) {
        guard unanswered < Self.longestQueue else {
            return then(
                .queryRefused(reason: "\(Self.longestQueue) others are asking about the history already; try again in a moment"))
        }
        if !isStarted {
            thread.start()
            isStarted = true
        }
        unanswered += 1
        let onLoop = NIOLoopBound((service: self, then: then), eventLoop: loop)
        thread.submit { [loop, archive] _ in
            let answer = archive.answer(query, hidesArguments: hidesArguments)
            loop.execute {
                onLoop.value.service.unanswered -= 1
                onLoop.value.then(answer)
            }
        }
    }
}

/// The journal as the thread reads it. Nothing but the one thread of a `QueryService` may touch it, hence unchecked.
private final class Archive: @unchecked Sendable {
    private let path: String
    private let id: String
    private var reader: JournalReader?

    init(path: String, id: String) {
        self.path = path
        self.id = id
    }

    func answer(_ query: HistoryQuery, hidesArguments: Bool) -> ServerMessage {
        do {
            var page = try opened().page(query)
            if hidesArguments {
                for index in page.rows.indices { page.rows[index].command = Array(page.rows[index].command.prefix(1)) }
            }
            return .page(page)
        } catch {
            // Whatever it was, the next query has a fresh start.
            reader = nil
            return .queryRefused(reason: error.sentence)
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
