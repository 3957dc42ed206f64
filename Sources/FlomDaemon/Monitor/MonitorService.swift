internal import FlomEngine
internal import FlomModel
internal import FlomMonitor
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Shows the daemon's state over HTTP. What only the daemon knows is read on its loop; everything else is done on the HTTP server's own, so
/// that a lock waits for no reader.
///
/// Unchecked, because each property says which loop uses it.
final class MonitorService: MonitorSource, @unchecked Sendable {
    /// The most connections of readers. They take descriptors that clients of locks could use.
    static var mostConnections: Int { min(256, Daemon.descriptorLimit / 8) }

    private static let niceness: Int32 = 10

    private let place: MonitorPlace
    private let loop: any EventLoop
    private let httpLoop: any EventLoop
    /// On the HTTP loop.
    private let queries: NIOLoopBoundBox<QueryService>
    private let startedAt = Clock.wallMicroseconds()
    private let journalPath: String

    // On the daemon's loop.
    private unowned let daemon: Daemon
    private var tally: RequestTally
    private var journal = JournalReadings()
    private var lateness = DurationHistogram(.disk)
    private var discoveryQueries = 0
    private var socket: (listener: UnixListener, address: UnixAddress)?
    private var isArmed = false

    // On the HTTP loop.
    private var listeners: [@Sendable () -> Void] = []

    init(of daemon: Daemon, at place: MonitorPlace) {
        self.daemon = daemon
        self.place = place
        tally = RequestTally(daemon.settings.buckets)
        loop = daemon.loop
        httpLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let (path, id, httpLoop) = (daemon.journal.path, daemon.journal.id, httpLoop)
        journalPath = path
        // Where processors are few, a lock is to go before a reader. The thread that reads the journal is started by this one, and inherits it.
        httpLoop.execute { setpriority(Int32(PRIO_PROCESS.rawValue), 0, Self.niceness) }
        queries = NIOLoopBoundBox.makeBoxSendingValue(
            QueryService(on: httpLoop, path: path, id: id), eventLoop: httpLoop)
        daemon.gate.watcher = JournalGate.Watcher(
            committed: { [unowned self] in
                journal.commits.add($0)
                written()
            },
            synced: { [unowned self] in journal.syncs.add($0) })
    }

    func count(_ event: Event, at now: Instant) { tally.count(event, at: now) }
    func countDiscoveryQuery() { discoveryQueries += 1 }

    /// Notes each second how late the loop comes to what is due.
    private func watchLoop() {
        let due = Clock.boottimeNanoseconds() + 1_000_000_000
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [unowned self] in
            lateness.add(Clock.boottimeNanoseconds() - due)
            watchLoop()
        }
    }

    // MARK: - Listening

    /// Loads the files of TLS, if the daemon speaks it, and opens the place.
    func begin() {
        watchLoop()
        do {
            open(try loadCredentials(), isFirst: true)
        } catch {
            Log.warning("nothing is shown over HTTP at \(place.text): \(error.sentence)", id: LogID.httpFailed)
        }
    }

    /// Nil where plain text is spoken: without TLS, and on a UNIX socket.
    private func loadCredentials() throws(NetworkError) -> TLSCredentials? {
        guard isNetwork, let settings = daemon.settings.tls else { return nil }
        return try TLSCredentials(settings, for: .daemon)
    }

    /// Opens the place, and tries again each second for as long as it cannot be had: the daemon before may not have left it yet. Locks do
    /// not wait for that.
    private func open(_ credentials: TLSCredentials?, isFirst: Bool) {
        do {
            let descriptor = try listen()
            let place = place
            HTTPServer(on: httpLoop, mostConnections: Self.mostConnections, Monitor(self)).serve(
                listening: descriptor, credentials: credentials,
                refused: { peer, reason in
                    Log.warning("a reader over HTTP, \(peer), was refused: \(reason)", id: LogID.httpRefused)
                },
                whenReady: { failure in
                    if let failure {
                        Log.error("nothing is shown over HTTP at \(place.text): \(failure)", id: LogID.httpFailed)
                    } else {
                        Log.notice("shows its state over HTTP at \(place.text)", id: LogID.httpServed)
                    }
                })
        } catch {
            if isFirst {
                Log.warning(
                    "nothing is shown over HTTP at \(place.text) until that can be opened: \(error.sentence)",
                    id: LogID.httpFailed)
            }
            loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [self] in open(credentials, isFirst: false) }
        }
    }

    private var isNetwork: Bool { if case .tcp = place { true } else { false } }

    private func listen() throws(NetworkError) -> Int32 {
        switch place {
        case .tcp(let address): return try TCPListener.listen(on: address, option: "--http")
        case .unix(let path):
            let address = try UnixAddress(path: path)
            let mode = daemon.settings.socketMode ?? daemon.endpoint.defaultSocketMode
            let listener = try UnixListener(address, mode: mode)
            socket = (listener, address)
            return listener.descriptor
        }
    }

    /// Removes the socket's name before the process ends.
    func removeName() {
        if let socket { socket.listener.removeName(socket.address) }
    }

    // MARK: - What is asked

    /// The part of the journal that a reader is shown.
    private enum Access: Sendable {
        case view(ReportView)
        case forbidden(String)
    }

    /// Judges the reader, and has everything written that has been decided: on the daemon's loop, `then` on the HTTP loop.
    private func admit(_ reader: HTTPPeer, to resource: [UInt8]?, then: @escaping @Sendable (Access) -> Void) {
        loop.execute { [self] in
            let peer = daemon.permissions.identity(of: reader)
            let access: Access
            if daemon.permissions.mayRead(peer, of: resource) {
                daemon.gate.commitNow()
                access = .view(daemon.permissions.view(of: peer))
            } else {
                access = .forbidden(daemon.permissions.refusal(.read, peer, on: resource))
            }
            httpLoop.execute { then(access) }
        }
    }

    func status(for reader: HTTPPeer, then: @escaping @Sendable (Watched<[HistoryRow]>) -> Void) {
        admit(reader, to: nil) { [self] access in
            switch access {
            case .forbidden(let sentence): then(.forbidden(sentence))
            case .view(let view): openRequests(HistoryQuery(onlyOpen: true), view, [], then)
            }
        }
    }

    /// One page after the other.
    private func openRequests(
        _ query: HistoryQuery, _ view: ReportView, _ found: [HistoryRow],
        _ then: @escaping @Sendable (Watched<[HistoryRow]>) -> Void
    ) {
        page(query, view) { [self] watched in
            guard case .value(let page) = watched else { return then(watched.asFailure()) }
            let rows = found + page.rows
            if let next = query.following(page) { openRequests(next, view, rows, then) } else { then(.value(rows)) }
        }
    }

    func history(_ query: HistoryQuery, for reader: HTTPPeer, then: @escaping @Sendable (Watched<HistoryPage>) -> Void) {
        admit(reader, to: query.filter.resource) { [self] access in
            switch access {
            case .forbidden(let sentence): then(.forbidden(sentence))
            case .view(let view): page(query, view, then)
            }
        }
    }

    /// A page from the journal, with what only the daemon knows of its open requests.
    private func page(_ query: HistoryQuery, _ view: ReportView, _ then: @escaping @Sendable (Watched<HistoryPage>) -> Void) {
        queries.value.answer(query, for: view) { [self] answer in
            loop.execute { [self] in
                let answer = daemon.withPresence(answer, query)
                httpLoop.execute {
                    switch answer {
                    case .page(let page): then(.value(page))
                    case .queryRefused(let reason): then(.unreadable(reason))
                    default: then(.unreadable("the journal gave no page"))
                    }
                }
            }
        }
    }

    /// The most events of one page.
    private static let eventsPerPage = 500

    func events(after number: Int64?, for reader: HTTPPeer, then: @escaping @Sendable (Watched<EventPage>) -> Void) {
        admit(reader, to: nil) { [self] access in
            guard case .view(let view) = access else {
                if case .forbidden(let sentence) = access { then(.forbidden(sentence)) }
                return
            }
            queries.value.read { reader in
                guard let number else { return EventPage(rows: [], upTo: try reader.newestEvent(), hasMore: false) }
                let rows = try reader.events(after: number, limit: Self.eventsPerPage)
                return EventPage(
                    rows: rows.compactMap { view.shown($0) }, upTo: rows.last?.number ?? number,
                    hasMore: rows.count == Self.eventsPerPage)
            } then: { page in
                then(page.map { .value($0) } ?? .unreadable("the journal cannot be read now"))
            }
        }
    }

    func readings(then: @escaping @Sendable (MonitorReadings) -> Void) {
        let asked = Clock.boottimeNanoseconds()
        loop.execute { [self] in
            var readings = MonitorReadings()
            readings.loopDelayNanoseconds = Clock.boottimeNanoseconds() - asked
            readings.version = FlomVersion.current
            readings.endpoint = daemon.endpoint.name
            readings.startedAt = startedAt
            readings.newestRequest = daemon.engine.newestRequest.number
            readings.tally = tally
            readings.journal = journal
            (readings.journal.checkpoints, readings.journal.failedCheckpoints) = daemon.gate.checkpoints
            readings.lateness = lateness
            readings.discoveryQueries = discoveryQueries
            readings.counters = daemon.counters
            let found = readings
            httpLoop.execute { [self] in
                var readings = found
                readings.journalBytes = Files.status(of: journalPath).map { Int64($0.st_size) }
                readings.logBytes = Files.status(of: journalPath + "-wal").map { Int64($0.st_size) }
                then(readings)
            }
        }
    }

    // MARK: - What has happened

    func whenRecorded(_ body: @escaping @Sendable () -> Void) { listeners.append(body) }

    /// The pause between two messages about what was recorded.
    private static let pause = TimeAmount.milliseconds(100)

    private func written() {
        guard !isArmed else { return }
        isArmed = true
        loop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
            isArmed = false
            httpLoop.execute { [self] in for listener in listeners { listener() } }
        }
    }
}

extension Watched {
    /// A value that was not read, of another type.
    fileprivate func asFailure<Other>() -> Watched<Other> {
        switch self {
        case .value: .unreadable("the journal gave no page")
        case .forbidden(let sentence): .forbidden(sentence)
        case .unreadable(let sentence): .unreadable(sentence)
        }
    }
}

extension ReportView {
    /// An event as the peer may see it; nil if it may not. Events of the daemon's own are for those who see all.
    fileprivate func shown(_ row: EventRow) -> EventRow? {
        guard let about = row.about else { return seesAll ? row : nil }
        guard shows(resource: about.resource) else { return nil }
        guard row.tellsCommand, !showsCommand(on: about.resource, uid: about.uid, tlsSubject: about.tlsSubject) else {
            return row
        }
        return row.withoutDetail
    }
}
