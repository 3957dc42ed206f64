import FlomChecker
import FlomCore
import FlomEngine
import FlomModel
import FlomRandom

/// A daemon around the engine, as `FlomDaemon` has it: turns, one commit a turn, answers only after it.
///
/// Its own words are kept apart from the engine's here as there: what it knows of sessions, of processes and of what the device
/// has not got yet dies with it.
final class DaemonShell {
    /// What it remembers of a connection.
    final class Session {
        let connection: Connection
        var state = SessionState()
        init(_ connection: Connection) { self.connection = connection }
    }

    unowned let world: World
    let incarnation: Int
    let place: Place
    let view: ProcessView
    var engine: Engine
    private(set) lazy var inquiry = ShellInquiry(self)
    private(set) lazy var gate = ShellGate(self, world)
    private let recovered: RecoveredState
    /// The journal is behind what the endpoint record says of it, or was, and the grace is not over: what of it has passed.
    private let shutListened: Int64?

    var connections: [Connection] = []
    private var sessions: [SessionID: Session] = [:]
    private(set) var table = SessionTable()
    private var turn = Turn()
    private var deadline: Instant?
    private(set) var isListening = false
    private(set) var isDraining = false

    struct Damaged: Error, CustomStringConvertible {
        let description: String
    }

    init(_ world: World, _ incarnation: Int) throws {
        self.world = world
        self.incarnation = incarnation
        place = world.drawPlace()
        view = world.view(from: place)
        let state = try world.journal.open(from: view, at: world.moment)
        recovered = state
        let hasLostItsEnd = world.endpointRecord.map { $0.lastEvent > state.lastEvent && !$0.hasEnded } ?? false
        shutListened = hasLostItsEnd ? 0 : world.endpointRecord?.shutListened
        engine = Engine(
            policy: world.style.policy, nextRequest: state.nextRequest, epoch: state.epoch,
            lastTokenCounter: state.lastTokenCounter, open: state.openRequests, living: state.living,
            lastStamps: state.lastStamps, renderer: StampText.renderer(clocksGoBackAt: world.style.clocksGoBackAt),
            isShut: shutListened != nil)
        if let name = engine.overgranted { throw Damaged(description: "the journal says that '\(name)' is held by too many") }
    }

    func start() {
        world.olderEndpointRecord = world.endpointRecord
        world.endpointRecord = EndpointNote(lastEvent: recovered.lastEvent, shutListened: shutListened)
        world.record(.daemonStarted(incarnation: incarnation, afterReboot: recovered.clockHasBegunAnew, isShut: engine.isShut))
        if !world.isWindingDown, world.random.below(10_000) < world.style.killsWhileRecovering { return world.killDaemon() }
        // Its first commit would fail, and then it does not serve.
        if world.commitFails() { return world.daemonIsGone(livesEnd: false) }
        gate.append(.daemonStarted(DaemonStart(pid: 1, bootID: view.bootID ?? "", version: "simulated", endpoint: "simulated")))
        let held = recovered.openRequests.filter { if case .held = $0.phase { true } else { false } }.map(\.id)
        world.livenessPipes = world.livenessPipes.filter { held.contains($0.key) }
        // Of several resources asked for at once the first stands for all.
        for request in recovered.openRequests where request.request.group ?? request.id == request.id { prove(request) }
        apply(.recovered)
        if let shutListened {
            world.plan(.resourcesOpen(incarnation: incarnation), after: World.graceLeft(missed: shutListened))
        }
        endTurn()
        guard world.daemon === self else { return }
        isListening = true
        for client in world.outside { world.plan(.connects(client), after: world.latency(client)) }
        world.outside.removeAll()
    }

    /// What is left of a request that was open.
    private func prove(_ open: OpenRequest) {
        guard let holder = table.recover(open, seenFrom: view, now: world.boottime) else { return apply(.cannotResume(open.id)) }
        inquiry.open(open.id, holder, .restarted(missedMilliseconds: 0))
    }

    // MARK: - Turns

    func apply(_ input: Input) {
        if turn.apply(input, at: world.moment, &engine) { world.plan(.turnEnds(incarnation: incarnation), after: 0) }
        do { try engine.checkInvariants() } catch { world.failure = error }
    }

    func turnIsOver() { if turn.isOpen { endTurn() } }

    func endTurn() {
        handOver()
        guard world.daemon === self, world.failure == nil else { return }
        let inquiries = turn.inquiries
        turn.ended()
        for request in inquiries { inquiry.open(request, table.holders[request] ?? Holder(), .disconnected) }
        armDeadline()
        if isDraining, engine.openRequestCount == 0, !engine.isShut, !inquiry.isBusy { end(livesEnd: true, closing: .shutDown) }
    }

    /// To the table and the gate. The daemon may be dead after it.
    private func handOver() {
        turn.end()
        for event in turn.events { follow(event) }
        turn.forEachChange(isInUse: { engine.isInUse($0) }, handOn: { gate.append([$0]) })
        if world.isUnlucky(world.style.killsBeforeCommit) { return world.killDaemon() }
        gate.note(turn.offers, after: turn.events.count)
        gate.pass(turn.events, turn.answers) { sessions[$0]?.state.isRemote }
    }

    /// Who held locks of which the journal knows nothing any more has had time to come back.
    func openResources() {
        endTurn()
        guard world.daemon === self else { return }
        world.endpointRecord?.shutListened = nil
        world.record(.opened)
        apply(.opened)
    }

    /// It ends. What it has not noted, less than a second, is waited for again.
    func noteListening(since start: Int64) {
        guard engine.isShut, isListening, let shutListened else { return }
        world.endpointRecord?.shutListened = shutListened + (world.now - start) / Style.second * Style.second
    }

    func noteLastEvent() { world.endpointRecord?.lastEvent = world.lastEvent }

    func deliver(_ answers: [Answer]) {
        for answer in answers {
            guard let session = sessions[answer.session] else { continue }
            if let fact = Fact(answer, speaksExtension: session.state.speaksExtension) { world.record(fact) }
            session.state.tell(answer)
            if case .granted = answer.body, let request = answer.request { handOnLivenessPipe(of: request, to: session) }
            world.answer(answer, on: session.connection)
        }
    }

    private func follow(_ event: Event) {
        let next = table.follow(event) { hasCommand($0) }
        if next.contains(.makeLivenessPipe) { makeLivenessPipe(of: event.request) }
        if next.contains(.removeLivenessPipe) { world.livenessPipes[event.request] = nil }
        if next.contains(.closeInquiry) { inquiry.close(event.request) }
    }

    private func makeLivenessPipe(of request: RequestID) { world.livenessPipes[request] = LivenessPipe(maker: incarnation) }

    private func handOnLivenessPipe(of request: RequestID, to session: Session) {
        guard world.livenessPipes[request]?.maker == incarnation else { return }
        world.livenessPipes[request] = LivenessPipe(client: session.connection.client)
    }

    private func hasCommand(_ request: RequestID) -> Bool {
        engine.session(of: request).flatMap { sessions[$0] }?.state.hasCommand == true
    }

    private func armDeadline() {
        guard let next = engine.nextDeadline, deadline != next else { return }
        deadline = next
        world.plan(
            .deadlineComes(incarnation: incarnation, next), after: next.nanoseconds - world.boottime.nanoseconds)
    }

    func deadlineComes(_ due: Instant) {
        guard deadline == due else { return }
        deadline = nil
        apply(.deadlinePassed)
    }

    // MARK: - Connections

    func hear(_ word: ClientWord, on connection: Connection) {
        let id = connection.session
        let session = sessions[id] ?? Session(connection)
        sessions[id] = session
        switch word {
        case .lock(let request, let resumed): receive(request, resumed, session)
        case .unlock(let named, let completion):
            guard let name = session.state.nameToUnlock(named.bytes, hasRequest: engine.request(of: id) != nil) else {
                return close(session)
            }
            apply(.unlock(id, name, completion))
        case .confirm:
            switch session.state.confirmation(of: id, open: engine.request(of: id), holds: engine.holdsLock(id)) {
            case .answer(let stands): world.say(.confirmed(stands), on: connection)
            case .apply(let input): apply(input)
            case .close: close(session)
            }
        case .described:
            if let open = engine.request(of: id), table.isDescribed(open) { return }
            apply(.described(id, command: [[]]))
        case .started(let process):
            apply(.started(id, session.state.verified(seen(process, connection.client) ?? process)))
        case .expired: apply(.expired(id))
        }
    }

    func hearEnd(of connection: Connection) {
        connection.daemonEndIsOpen = false
        connection.carriesAnswers = false
        connections.removeAll { $0 === connection }
        guard let session = sessions.removeValue(forKey: connection.session) else { return }
        apply(session.state.ending(of: connection.session, open: engine.request(of: connection.session)))
    }

    /// A process of a client as this daemon sees it.
    private func seen(_ process: ProcessIdentity, _ client: ModelClient) -> ProcessIdentity? {
        place.identity(of: process, in: client.place)
    }

    private func receive(_ request: LockRequest, _ resumed: RequestID?, _ session: Session) {
        let id = session.connection.session
        let client = session.connection.client
        var request = request
        if client.isLocal {
            request.client.process = seen(client.process, client)
            request.client.bootID = view.bootID ?? ""
            session.state.sharesProcessNumbers = place.sharesNumbers(with: client.place)
        }
        session.state.isRemote = !request.client.isLocal
        session.state.speaksExtension = request.client.canResume
        session.state.confirmsOffers = request.confirmsOffers
        if session.state.speaksExtension {
            switch table.arrival(
                request.secretHash, resumes: resumed != nil,
                isOpenElsewhere: { engine.isOpen($0) && engine.session(of: $0) != id })
            {
            case .comesBack(let open): return resume(open, request, isHolder: resumed != nil, session)
            case .comesBackInVain: return resumeUnknown(resumed!, request, session)
            case .asks: break
            }
        }
        if gate.isFailing { return world.answer(Answer(id, nil, .refused(.shutDown)), on: session.connection) }
        request.parent = request.parent.flatMap { isParent($0, of: request.client, client) ? $0 : nil }
        if isDraining && request.parent == nil {
            return world.answer(Answer(id, nil, .refused(.shutDown)), on: session.connection)
        }
        if !engine.holdsLock(id) { session.state.boundName = request.resource }
        session.state.asked = RequestID(engine.newestRequest.number + 1)
        apply(.lock(id, request))
    }

    /// Takes an open request over from an earlier connection, on which nothing counts any more.
    private func resume(_ request: RequestID, _ lock: LockRequest, isHolder: Bool, _ session: Session) {
        let earlier = engine.session(of: request).flatMap { sessions[$0] }
        session.state.boundName = engine.resources(of: request).first
        if session.state.confirmsOffers { apply(.promisesToConfirm(request)) }
        apply(.resumed(session.connection.session, request))
        let next = table.returned(request, lock.client, isHeld: engine.isHeld(request), isHolder: isHolder)
        if next.isIdentified { apply(.identified(request, lock.client.process)) }
        if next.makesLivenessPipe { makeLivenessPipe(of: request) }
        if let earlier { close(earlier) }
    }

    /// Answers a client that comes back for a lock which the journal does not know, or which has ended.
    private func resumeUnknown(_ lost: RequestID, _ request: LockRequest, _ session: Session) {
        guard
            SessionTable.mayReinstate(
                parts: request.parts.count, isShut: engine.isShut, isOnRecord: hasEndedOnRecord(lost, request))
        else {
            return world.say(.lost, on: session.connection)
        }
        session.state.boundName = request.resource
        session.state.hasCommand = true
        apply(.reinstated(session.connection.session, request, element: session.connection.client.held.first?.element))
    }

    /// Its number alone says nothing: after a loss it may be another one's.
    private func hasEndedOnRecord(_ lost: RequestID, _ request: LockRequest) -> Bool {
        (try? world.journal.knows(lost, secretHash: request.secretHash)) ?? true
    }

    /// Whether a client runs under the command of a grant: local ones as `/proc` shows, others as they say.
    private func isParent(_ request: RequestID, of identity: ClientIdentity, _ client: ModelClient) -> Bool {
        switch table.parent(request, of: identity, isHeld: { engine.isHeld($0) }) {
        case .none: return false
        case .isHeld: return true
        case .isHeldByOneOf(_, let known):
            guard let outer = client.outer, outer.commandLives else { return false }
            let living = [outer.command, outer.isAlive ? outer.process : nil]
            let ancestors = living.compactMap { $0.flatMap { seen($0, outer) } }
            return known.contains { ancestors.contains($0) }
        }
    }

    private func close(_ session: Session) {
        hearEnd(of: session.connection)
        world.dismiss(session.connection)
    }

    // MARK: - Persons

    func breakLock(one number: Int) {
        let open = table.holders.keys.sorted()
        guard isListening, !open.isEmpty else { return }
        breakLock(open[number % open.count])
    }

    /// Nobody else ends these.
    func breakThoseOfTheGone() {
        guard isListening else { return }
        for (request, holder) in table.holders.sorted(by: { $0.key < $1.key }) where engine.isHeld(request) {
            guard world.daemon === self else { return }
            guard holder.isLocal ? inquiry.inquiry.isBeyondProof(request) : holder.isLeaseless else { continue }
            if engine.session(of: request) == nil, world.isGone(holderOf: request, secret: holder.secretHash) {
                breakLock(request)
            }
        }
    }

    private func breakLock(_ request: RequestID) {
        world.counts.broken += 1
        let holder = engine.session(of: request).flatMap { sessions[$0] }
        world.record(.breakOrdered(request.number))
        apply(.broken(request, by: "root", reason: ""))
        endTurn()
        guard world.daemon === self else { return }
        gate.whenSynced { [unowned world] in world.record(.told(request.number, .ended)) }
        holder?.state.boundName = nil
    }

    // MARK: - The end

    func stop(_ stop: Stop) {
        guard isListening else { return }
        world.counts.stops += 1
        switch stop {
        case .signal: end(livesEnd: false, closing: .stopped)
        case .restart: end(livesEnd: false, closing: .restarting)
        case .drain:
            isDraining = true
            apply(.deadlinePassed)
        case .atOnce:
            world.record(.shutDownOrdered)
            apply(.shutDown)
            end(livesEnd: false, closing: .shutDown)
        }
    }

    /// What is open stays in the journal for the next one.
    private func end(livesEnd: Bool, closing: DaemonDeparture) {
        isDraining = false
        gate.append(.daemonStopped(reason: "simulated"))
        if livesEnd { apply(.livesEnd) }
        handOver()
        guard world.daemon === self else { return }
        turn.ended()
        noteLastEvent()
        if engine.openRequestCount == 0, !engine.isShut { world.endpointRecord?.hasEnded = true }
        for session in sessions.values where session.state.speaksExtension { session.connection.departure = closing }
        world.daemonIsGone(livesEnd: livesEnd && !gate.isFailing, closing: closing)
    }
}
