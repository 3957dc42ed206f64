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

/// The shell around the engine: connections in, one commit a turn, answers out. Everything here runs on one event loop; there
/// are no locks and no hops on the way of a request.
///
/// Its life is in this file, its turns in `DaemonTurns`, what it does with messages in `DaemonRequests`, its replacement in
/// `DaemonReplacement`.
final class Daemon {
    let loop: any EventLoop
    let endpoint: Endpoint
    var settings: DaemonSettings
    /// What SIGHUP asks.
    let settingsSource: SettingsSource
    /// Who runs this daemon in the foreground; nil for one that a client has started.
    let service: ServiceManager?
    /// What the service manager has been told last.
    var statusText = ""
    let machineID: String
    /// Empty if it is not known.
    let bootID: String
    /// From where this daemon sees processes, and the number of that in the journal.
    let processView: ProcessView
    private let viewNumber: Int64?
    let hostName = Host.name()
    let record: RecordKeeper
    /// Of a UNIX socket: for the journal's loss.
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
    /// Nil before the daemon's start is on record.
    private(set) var housekeeper: Housekeeper?
    private(set) lazy var server = Server(on: loop, owner: self, tls: tls?.acceptor)
    private let credentials: TLSCredentials?
    /// Nil in plain text.
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
    /// Connections that are about to hear why there is no room for them.
    var turnedAway = 0
    /// Of all connections together.
    var bounds: ServerBounds { server.bounds }
    private var phase = Phase.starting
    var isDraining: Bool { phase.drainedBy != nil }
    var isStopping: Bool { phase.isStopping }
    var replacement: Replacement? {
        get { phase.replacement }
        set { phase.replacement = newValue }
    }

    var turn = Turn()
    /// Waits for the end of the turn.
    var afterTurn: [() -> Void] = []
    var deadline: (at: Instant, task: Scheduled<Void>)?
    private var end: Scheduled<Void>?
    /// Whoever started this daemon is about to connect.
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
        // The watcher first, so that every other thread inherits the blocked signals.
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
        // Without the note the next daemon takes the directory for a copy: it proves nothing then.
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

    /// Leads to the daemon, for helpers that are made before it is.
    private final class Relay {
        weak var daemon: Daemon?
    }

    // MARK: - The beginning

    /// Proves what the journal left open, records the start, and serves; `whenReady` hears whether it does.
    ///
    /// - Parameters:
    ///   - missed: how long earlier daemons have listened in vain for clients on other hosts.
    ///   - shutFor: milliseconds until a journal that has lost its end gives something new.
    func start(
        recovered open: [OpenRequest], missed: [RequestID: Int64], shutFor: Int64, whenReady: @escaping (Readiness) -> Void
    ) {
        do {
            try journal.startCheckpointer(
                hop: { [loop] work in loop.execute(work) }, completion: { [unowned self] in gate.checkpointed($0) })
        } catch { return whenReady(.failed("\(error)")) }

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
        if let refusal = gate.refusal { return whenReady(.failed(refusal)) }
        do throws(JournalError) {
            housekeeper = try Housekeeper(
                of: self, on: loop, journal: journal, queries: queries, record: record, listening: listening, server: server,
                watcher: watcher, tls: tls, notifier: service?.notifier)
        } catch { return whenReady(.failed(error.sentence)) }

        apply(settings.limits)
        let asked: (InternetAddress) -> Void = { [unowned self] in logQuery(from: $0) }
        listening.serve(
            by: server, on: loop,
            note: DiscoveryNote(daemonID: journal.id, createdAtMicroseconds: journal.createdAtMicroseconds), settings: settings,
            neverYields: !hasNothingOpen, onQuery: asked
        ) { [unowned self] readiness in
            if case .ready = readiness {
                phase.serve()
                logStart()
                Trace.step(.daemon, "ready")
                housekeeper?.begin(retention: settings.retentionMicroseconds)
                listening.watchGroup { [unowned self] senior in
                    // Commands of ours are running: two daemons now, and none may give way without letting go of locks.
                    Log.warning("another daemon serves the group at \(senior), with an older journal", id: LogID.otherDaemon)
                    if hasNothingOpen { drain(by: "the group's older daemon at \(senior)") }
                }
            }
            reviewLife()
            whenReady(readiness)
            if case .ready = readiness { beginService() }
        }
    }

    /// Runs work on the loop.
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

    /// While everything is shut, somebody may hold what the journal does not know of.
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

    /// Nobody has said why: commands that run or wait take it for a crash, and the first of them starts the next daemon. Only a service
    /// manager is about to start one itself: then they hear that this one was stopped, and let it go first.
    private func end(by signal: Int32) {
        guard phase.stop() else { return }
        // The name goes first: who comes from now on waits for the record's lock, and starts the next daemon if he may.
        listening.removeName()
        server.stopListening()
        // What has been sent to us by now is still heard: an unlock that is not would hold its lock for the next daemon's grace.
        loop.assumeIsolated().scheduleTask(in: Self.lastWords) { [unowned self] in
            stop(reason: "signal \(signal)", as: hasNothingOpen ? .ended : .running, telling: service == nil ? nil : .stopped)
        }
    }

    /// Whether somebody who comes now has come too late. One that has been signalled takes nobody in, though the news of it may
    /// not have been heard yet.
    var isClosed: Bool { isStopping || watcher.hasSignals }

    /// Short beside the 100 ms within which a signal is to end the daemon.
    private static let lastWords = TimeAmount.milliseconds(20)

    /// `-X`: at once. Waiters are sent away; commands run on, and their locks wait in the journal for the next daemon.
    ///
    /// In a task of its own: nothing that is being handed out at the moment is cut short.
    func shutDownAtOnce(by who: String) {
        _ = phase.stop()
        loop.assumeIsolated().execute { [unowned self] in endAtOnce(by: who) }
    }

    private func endAtOnce(by who: String) -> Never {
        Log.notice("\(who) wants it to end at once", id: LogID.immediateShutdown)
        apply(.shutDown)
        stop(reason: "shut down at once by \(who)", as: hasNothingOpen ? .ended : .shutDown, telling: .shutdown)
    }

    /// `-x`: no new requests; the end comes with the last open one.
    func drain(by who: String) {
        guard phase.drain(by: who) else { return }
        Log.notice("\(who) wants it to end when nothing is open any more", id: LogID.quiesceShutdown)
        reviewLife()
    }

    /// Ends the daemon. What is open stays in the journal for the next one.
    ///
    /// - Parameter endsLives: whether resources are forgotten with it. A signal is a restart without a successor, and `-X` takes
    ///   no time to let anything end.
    ///
    /// - Parameter telling: what clients of ours are told, so that they do not take it for a crash; nil if they shall.
    private func stop(
        reason: String, as state: EndpointRecord.State, telling why: ClosingReason?, endsLives: Bool = false
    ) -> Never {
        tellStopping()
        // The name goes first: who comes now waits for the record's lock, and starts the next daemon.
        listening.removeName()
        finish(reason: reason, as: state, telling: why, endsLives: endsLives)
        if state == .ended { leaveToOthers() }
        // Nothing is carried over into the database here: that may take longer than whoever ends us waits.
        exit(0)
    }

    /// The last commit. The loop goes on no more: nobody is accepted or heard after this.
    func finish(
        reason: String, as state: EndpointRecord.State, telling why: ClosingReason?, endsLives: Bool = false
    ) {
        // What has been written since the last look is on record only if the files are still there.
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

    /// However short its life is meant to be, it waits so long for the command that started it.
    private static let firstUseMilliseconds: Int32 = 5000

    /// With another lifespan than before.
    func renewLife() {
        end?.cancel()
        end = nil
        reviewLife()
    }

    /// The daemon's life ends `-d` ms after the last connection, or the last resource's life, whichever is later.
    func reviewLife() {
        let isOpen = !hasNothingOpen || inquiry.isBusy
        if let who = phase.drainedBy, !isOpen {
            // In a task of its own, so that the answers of this turn are on their way first.
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
