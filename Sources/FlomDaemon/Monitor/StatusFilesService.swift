internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomStatusFiles
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import NIOCore
internal import Synchronization

/// Shows the daemon's state as files (`-m`). The journal is read on the file system's thread; the daemon's loop only says what it alone
/// knows, and waits for no reader.
///
/// Unchecked, because each property says which thread uses it.
final class StatusFilesService: StatusFileSource, @unchecked Sendable {
    private let directory: String
    private let loop: any EventLoop
    private let startedAt = Clock.wallMicroseconds()
    /// Counts what has happened.
    private let changes = Atomic<UInt64>(0)

    // On the daemon's loop.
    private unowned let daemon: Daemon
    private var whenMounted: ((String?) -> Void)?
    private var files: StatusFileSystem?

    /// On the file system's thread.
    private let archive: Archive

    init(of daemon: Daemon, at directory: String) {
        self.daemon = daemon
        self.directory = directory
        loop = daemon.loop
        archive = Archive(path: daemon.journal.path, id: daemon.journal.id)
    }

    /// How long the starter waits for the mount. A file system in the way may never answer.
    private static let mountLimit = TimeAmount.seconds(3)

    /// - Parameter then: called once, with a sentence if there are no files.
    func begin(then: @escaping (String?) -> Void) {
        whenMounted = then
        loop.assumeIsolated().scheduleTask(in: Self.mountLimit) { [self] in
            report("it has not been mounted for 3 s; is another file system in the way?")
        }
        let files = StatusFileSystem(
            at: directory, showing: self,
            outcome: { [self] refusal in
                loop.execute { [self] in report(refusal) }
            },
            ended: { [directory] in
                Log.warning("'\(directory)' has been unmounted; nothing is shown there any more", id: LogID.unmounted)
            })
        self.files = files
        files.start()
    }

    private func report(_ refusal: String?) {
        guard let then = whenMounted else { return }
        whenMounted = nil
        guard let refusal else {
            Log.notice("shows its state as files in '\(directory)'", id: LogID.mounted)
            return then(nil)
        }
        let sentence = "the state is not shown as files in '\(directory)': \(refusal)"
        Log.warning(sentence, id: LogID.notMounted)
        then(sentence + "; locks are given all the same")
    }

    /// Unmounts. Called when the process is about to end.
    func end() { files?.unmount() }

    // MARK: - What is shown

    /// Called on the daemon's loop whenever something may have changed.
    func changed() { changes.wrappingAdd(1, ordering: .releasing) }

    var changeNumber: UInt64 { changes.load(ordering: .acquiring) }

    /// How often a state that takes several pages is read again because it has changed between two.
    private static let attempts = 3

    func snapshot() throws(StatusFileError) -> StatusSnapshot {
        for attempt in 1... {
            let before = changeNumber
            let view = try admit()
            let (rows, pages) = try openRequests(view)
            if pages == 1 || changeNumber == before || attempt == Self.attempts { return try complete(rows, view) }
        }
        throw .unreadable
    }

    /// Has everything written that has been decided.
    private func admit() throws(StatusFileError) -> ReportView {
        let view = try onLoop { daemon -> ReportView? in
            let reader = daemon.permissions.identityOfOwnUser()
            guard daemon.permissions.mayRead(reader, of: nil) else { return nil }
            daemon.gate.commitNow()
            return daemon.permissions.view(of: reader)
        }
        guard let view else { throw .forbidden }
        return view
    }

    private func openRequests(_ view: ReportView) throws(StatusFileError) -> (rows: [HistoryRow], pages: Int) {
        var query: HistoryQuery? = HistoryQuery(onlyOpen: true)
        var (rows, pages) = ([HistoryRow](), 0)
        while let asked = query {
            guard case .page(let page) = archive.answer(asked, for: view) else { throw .unreadable }
            rows += page.rows
            pages += 1
            query = asked.following(page)
        }
        return (rows, pages)
    }

    /// Adds what only the daemon knows.
    private func complete(_ rows: [HistoryRow], _ view: ReportView) throws(StatusFileError) -> StatusSnapshot {
        try onLoop { [startedAt] daemon in
            var snapshot = StatusSnapshot()
            snapshot.rows = rows
            if case .page(let page) = daemon.withPresence(.page(HistoryPage(rows: rows)), HistoryQuery(onlyOpen: true)) {
                snapshot.rows = page.rows
            }
            for row in rows {
                guard let session = daemon.engine.session(of: row.group ?? row.request),
                    let address = daemon.sessions[session]?.connection.peerAddress
                else { continue }
                snapshot.peers[row.request] = "\(address.text)/\(address.port)"
            }
            snapshot.resources = daemon.engine.existingResources.filter { view.shows(resource: $0.bytes) }
            snapshot.takenAt = Clock.wallMicroseconds()
            snapshot.startedAt = startedAt
            snapshot.endpoint = daemon.endpoint.name
            snapshot.version = FlomVersion.current
            snapshot.trouble = daemon.gate.refusal
            return snapshot
        }
    }

    private func onLoop<Found: Sendable>(
        _ body: @escaping @Sendable (Daemon) -> Found
    ) throws(StatusFileError) -> Found {
        do { return try loop.submit { [self] in body(daemon) }.wait() } catch { throw .unreadable }
    }
}
