internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSettings
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// Lets connections in, or tells them why there is no room.
extension Daemon {
    /// How long a connection without room may take for its first message, so that it can be told why.
    private static let lastWordsToThem = TimeAmount.seconds(1)
    /// The most connections that are being told. Others are closed at once.
    private static let mostTurnedAway = 32

    func admit(_ session: Session) {
        let connection = session.connection
        let peer = Self.peer(of: connection)
        connection.unreadLimit = settings.limits.unreadBytes
        guard let refusal = admission.enters(peer, now: Clock.boottimeNanoseconds()) else {
            session.peer = peer
            if lacksDescriptors, server.pause() {
                limitCounts.descriptors += 1
                logLimit(
                    "no client can connect until another one leaves: \(admission.open) connections take all descriptors there are for them"
                )
            }
            return
        }
        limitCounts.countConnection(refusal)
        let sentence = Self.sentence(for: refusal)
        logLimit("turned \(describe(connection)) away: \(sentence)")
        guard turnedAway < Self.mostTurnedAway else { return close(session) }
        turnedAway += 1
        session.noRoom = sentence
        loop.assumeIsolated().scheduleTask(in: Self.lastWordsToThem) { [weak self, weak session] in
            if let self, let session, !session.isClosing { close(session) }
        }
    }

    func leftUnread(_ connection: Connection) {
        guard let session = sessions[connection.session], !session.isClosing else { return }
        limitCounts.unreadAnswers += 1
        logLimit("\(describe(connection)) does not read what it has asked for: more than \(connection.unreadLimit) bytes")
        close(session)
    }

    func dismiss(_ session: Session) {
        if let peer = session.peer { admission.left(peer) }
        if session.noRoom != nil { turnedAway -= 1 }
        if !lacksDescriptors { server.resume() }
    }

    private var lacksDescriptors: Bool { admission.isFull(others: otherDescriptors) }
    private var otherDescriptors: Int { livenessPipes.count + turnedAway + (tls == nil ? 0 : mostHandshakes) }

    /// Sends a client away, to come again, if it would keep a descriptor that others need. A request nested in an open lock
    /// always comes in, or that lock would never be released. So does a client of 1.7.2, which cannot come again.
    ///
    /// - Returns: whether it was sent away.
    func isSentAway(_ request: LockRequest, _ session: Session) -> Bool {
        let staying = engine.sessionCount + otherDescriptors
        guard !admission.hasRoom(toWait: true, staying: staying), session.state.speaksExtension, request.parent == nil,
            !request.isForbidden
        else { return false }
        let waits = engine.wouldWait(request, at: .now())
        guard !admission.hasRoom(toWait: waits, staying: staying) else { return false }
        limitCounts.descriptors += 1
        logLimit(
            "sent \(describe(session.connection)) away to come again: \(engine.sessionCount) sessions that hold or wait take all descriptors "
                + "that there are for them")
        session.connection.send(.closing(waits ? .crowded : .full))
        close(session)
        return true
    }

    /// Ends connections that have been silent for one to two seconds, while no new one can come in.
    private func dismissSilentOnes() {
        for session in sessions.values where session.hasSaidNothing {
            if session.wasSilent {
                logLimit("let \(describe(session.connection)) go, which says nothing while others cannot come in")
                close(session)
            }
            session.wasSilent = true
        }
    }

    /// The most simultaneous TLS handshakes. Most descriptors are kept for peers that have proven their identity.
    private var mostHandshakes: Int { min(admission.limits.handshakes, max(1, admission.available / 4)) }

    /// Answers the first message of a connection for which there is no room, and closes it.
    func turnAway(_ message: ClientMessage, _ session: Session, _ sentence: String) {
        switch message {
        case .lock(let lock):
            session.connection.send(answers.refusal(.cannotLock, reason: sentence, speaksExtension: lock.offer != nil))
        case .shutdown(let shutdown) where shutdown.speaksExtension:
            session.connection.send(.shutdownAnswer(refusal: sentence))
        default: break
        }
        close(session)
    }

    func pausedAccepting(because reason: String) {
        limitCounts.hasLackedDescriptors = true
        // Until a connection ends, or for a second.
        if server.pause() { logLimit("no client can connect for a moment: \(reason)") }
    }

    /// Call it once a second.
    func tidyLimits() {
        admission.tidy(now: Clock.boottimeNanoseconds())
        if lacksDescriptors || limitCounts.hasLackedDescriptors { dismissSilentOnes() }
        limitCounts.hasLackedDescriptors = false
        if !lacksDescriptors { server.resume() }
    }

    func logLimit(_ sentence: @autoclosure () -> String) { logLimits.limits.log(sentence()) }

    func apply(_ limits: DaemonLimits) {
        if sessions.isEmpty {
            admission.available = DaemonLimits.available(
                descriptors: Self.descriptorLimit,
                inUse: (Descriptor.openCount ?? Self.usualDescriptors)
                    + (settings.http == nil ? 0 : MonitorService.mostConnections))
        }
        admission.limits = limits
        engine.limits.waitersPerResource = limits.waitersPerResource
        engine.limits.resources = limits.resources
        bounds.halfMessages = limits.halfMessages
        tls?.acceptor.mostHandshakes = mostHandshakes
        queries.longestQueue = limits.historyPages
        for session in sessions.values { session.connection.unreadLimit = limits.unreadBytes }
    }

    /// The counters that `--status` shows.
    var counters: DaemonCounters {
        let limits = settings.limits
        var counters = DaemonCounters()
        counters.trouble = gate.refusal
        if let acceptor = tls?.acceptor {
            counters.tls = TLSCounter(completed: acceptor.completedCount, refused: acceptor.refusedCount)
        }
        if case .network = endpoint {
            counters.silent = bounds.silentConnections + (tls?.acceptor.silentCount ?? 0)
        }
        counters.deadAddresses = listening.deadAddresses
        counters.clonedMachines = machineBoots.cloned.count
        counters.limits = [
            .init("connections", now: admission.open, most: admission.mostConnections, refused: limitCounts.connections),
            .init("connections_per_peer", now: nil, most: limits.connectionsPerPeer, refused: limitCounts.connectionsPerPeer),
            .init("connection_rate", now: nil, most: limits.connectionsPerSecond, refused: limitCounts.connectionRate),
            .init(
                "half_messages", now: bounds.halfMessageCount, most: limits.halfMessages,
                refused: bounds.refusedHalfMessages),
            .init("frame_bytes", now: nil, most: FrameLimit.betweenOurs, refused: bounds.longFrames),
            .init("waiters_per_resource", now: nil, most: limits.waitersPerResource, refused: limitCounts.waiters),
            .init("resources", now: engine.resourceCount, most: limits.resources, refused: limitCounts.resources),
            .init("history_pages", now: queries.unanswered, most: limits.historyPages, refused: queries.refused),
            .init("unread_bytes", now: nil, most: limits.unreadBytes, refused: limitCounts.unreadAnswers),
            .init(
                "descriptors", now: nil, most: Self.descriptorLimit,
                refused: limitCounts.descriptors + bounds.pauses),
            .init(
                "handshakes", now: tls?.acceptor.handshakeCount ?? 0, most: mostHandshakes,
                refused: tls?.acceptor.droppedCount ?? 0),
        ]
        return counters
    }

    /// The number of descriptors that a daemon has before it serves, where /proc does not tell.
    private static let usualDescriptors = 40

    static var descriptorLimit: Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    private static func peer(of connection: Connection) -> Admission.Peer {
        if let uid = connection.credentials?.uid { return .user(uid, isExempt: uid == 0 || uid == geteuid()) }
        return .address(connection.peerAddress?.bytes ?? [])
    }

    private static func sentence(for refusal: Admission.ExceededLimit) -> String {
        switch refusal {
        case .connections(let most): "the daemon has \(most) connections, and no room for more (--limit-connections)"
        case .perPeer(let most):
            "you have \(most) connections to the daemon, and no more are let in (--limit-per-peer)"
        case .rate(let most):
            "you open more than \(most) connections a second to the daemon (--limit-connection-rate); try again in a moment"
        }
    }
}
