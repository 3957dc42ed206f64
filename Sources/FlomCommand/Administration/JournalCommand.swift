internal import FlomClient
internal import FlomDaemon
internal import FlomModel
internal import FlomNetCore
internal import FlomOptions
internal import FlomReports
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import Glibc

/// `--head`, `--prune-older-than`, `--vacuum` and `--accept-journal`; `--verify` is in `VerifyReport`.
struct JournalCommand {
    private let settings: Settings
    private let task: Maintenance

    init(_ settings: Settings) {
        self.settings = settings
        task = settings.maintenance
    }

    /// The exit status.
    func run() throws(Failure) -> Int32 {
        if task.verifies { return try VerifyReport(settings).print() }
        if task.accepts {
            try accept()
        } else if task.showsHead {
            try printHead()
        } else {
            try remove()
        }
        return ExitStatus.success.rawValue
    }

    private func printHead() throws(Failure) {
        let path = try JournalOfEndpoint.localPath(settings, for: "--head")
        do {
            let head = try JournalReader.open(path: path).head()
            StandardOutput.print("\(head.number):\(head.hash!)")
        } catch { throw Failure(.failure, error.sentence) }
    }

    private func accept() throws(Failure) {
        do {
            let record = try JournalContinuity.accept(for: try settings.endpoint())
            let grace = TimeText.span(record.settings.reclaimGraceMilliseconds * 1_000_000)
            StandardOutput.print(
                "the next daemon of '\(record.endpoint)' begins with '\(record.journalPath)' as it is, and gives no lock for \(grace) "
                    + "while those who hold one come back")
        } catch let error as DaemonError {
            throw Failure(.failure, error.sentence)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(.failure, "\(error)")
        }
    }

    // MARK: - Removing

    private func remove() throws(Failure) {
        let connector = try DaemonConnector(settings)
        let before = task.pruneAgeMicroseconds.map { Clock.wallMicroseconds() - $0 }
        if case .network = connector.endpoint {
            return try askDaemon(connector, before)
        }
        let path = try JournalOfEndpoint.path(settings)
        // The endpoint's daemon may use another journal than the named file.
        if LocalDaemon.isRunning(connector.endpoint), EndpointRecord.read(of: connector.endpoint)?.journalPath == path {
            return try askDaemon(connector, before)
        }
        do {
            let journal = try JournalMaintenance.open(path: path, endpoint: connector.endpoint)
            if let before {
                let record = try JournalMaintenance.prune(journal, by: Users.ownOrNumber, before: before)
                say(requests: record?.requests ?? 0, events: record?.events ?? 0)
            }
            if task.vacuums { try vacuum(journal, path) }
            journal.close()
        } catch let error as DaemonError {
            throw Failure(.failure, error.sentence)
        } catch let error as JournalError {
            throw Failure(.failure, error.sentence)
        } catch {
            throw Failure(.failure, "\(error)")
        }
    }

    private func askDaemon(_ connector: DaemonConnector, _ before: Int64?) throws(Failure) {
        if task.vacuums {
            throw Failure(
                .failure,
                "the daemon on '\(connector.endpoint.name)' uses its journal, and no command could lock anything while the file is "
                    + "written anew; end the daemon first (flom -x), then ask for --vacuum")
        }
        guard let before else { return }
        let removed = try DaemonDialogue(connector, settings).prune(before: before)
        say(requests: removed.requests, events: removed.events)
    }

    private func say(requests: Int64, events: Int64) {
        StandardOutput.print(
            requests == 0 && events == 0
                ? "nothing is that old"
                : "removed \(requests) \(requests == 1 ? "request" : "requests") and \(events) \(events == 1 ? "event" : "events")"
        )
    }

    private func vacuum(_ journal: Journal, _ path: String) throws(JournalError) {
        let before = Files.status(of: path).map { Int64($0.st_size) } ?? 0
        try journal.vacuum()
        let after = Files.status(of: path).map { Int64($0.st_size) } ?? 0
        StandardOutput.print("the journal has \(after / 1024) KiB now, after \(before / 1024) KiB")
    }
}

extension JournalOfEndpoint {
    /// - Throws: when the journal is on another host, or may be.
    static func localPath(_ settings: Settings, for option: String) throws(Failure) -> String {
        if settings.daemon.journalPath == nil, case .network(let network) = try settings.endpoint() {
            let place = network.address ?? network.group ?? ""
            throw Failure(
                .failure,
                "\(option) reads the journal's file, and that of the daemon on '\(place)' lies on its own host: run flom \(option) "
                    + "--journal FILE there", code: ReturnNumber.invalidOption)
        }
        return try path(settings)
    }
}
