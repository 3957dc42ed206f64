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
        var boundName: ResourceName?
        var isRemote = false
        var isMarked = false
        /// Whether pids and start times mean the same on both sides.
        var sharesProcessNumbers = false
        /// Its command runs already, and can inherit nothing any more.
        var hasCommand = false
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
    /// Of open requests that may outlive their connection.
    var holders: [RequestID: Holder] = [:]
    /// With what their clients show that they have come back.
    private var secrets: [[UInt8]: RequestID] = [:]
    private var effects = Effects()
    private var turnEndIsPlanned = false
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
        world.witnesses = world.witnesses.filter { held.contains($0.key) }
        // Of several resources asked for at once the first stands for all.
        for request in recovered.openRequests where request.request.group ?? request.id == request.id { prove(request) }
        take(.recovered)
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
        let holder = Holder(open, seenFrom: view, now: world.boottime)
        let isWaiting = if case .held = open.phase { false } else { true }
        if isWaiting && !holder.canResume && holder.reboot == nil {
            take(.cannotResume(open.id))
        } else {
            keep(holder, of: open.id)
            inquiry.open(open.id, holder, .restarted(missedMilliseconds: 0))
        }
    }

    // MARK: - Turns

    func take(_ input: Input) {
        engine.step(input, at: world.moment, into: &effects)
        do { try engine.checkInvariants() } catch { world.failure = error }
        guard !turnEndIsPlanned else { return }
        turnEndIsPlanned = true
        world.plan(.turnEnds(incarnation: incarnation), after: 0)
    }

    func endTurn() {
        turnEndIsPlanned = false
        for event in effects.events { follow(event) }
        gate.append(effects.lives)
        if world.isUnlucky(world.style.killsBeforeCommit) { return world.killDaemon() }
        passGate()
        guard world.daemon === self, world.failure == nil else { return }
        let inquiries = effects.inquiries
        effects.removeAll()
        for request in inquiries { inquiry.open(request, holders[request] ?? Holder(), .disconnected) }
        armDeadline()
        if isDraining, engine.openRequestCount == 0, !engine.isShut, !inquiry.isBusy { end(livesEnd: true, closing: .shutdown) }
    }

    private func passGate() {
        gate.pass(effects.events, effects.answers) { sessions[$0]?.isRemote }
    }

    /// Who held locks of which the journal knows nothing any more has had time to come back.
    func openResources() {
        endTurn()
        guard world.daemon === self else { return }
        world.endpointRecord?.shutListened = nil
        world.record(.opened)
        take(.opened)
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
            if let fact = Fact(answer, isMarked: session.isMarked) { world.record(fact) }
            if case .granted = answer.body, let request = answer.request { handOnWitness(of: request, to: session) }
            world.answer(answer, on: session.connection)
        }
    }

    private func follow(_ event: Event) {
        switch event.kind {
        case .requested(let request):
            if request.client.canResume, request.group ?? event.request == event.request {
                keep(Holder(request), of: event.request)
            }
        case .started(let command): holders[event.request]?.command = command
        case .described: holders[event.request]?.isDescribed = true
        case .resumed: inquiry.close(event.request)
        case .identified(let process):
            holders[event.request]?.client = process
            holders[event.request]?.command = nil
            holders[event.request]?.isSeenAlike = true
        case .granted:
            if holders[event.request]?.takesWitness == true, !hasCommand(event.request) { makeWitness(of: event.request) }
        case .released, .withdrawn, .refused, .reclaimed, .broken:
            world.witnesses[event.request] = nil
            if let ended = holders.removeValue(forKey: event.request) { secrets[ended.secretHash] = nil }
            inquiry.close(event.request)
        case .passedOver: world.witnesses[event.request] = nil
        case .queued, .awaitingCreation, .orphaned: break
        }
    }

    private func makeWitness(of request: RequestID) { world.witnesses[request] = Witness(maker: incarnation) }

    private func handOnWitness(of request: RequestID, to session: Session) {
        guard world.witnesses[request]?.maker == incarnation else { return }
        world.witnesses[request] = Witness(client: session.connection.client)
    }

    private func hasCommand(_ request: RequestID) -> Bool {
        engine.session(of: request).flatMap { sessions[$0] }?.hasCommand == true
    }

    private func keep(_ known: Holder, of request: RequestID) {
        holders[request] = known
        if !known.secretHash.isEmpty { secrets[known.secretHash] = request }
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
        take(.deadlinePassed)
    }

    // MARK: - Connections

    func hear(_ word: ClientWord, on connection: Connection) {
        let id = connection.session
        let session = sessions[id] ?? Session(connection)
        sessions[id] = session
        switch word {
        case .lock(let request, let resumed): receive(request, resumed, session)
        case .unlock(let named, let completion):
            guard let name = session.boundName, name == named || engine.request(of: id) == nil else {
                return close(session)
            }
            take(.unlock(id, name, completion))
        case .confirm: world.say(.confirmed(engine.holdsLock(id)), on: connection)
        case .described:
            if let open = engine.request(of: id), holders[open]?.isDescribed == true { return }
            take(.described(id, command: [[]]))
        case .started(let process):
            take(
                .started(
                    id, session.sharesProcessNumbers ? seen(process, connection.client)! : ProcessIdentity(pid: 0, startTime: 0)))
        case .expired: take(.expired(id))
        }
    }

    func hearEnd(of connection: Connection) {
        connection.daemonEndIsOpen = false
        connection.carriesAnswers = false
        connections.removeAll { $0 === connection }
        guard let session = sessions.removeValue(forKey: connection.session) else { return }
        take(session.isMarked ? .disconnected(connection.session) : .hungUp(connection.session))
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
            session.sharesProcessNumbers = place.sharesNumbers(with: client.place)
        }
        session.isRemote = !request.client.isLocal
        session.isMarked = request.client.canResume
        if session.isMarked {
            // As the daemon: a request that has ended in this very turn is known no more when the turn is over.
            if let known = secrets[request.secretHash], !engine.isOpen(known) { endTurn() }
            if let open = secrets[request.secretHash] { return resume(open, request, isHolder: resumed != nil, session) }
            if let resumed { return resumeUnknown(resumed, request, session) }
        }
        if gate.isFailing { return world.answer(Answer(id, nil, .refused(.shutDown)), on: session.connection) }
        request.parent = request.parent.flatMap { isParent($0, of: request.client, client) ? $0 : nil }
        if isDraining && request.parent == nil {
            return world.answer(Answer(id, nil, .refused(.shutDown)), on: session.connection)
        }
        if !engine.holdsLock(id) { session.boundName = request.resource }
        take(.lock(id, request))
    }

    /// Takes an open request over from an earlier connection, on which nothing counts any more.
    private func resume(_ request: RequestID, _ lock: LockRequest, isHolder: Bool, _ session: Session) {
        let earlier = engine.session(of: request).flatMap { sessions[$0] }
        session.boundName = engine.resources(of: request).first
        take(.resumed(session.connection.session, request))
        if let holder = holders[request], holder.isLocal {
            if !holder.isSeenAlike || holder.client != lock.client.process { take(.identified(request, lock.client.process)) }
            if holder.takesWitness, engine.isHeld(request), !isHolder { makeWitness(of: request) }
        }
        if let earlier { close(earlier) }
    }

    /// Of a lock that the journal does not know, or that has ended.
    private func resumeUnknown(_ lost: RequestID, _ request: LockRequest, _ session: Session) {
        guard engine.isShut, !hasEndedOnRecord(lost, request), request.others.isEmpty else {
            return world.say(.lost, on: session.connection)
        }
        session.boundName = request.resource
        session.hasCommand = true
        take(.reinstated(session.connection.session, request, element: session.connection.client.held.first?.element))
    }

    /// Its number alone says nothing: after a loss it may be another one's.
    private func hasEndedOnRecord(_ lost: RequestID, _ request: LockRequest) -> Bool {
        (try? world.journal.knows(lost, secretHash: request.secretHash)) ?? true
    }

    /// Whether a client runs under the command of a grant: local ones as `/proc` shows, others as they say.
    private func isParent(_ request: RequestID, of identity: ClientIdentity, _ client: ModelClient) -> Bool {
        guard engine.isHeld(request) else { return false }
        guard client.isLocal else { return true }
        guard let holder = holders[request], holder.isLocal else { return false }
        guard identity.process != nil, holder.isSeenAlike else { return true }
        let known = [holder.client, holder.command].compactMap(\.self)
        guard known.allSatisfy({ $0.pid > 0 }) else { return true }
        guard let outer = client.outer, outer.commandLives else { return false }
        let ancestors = [outer.command, outer.isAlive ? outer.process : nil].compactMap { $0.flatMap { seen($0, outer) } }
        return known.contains { ancestors.contains($0) }
    }

    private func close(_ session: Session) {
        hearEnd(of: session.connection)
        world.dismiss(session.connection)
    }

    // MARK: - Persons

    func breakLock(one number: Int) {
        let open = holders.keys.sorted()
        guard isListening, !open.isEmpty else { return }
        breakLock(open[number % open.count])
    }

    /// Nobody else ends these.
    func breakThoseOfTheGone() {
        guard isListening else { return }
        for (request, holder) in holders.sorted(by: { $0.key < $1.key }) where engine.isHeld(request) {
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
        take(.broken(request, by: "root", reason: ""))
        endTurn()
        guard world.daemon === self else { return }
        gate.whenSynced { [unowned world] in world.record(.told(request.number, .ended)) }
        holder?.boundName = nil
    }

    // MARK: - The end

    func stop(_ stop: Stop) {
        guard isListening else { return }
        world.counts.stops += 1
        switch stop {
        case .signal: end(livesEnd: false, closing: .stopped)
        case .restart: end(livesEnd: false, closing: .restart)
        case .drain:
            isDraining = true
            take(.deadlinePassed)
        case .atOnce:
            world.record(.shutDownOrdered)
            take(.shutDown)
            end(livesEnd: false, closing: .shutdown)
        }
    }

    /// What is open stays in the journal for the next one.
    private func end(livesEnd: Bool, closing: Closing) {
        isDraining = false
        gate.append(.daemonStopped(reason: "simulated"))
        for event in effects.events { follow(event) }
        gate.append(effects.lives)
        if livesEnd { gate.append([.allEnded]) }
        passGate()
        guard world.daemon === self else { return }
        effects.removeAll()
        noteLastEvent()
        if engine.openRequestCount == 0, !engine.isShut { world.endpointRecord?.hasEnded = true }
        for session in sessions.values where session.isMarked { session.connection.closing = closing }
        world.daemonIsGone(livesEnd: livesEnd && !gate.isFailing, closing: closing)
    }
}
