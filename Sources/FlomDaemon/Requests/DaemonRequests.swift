internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// What the daemon does with connections and their messages.
extension Daemon: ConnectionOwner {
    func opened(_ connection: Connection) {
        hasBeenUsed = true
        let session = Session(connection)
        sessions[connection.session] = session
        admit(session)
        if isClosed { close(session) }
        reviewLife()
    }

    func closed(_ connection: Connection) {
        let session = sessions.removeValue(forKey: connection.session)
        machineBoots.left(connection.session)
        if let session { dismiss(session) }
        take(ending(of: connection.session, session))
    }

    func received(_ message: ClientMessage, on connection: Connection) {
        guard let session = sessions[connection.session], !session.isClosing else { return }
        if let sentence = session.noRoom { return turnAway(message, session, sentence) }
        switch message {
        // Its client asks the next daemon.
        case .lock where isStopping:
            close(session)
        case .lock(let lock):
            receive(lock, session)
        case .unlock(let unlock) where unlock.isExpired && session.isMarked:
            session.unfinished = nil
            take(.expired(connection.session))
        case .unlock(let unlock):
            guard let name = session.boundName, isSame(name, unlock.name) || engine.request(of: connection.session) == nil
            else {
                logWrongUnlock(unlock.name, session)
                return close(session)
            }
            take(.unlock(connection.session, name, unlock.completion ?? .unlocked(rollback: unlock.rollback)))
        case .parts(let parts) where session.isMarked && session.unfinished != nil:
            finish(with: parts, session)
        case .describe(let command) where session.isMarked:
            describe(command, session)
        case .started(let process) where session.isMarked:
            take(.started(connection.session, verified(process, session)))
        case .confirm where session.isMarked:
            let stands = engine.holdsLock(connection.session)
            if !stands && session.confirmsOffers {
                // Its client asks anew.
                guard engine.request(of: connection.session) != nil else { return close(session) }
                return take(.confirmed(connection.session))
            }
            session.connection.send(.confirmed(refusal: stands ? nil : "the lock is not held any more"))
        case .breakLock(let message) where session.isMarked:
            receive(message, session)
        case .prune(let before) where session.isMarked:
            prune(before: before, session)
        case .expired where session.isMarked:
            take(.expired(connection.session))
        case .query(let query) where session.isMarked:
            receive(query, session)
        case .shutdown(let shutdown) where session.boundName == nil:
            receive(shutdown, session)
        case .describe, .started, .expired, .query, .parts, .confirm, .breakLock, .prune, .discover, .shutdown:
            close(session)
        }
    }

    private func ending(of id: SessionID, _ session: Session?) -> Input {
        guard let session else { return .hungUp(id) }
        if let asked = session.asked.first, engine.request(of: id) == asked, session.answered != asked {
            return .hungUpUntold(id)
        }
        return session.isMarked ? .disconnected(id) : .hungUp(id)
    }

    /// Of a path the root level is enough: it is that resource which is let go.
    private func isSame(_ name: ResourceName, _ bytes: [UInt8]) -> Bool {
        if name.bytes == bytes { return true }
        guard case .hierarchical = name.kind else { return false }
        return (try? ResourceName(bytes))?.identity == name.identity
    }

    func close(_ session: Session) {
        session.isClosing = true
        session.connection.close()
    }

    // MARK: - What not everybody may

    private func receive(_ message: BreakMessage, _ session: Session) {
        // Of several resources any may be named. Who may break nothing is not told what is open.
        let request = engine.leader(of: message.request)
        let resources = request.map { engine.resources(of: $0).map(\.bytes) } ?? []
        guard let who = administrates(.breakLock, session, on: resources) else {
            return session.connection.send(.breakAnswer(refusal: refusal(.breakLock, session)))
        }
        guard let request else {
            return session.connection.send(.breakAnswer(refusal: "request \(message.request.number) is not open"))
        }
        let holder = engine.session(of: request).flatMap { sessions[$0] }
        take(.broken(request, by: who, reason: message.reason))
        endTurn()
        // What the engine has told the holder goes to the device first, and this behind it.
        gate.whenSynced { session.connection.send(.breakAnswer(refusal: nil)) }
        holder?.boundName = nil
    }

    private func prune(before: Int64, _ session: Session) {
        guard let who = administrates(.prune, session) else {
            return session.connection.send(.pruneAnswer(.refused(refusal(.prune, session))))
        }
        prunes.prune(by: who, before: before) { [unowned self] outcome in
            guard !session.isClosing, sessions[session.connection.session] === session else { return }
            switch outcome {
            case .done(let record):
                session.connection.send(.pruneAnswer(.done(requests: record?.requests ?? 0, events: record?.events ?? 0)))
            case .failed(let reason): session.connection.send(.pruneAnswer(.refused(reason)))
            }
        }
    }

    private func receive(_ shutdown: ShutdownMessage, _ session: Session) {
        if let complaint = tls?.complaint(peerID: shutdown.peerID, of: session) {
            if shutdown.speaksExtension { session.connection.send(.shutdownAnswer(refusal: complaint)) }
            return close(session)
        }
        guard let who = administrates(.shutdown, session) else {
            let sentence = refusal(.shutdown, session)
            if shutdown.speaksExtension { session.connection.send(.shutdownAnswer(refusal: sentence)) }
            return close(session)
        }
        if shutdown.restarts { return makeWay(by: who, askedBy: session) }
        if shutdown.speaksExtension { session.connection.send(.shutdownAnswer(refusal: nil)) }
        if shutdown.immediate { shutDownAtOnce(by: who) }
        close(session)
        drain(by: who)
    }
}
