internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// The shell around the engine: connections in, one commit a turn, answers out. Everything here runs on one event loop, without
/// locks and without hops between threads.
///
/// Its life is in this file, its turns in `DaemonTurns`, its messages in `DaemonRequests`, its replacement in
/// `DaemonReplacement`.
final class Daemon {
    let loop: any EventLoop
    let endpoint: Endpoint
    var settings: DaemonSettings
    /// Resolves the settings anew on SIGHUP.
    let settingsSource: SettingsSource
    /// The service manager of a daemon in the foreground; nil if a client started the daemon.
    let service: ServiceManager?
    /// The status that the service manager was told last.
    var statusText = ""
    let machineID: String
    /// Empty if unknown.
    let bootID: String
    /// The view from which this daemon sees processes, and its number in the journal.
    let processView: ProcessView
    private let viewNumber: Int64?
    let hostName = Host.name()
    let record: RecordKeeper
    /// The record of time stamps beside a UNIX socket, in case the journal is lost.
    let marks: StampMarks?
    let listening: Listening
    let answers: AnswerMessages
    private(set) lazy var queries = QueryService(on: loop, journal: journal)

    var engine: Engine
    let journal: Journal
    private(set) lazy var gate = makeGate()
    private(set) lazy var inquiry = HolderWatch(
        watcher: watcher, journalID: journal.id, settings: settings, after: after, livenessPipes: livenessPipes,
        isHeld: { [unowned self] in engine.isHeld($0) }, report: { [unowned self] in apply($0) })
    let watcher: EventWatcher
    private let synchronizer: WALSynchronizer?
    /// Nil until the daemon's start is on record.
    private(set) var housekeeper: Housekeeper?
    /// Nil unless the daemon shows its state over HTTP.
    private(set) var monitor: MonitorService?
    /// Nil unless the daemon shows its state as files.
    private(set) var statusFiles: StatusFilesService?
    private(set) lazy var server = Server(on: loop, owner: self, tls: tls?.acceptor)
    private let credentials: TLSCredentials?
    /// Nil without TLS.
    private(set) lazy var tls = credentials.map { TLSService($0) }

    var sessions: [SessionID: Session] = [:]
    /// Open requests that may outlive their connections.
    var table = SessionTable()
    var machineBoots = MachineBoots()
    let livenessPipes: LivenessPipes
    let userNames = UserNames()
    var logLimits = LogLimits()
    var permissions: Permissions
    var admission: Admission
    var limitCounts = LimitCounts()
    /// The number of connections that are about to be told that there is no room.
    var turnedAway = 0
    /// The limits of all connections together.
    var bounds: ServerBounds { server.bounds }
    private var phase = Phase.starting
    var isDraining: Bool { phase.drainedBy != nil }
    var isStopping: Bool { phase.isStopping }
    var replacement: Replacement? {
        get { phase.replacement }
        set { phase.replacement = newValue }
    }

    var turn = Turn()
    /// Work that waits for the end of the turn.
    var afterTurn: [() -> Void] = []
    var deadline: (at: Instant, task: Scheduled<Void>)?
    private var end: Scheduled<Void>?
    /// Whether a client has connected yet. The one that started this daemon is about to.
    var hasBeenUsed = false

    init(
        on loop: any EventLoop, endpoint: Endpoint, settings: DaemonSettings, machineID: String, view: ProcessView,
        viewNumber: Int64?,
        journal: Journal,
        engine: Engine,
        record: RecordKeeper, listening: Listening, tls: TLSCredentials?, access: AccessPolicy,
        settingsSource: @escaping SettingsSource, service: ServiceManager?, marks: StampMarks?
    ) throws {
        let relay = Relay()
        let bound = NIOLoopBound(relay, eventLoop: loop)
        // The watcher comes first, so that all other threads inherit the blocked signals.
        watcher = try EventWatcher(on: loop, handled: [SIGTERM, SIGINT, SIGHUP]) { news in bound.value.daemon?.hear(news) }
        synchronizer =
            try settings.sync == .off
            ? nil
            : journal.startSynchronizer { [loop] commit, error in
                loop.execute { bound.value.daemon?.gate.synced(upTo: commit, failed: error != 0) }
            }
        self.loop = loop
        self.endpoint = endpoint
        self.settings = settings
        self.settingsSource = settingsSource
        self.service = service
        self.marks = marks
        self.machineID = machineID
        bootID = view.bootID ?? ""
        processView = view
        self.viewNumber = viewNumber
        self.journal = journal
        self.engine = engine
        // Without this note the next daemon takes the directory for a copy, and the pipes prove nothing.
        livenessPipes = LivenessPipes(journalPath: journal.path) { inode in try? journal.saveLivenessDirectory(inode) }
        self.record = record
        self.listening = listening
        credentials = tls
        permissions = Permissions(access, names: userNames)
        self.answers = AnswerMessages(
            machineID: machineID, journalID: journal.id, lostHolderDelayMilliseconds: settings.lostHolderDelayMilliseconds,
            about: DaemonAbout(
                version: FlomVersion.current, journalID: journal.id, pid: getpid(), since: Clock.wallMicroseconds()))
        admission = Admission(settings.limits, available: 2)
        relay.daemon = self
    }

    /// A forward reference to the daemon, for helpers that are made before it.
    private final class Relay {
        weak var daemon: Daemon?
    }

    // MARK: - The beginning

    /// Looks into what the journal left open, records the start, and serves. `whenReady` is told the outcome.
    ///
    /// - Parameters:
    ///   - missed: how long earlier daemons have listened in vain for clients on other hosts, in milliseconds.
    ///   - shutFor: milliseconds until a journal that has lost its end gives new locks.
    ///   - whenReady: told the outcome, with a sentence for the starter's user if something is missing.
    func start(
        recovered open: [OpenRequest], missed: [RequestID: Int64], shutFor: Int64,
        whenReady: @escaping (Readiness, _ warning: String?) -> Void
    ) {
        do {
            try journal.startCheckpointer(
                hop: { [loop] work in loop.execute(work) }, completion: { [unowned self] in gate.checkpointed($0) })
        } catch { return whenReady(.failed("\(error)"), nil) }
        journal.keepLocks()

        var start = DaemonStart(
            pid: getpid(), bootID: bootID, version: FlomVersion.current, endpoint: endpoint.name)
        (start.view, start.viewNumber) = (processView, viewNumber)
        gate.append(.daemonStarted(start))
        prove(open, missed)
        apply(.recovered)
        if engine.isShut {
            loop.assumeIsolated().scheduleTask(in: .milliseconds(shutFor)) { [unowned self] in
                record.recordOpening()
                apply(.opened)
            }
        }
        endTurn()
        if let refusal = gate.refusal { return whenReady(.failed(refusal), nil) }
        do throws(JournalError) {
            housekeeper = try Housekeeper(
                of: self, on: loop, journal: journal, queries: queries, record: record, listening: listening, server: server,
                watcher: watcher, tls: tls, notifier: service?.notifier)
        } catch { return whenReady(.failed(error.sentence), nil) }

        apply(settings.limits)
        if let place = settings.http { monitor = MonitorService(of: self, at: place) }
        if let directory = settings.mountPoint { statusFiles = StatusFilesService(of: self, at: directory) }
        let asked: (InternetAddress) -> Void = { [unowned self] in
            monitor?.countDiscoveryQuery()
            logQuery(from: $0)
        }
        listening.serve(
            by: server, on: loop,
            note: DiscoveryNote(daemonID: journal.id, createdAtMicroseconds: journal.createdAtMicroseconds), settings: settings,
            neverYields: !hasNothingOpen, onQuery: asked
        ) { [unowned self] readiness in
            if case .ready = readiness {
                phase.serve()
                logStart()
                Trace.step(.daemon, "ready")
                monitor?.begin()
                housekeeper?.begin(retention: settings.retentionMicroseconds)
                listening.watchGroup { [unowned self] senior in
                    // Two daemons now have commands that run, and neither may give way while it holds locks.
                    Log.warning("another daemon serves the group at \(senior), with an older journal", id: LogID.otherDaemon)
                    if hasNothingOpen { drain(by: "the group's older daemon at \(senior)") }
                }
            }
            reviewLife()
            guard case .ready = readiness else { return whenReady(readiness, nil) }
            let report: (String?) -> Void = { [unowned self] warning in
                whenReady(readiness, warning)
                beginService()
            }
            if let statusFiles { statusFiles.begin(then: report) } else { report(nil) }
        }
    }

    /// Schedules work on the loop.
    private var after: After {
        { [loop] milliseconds, work in loop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds), work) }
    }

    private func makeGate() -> JournalGate {
        JournalGate(
            journal: journal, sync: settings.sync, synchronizer: synchronizer, after: after,
            deliver: { [unowned self] in deliver($0) },
            whenCommitted: { [unowned self] in record.committed(event: $0) },
            whenSyncFailed: { [unowned self] in
                Log.error(gate.syncRefusal, id: LogID.failedSync)
                record.recordFailedSync()
            },
            whenFailed: { [unowned self] in logJournal($0) })
    }

    // MARK: - The end

    /// False also while everything is shut: a client may hold a lock that the journal does not know.
    private var hasNothingOpen: Bool { engine.openRequestCount == 0 && !engine.isShut }

    private func hear(_ news: EventWatcher.News) {
        Trace.step(.daemon, "heard: \(news)")
        switch news {
        case .ended(let watch): inquiry.ended(watch: watch)
        case .successorSpoke: successorSpoke()
        case .namesChanged: housekeeper?.namesChanged()
        case .signalled:
            for number in watcher.takeSignals() {
                if number == SIGHUP { reload() } else { end(by: number) }
            }
        }
    }

    /// Ends the daemon on a signal. Clients take this for a crash, and the first of them starts the next daemon. Under a service
    /// manager, which will start one itself, they are told that this one was stopped, and wait for the manager.
    private func end(by signal: Int32) {
        guard phase.stop() else { return }
        // The name goes first: a new client then waits for the record's lock, and starts the next daemon if it may.
        listening.removeName()
        server.stopListening()
        // Messages that were sent before this point still count: a lost unlock would hold its lock for the next daemon's grace.
        loop.assumeIsolated().scheduleTask(in: Self.lastWords) { [unowned self] in
            stop(reason: "signal \(signal)", as: hasNothingOpen ? .ended : .running, telling: service == nil ? nil : .stopped)
        }
    }

    /// Whether the daemon takes in no more clients: it is stopping, or a signal has come whose news has not been handled yet.
    var isClosed: Bool { isStopping || watcher.hasSignals }

    /// Short beside the 100 ms within which a signal must end the daemon.
    private static let lastWords = TimeAmount.milliseconds(20)

    /// `-X`: ends at once. Waiters are sent away; commands run on, and the journal keeps their locks for the next daemon.
    ///
    /// The end is a task of its own, so that no answer that is being sent is cut off.
    func shutDownAtOnce(by who: String) {
        _ = phase.stop()
        loop.assumeIsolated().execute { [unowned self] in endAtOnce(by: who) }
    }

    private func endAtOnce(by who: String) -> Never {
        Log.notice("told by \(who) to end at once", id: LogID.immediateShutdown)
        apply(.shutDown)
        stop(reason: "shut down at once by \(who)", as: hasNothingOpen ? .ended : .shutDown, telling: .shutdown)
    }

    /// `-x`: takes no new requests, and ends with the last open one.
    func drain(by who: String) {
        guard phase.drain(by: who) else { return }
        Log.notice("told by \(who) to end when nothing is open any more", id: LogID.quiesceShutdown)
        reviewLife()
    }

    /// Ends the daemon. What is open stays in the journal for the next one.
    ///
    /// - Parameters:
    ///   - endsLives: whether resources are forgotten. A signal is a restart without a successor, and `-X` leaves no time for
    ///     lives to end.
    ///   - telling: the reason that clients are told, so that they do not take this for a crash; nil if they should.
    private func stop(
        reason: String, as state: EndpointRecord.State, telling why: ClosingReason?, endsLives: Bool = false
    ) -> Never {
        tellStopping()
        // The name goes first: a new client then waits for the record's lock, and starts the next daemon.
        listening.removeName()
        monitor?.removeName()
        finish(reason: reason, as: state, telling: why, endsLives: endsLives)
        statusFiles?.end()
        if state == .ended { leaveToOthers() }
        // No checkpoint here: it may take longer than the sender of the signal waits.
        exit(0)
    }

    /// Makes the last commit. The loop stops after this: no connection is accepted or read any more.
    func finish(
        reason: String, as state: EndpointRecord.State, telling why: ClosingReason?, endsLives: Bool = false
    ) {
        // What was written since the last look is on record only if the files are still there.
        housekeeper?.lookAtJournal()
        endTurn()
        logEnd(reason)
        Trace.step(.daemon, "ends: \(reason)")
        gate.append(.daemonStopped(reason: reason))
        if endsLives { apply(.livesEnd) }
        endTurn()
        gate.finish()
        record.committed(event: journal.lastEventNumber)
        record.recordEnd(state)
        guard let why else { return }
        for session in sessions.values where session.state.speaksExtension { session.connection.send(.closing(why)) }
    }

    /// How long to wait at least for the command that started this daemon, however short the lifespan is.
    private static let firstUseMilliseconds: Int32 = 5000

    /// Applies a changed lifespan.
    func renewLife() {
        end?.cancel()
        end = nil
        reviewLife()
    }

    /// Ends the daemon `-d` milliseconds after the last connection or the last resource's life, whichever is later.
    func reviewLife() {
        let isOpen = !hasNothingOpen || inquiry.isBusy
        if let who = phase.drainedBy, !isOpen {
            // In a task of its own, so that the answers of this turn leave first.
            loop.assumeIsolated().execute { [unowned self] in
                stop(reason: "shut down by \(who)", as: .ended, telling: .shutdown, endsLives: true)
            }
        }
        if isOpen || !sessions.isEmpty || !engine.isIdle || settings.lifespanMilliseconds < 0 {
            end?.cancel()
            end = nil
        } else if end == nil {
            let life = hasBeenUsed ? settings.lifespanMilliseconds : max(settings.lifespanMilliseconds, Self.firstUseMilliseconds)
            end = loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(life))) { [unowned self] in
                stop(reason: "idle for \(life) ms", as: .ended, telling: .idle, endsLives: true)
            }
        }
    }
}
