internal import FlomEngine
internal import FlomNet
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// The shell around the engine: connections in, one commit a turn, answers out. Everything here runs on one event loop; there
/// are no locks and no hops on the way of a request.
final class Daemon: ConnectionOwner {
    private let loop: any EventLoop
    private let settings: DaemonSettings
    private let machineID: String
    private let bootID: String
    private let hostName = Host.name()
    private let endpointFiles: EndpointFiles
    private let answers: AnswerMessages

    private var engine: Engine
    private let journal: Journal
    private var gate: Gate!
    private var inquiry: HolderInquiry!
    private var server: Server!

    private var sessions: [SessionID: Session] = [:]
    /// The processes behind open requests that may outlive their connection.
    private var processes: [RequestID: (client: ProcessIdentity?, command: ProcessIdentity?)] = [:]
    private var userNames: [UInt32: String] = [:]

    private var effects = Effects()
    private var turnEndIsScheduled = false
    private var deadline: (at: Instant, task: Scheduled<Void>)?
    private var end: Scheduled<Void>?
    private var retry: Scheduled<Void>?

    init(
        on loop: any EventLoop, settings: DaemonSettings, machineID: String, bootID: String, journal: Journal, engine: Engine,
        endpointFiles: EndpointFiles
    ) {
        self.loop = loop
        self.settings = settings
        self.machineID = machineID
        self.bootID = bootID
        self.journal = journal
        self.engine = engine
        self.endpointFiles = endpointFiles
        self.answers = AnswerMessages(machineID: machineID, journalID: journal.id)
    }

    // MARK: - Life

    /// Proves what the journal left open, records the start, and serves; `whenReady` hears nil, or why that is impossible.
    func start(recovered open: [OpenRequest], rebootedFrom oldBoot: String?, whenReady: @escaping (String?) -> Void) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let sentinel: Sentinel
        let synchronizer: WALSynchronizer?
        do {
            // First, so that every other thread inherits the blocked signals.
            sentinel = try Sentinel(on: loop, handled: [SIGTERM, SIGINT]) { news in bound.value.hear(news) }
            synchronizer = try settings.sync == .off ? nil : makeSynchronizer(bound)
        } catch { return whenReady("\(error)") }

        let after: After = { [loop] milliseconds, work in
            loop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds), work)
        }
        gate = Gate(
            journal: journal, sync: settings.sync, synchronizer: synchronizer, after: after,
            deliver: { [unowned self] in deliver($0) },
            whenCommitted: { [unowned self] in endpointFiles.committed(event: $0) })
        inquiry = HolderInquiry(
            sentinel: sentinel, journalID: journal.id, after: after, report: { [unowned self] in take($0) })

        gate.append(.daemonStarted(.init(
            pid: getpid(), bootID: bootID, version: FlomVersion.current, endpoint: settings.endpoint.socketPath)))
        prove(open, rebootedFrom: oldBoot)
        take(.recovered)
        endTurn()
        guard gate.failure == nil else { return whenReady(gate.refusal) }

        server = Server(on: loop, owner: self)
        let whenReadyOnLoop = NIOLoopBound(whenReady, eventLoop: loop)
        server.serve(listening: endpointFiles.listeningDescriptor) { error in
            if error == nil { bound.value.beginHousekeeping() }
            bound.value.reviewLife()
            whenReadyOnLoop.value(error.map { "connections cannot be accepted: \($0)" })
        }
    }

    private func makeSynchronizer(_ bound: NIOLoopBound<Daemon>) throws(JournalError) -> WALSynchronizer {
        let loop = self.loop
        return try journal.startSynchronizer { commit, error in
            loop.execute { bound.value.gate.synced(upTo: commit, failed: error != 0) }
        }
    }

    /// What is left of the open requests? Local ones are watched; after a reboot nothing local is left.
    private func prove(_ open: [OpenRequest], rebootedFrom oldBoot: String?) {
        for request in open {
            let client = request.request.client
            let isWaiting = if case .held = request.phase { false } else { true }
            if client.isLocal, let oldBoot {
                take(.gone(request.id, .hostRebooted(from: oldBoot, to: bootID)))
            } else if isWaiting && !client.canResume {
                take(.cannotResume(request.id))
            } else if client.isLocal {
                processes[request.id] = (client.process, request.command)
                inquiry.open(request.id, client: client.process, command: request.command)
            }
        }
    }

    private func hear(_ news: Sentinel.News) {
        switch news {
        case .ended(let watch): inquiry.ended(watch: watch)
        case .signal(let number): stop(reason: "signal \(number)")
        }
    }

    /// Ends the daemon. Open requests stay in the journal for the next one.
    private func stop(reason: String) -> Never {
        // The name goes first: who comes now waits for the record's lock, and starts the next daemon.
        endpointFiles.removeSocket()
        gate.append(.daemonStopped(reason: reason))
        endTurn()
        endpointFiles.recordEnd(nothingOpen: engine.openRequestCount == 0)
        journal.close()
        exit(0)
    }

    /// The daemon's life ends `-d` ms after the last connection, or the last resource's life, whichever is later.
    private func reviewLife() {
        let isNeeded = !sessions.isEmpty || !engine.isIdle || inquiry.isBusy || engine.openRequestCount > 0
        if isNeeded || settings.lifespanMilliseconds < 0 {
            end?.cancel()
            end = nil
        } else if end == nil {
            end = loop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(settings.lifespanMilliseconds))) {
                [unowned self] in stop(reason: "idle for \(settings.lifespanMilliseconds) ms")
            }
        }
    }

    private func beginHousekeeping() {
        loop.assumeIsolated().scheduleTask(in: .seconds(1)) { [unowned self] in
            if let descriptor = endpointFiles.repair(journal: journal) {
                server.stopListening()
                server.serve(listening: descriptor) { _ in }
            }
            beginHousekeeping()
        }
    }

    // MARK: - Turns

    private func now() -> Instant { Instant(nanoseconds: Clock.boottimeNanoseconds()) }

    private func take(_ input: Input) {
        engine.step(input, at: now(), into: &effects)
        scheduleTurnEnd()
    }

    /// After everything that is readable now has been read: the loop runs tasks after its I/O.
    private func scheduleTurnEnd() {
        guard !turnEndIsScheduled else { return }
        turnEndIsScheduled = true
        loop.assumeIsolated().execute { [unowned self] in endTurn() }
    }

    private func endTurn() {
        turnEndIsScheduled = false
        for event in effects.events { follow(event) }
        gate.pass(effects.events, effects.answers)
        let inquiries = effects.inquiries
        effects.removeAll()
        for request in inquiries {
            inquiry.open(request, client: processes[request]?.client, command: processes[request]?.command)
        }
        if gate.failure != nil { retryLater() }
        gate.tidyUp()
        armDeadline()
        reviewLife()
    }

    private func follow(_ event: Event) {
        switch event.kind {
        case .requested(let request):
            if request.client.canResume { processes[event.request] = (request.client.process, nil) }
        case .started(let command):
            processes[event.request]?.command = command
        case .released, .withdrawn, .refused, .reclaimed:
            processes[event.request] = nil
            inquiry.close(event.request)
        case .queued, .awaitingCreation, .granted, .described, .orphaned:
            break
        }
    }

    private func armDeadline() {
        guard let next = engine.nextDeadline else {
            deadline?.task.cancel()
            deadline = nil
            return
        }
        guard deadline?.at != next else { return }
        deadline?.task.cancel()
        let delay = TimeAmount.nanoseconds(max(0, next.nanoseconds - now().nanoseconds))
        deadline = (
            next,
            loop.assumeIsolated().scheduleTask(in: delay) { [unowned self] in
                deadline = nil
                take(.deadlinePassed)
            }
        )
    }

    private static let retryInterval = TimeAmount.seconds(1)

    private func retryLater() {
        guard retry == nil else { return }
        retry = loop.assumeIsolated().scheduleTask(in: Self.retryInterval) { [unowned self] in
            retry = nil
            if !gate.flush() { retryLater() }
        }
    }

    // MARK: - Connections

    func opened(_ connection: Connection) {
        sessions[connection.session] = Session(connection)
        reviewLife()
    }

    func closed(_ connection: Connection) {
        sessions[connection.session] = nil
        take(.hungUp(connection.session))
    }

    func misbehaved(_ connection: Connection, _ error: WireError) {}

    func received(_ message: ClientMessage, on connection: Connection) {
        guard let session = sessions[connection.session], !session.isClosing else { return }
        switch message {
        case .lock(let lock):
            receive(lock, session)
        case .unlock(let unlock):
            guard let name = session.boundName, name.bytes == unlock.name || engine.request(of: connection.session) == nil
            else { return close(session) }
            take(.unlock(connection.session, name, unlock.completion ?? .unlocked(rollback: unlock.rollback)))
        case .describe(let command) where session.isMarked:
            take(.described(connection.session, command: command))
        case .started(let process) where session.isMarked:
            take(.started(connection.session, verified(process, session)))
        case .expired where session.isMarked:
            take(.expired(connection.session))
        case .describe, .started, .expired, .discover, .shutdown:
            close(session)
        }
    }

    private func receive(_ lock: LockMessage, _ session: Session) {
        if lock.offer != nil {
            session.isMarked = true
            session.connection.frameLimit = FrameLimit.betweenOurs
        }
        guard let name = try? ResourceName(lock.name) else {
            return refuse(session, .invalidResourceName, "this is not the name of a resource")
        }
        guard let mode = UInt8(exactly: lock.mode ?? 0).flatMap(LockMode.init(rawValue:)) else {
            return refuse(session, .impossible, "lock mode \(lock.mode ?? 0) does not exist (0 to 5)")
        }
        if let reason = gate.refusal ?? endpointFiles.refusal {
            return refuse(session, .cannotLock, reason)
        }
        var request = LockRequest(resource: name, mode: mode)
        request.mayWait = lock.wait
        request.mayCreate = lock.create
        request.idleLifespanMilliseconds = lock.idleLifespanMilliseconds
        request.client = identify(lock, session.connection)
        if let offer = lock.offer { request.secretHash = SHA256.digest(of: offer.secret.bytes).bytes }
        session.boundName = name
        session.sharesProcessNumbers = request.client.process.map { $0.pid == request.client.claimedPID } ?? false
        take(.lock(session.connection.session, request))
    }

    private func refuse(_ session: Session, _ code: ReturnCode, _ reason: String) {
        session.connection.send(answers.refusal(code, reason: reason, isMarked: session.isMarked))
        if code == .invalidResourceName && !session.isMarked { close(session) }
    }

    private func close(_ session: Session) {
        session.isClosing = true
        session.connection.close()
    }

    /// On a UNIX socket the kernel says who it is, and that is believed; the rest is noted as claimed.
    private func identify(_ lock: LockMessage, _ connection: Connection) -> ClientIdentity {
        var client = ClientIdentity()
        client.canResume = lock.offer != nil
        client.claimedPID = lock.offer?.process?.pid
        client.machineID = lock.peerID ?? ""
        client.bootID = lock.offer?.bootID ?? ""
        client.user = lock.offer?.user ?? ""
        client.host = lock.offer?.host ?? ""
        if let credentials = connection.credentials {
            client.isLocal = true
            client.uid = credentials.uid
            client.user = userName(of: credentials.uid)
            client.host = hostName
            client.machineID = machineID
            client.bootID = bootID
            if credentials.pid > 0 {
                let startTime = Processes.startTime(of: credentials.pid) ?? 0
                client.process = ProcessIdentity(pid: credentials.pid, startTime: startTime)
            }
        }
        return client
    }

    /// A command's pid is the client's word, and means something only if both see the same pids. Otherwise it is kept as pid 0,
    /// which proves nothing.
    private func verified(_ process: ProcessIdentity, _ session: Session) -> ProcessIdentity {
        session.sharesProcessNumbers ? process : ProcessIdentity(pid: 0, startTime: 0)
    }

    private func userName(of uid: UInt32) -> String {
        if let known = userNames[uid] { return known }
        let name = Users.name(of: uid) ?? "uid \(uid)"
        userNames[uid] = name
        return name
    }

    private func deliver(_ ready: [Answer]) {
        for answer in ready {
            guard let session = sessions[answer.session], !session.isClosing else { continue }
            if let message = answers.message(for: answer, of: session) { session.connection.send(message) }
            // 1.7.2's daemon half-closes here, and its clients wait for the end; closing at once is the same to them.
            if case .refused(.unknownResource) = answer.body, !session.isMarked { close(session) }
        }
    }
}
