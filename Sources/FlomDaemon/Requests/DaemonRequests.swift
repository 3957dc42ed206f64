internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomSettings
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// The daemon's reactions to connections and their messages.
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
        let id = connection.session
        apply(session?.state.ending(of: id, open: engine.request(of: id)) ?? .hungUp(id))
    }

    func received(_ message: ClientMessage, on connection: Connection) {
        guard let session = sessions[connection.session], !session.isClosing else { return }
        if let sentence = session.noRoom { return turnAway(message, session, sentence) }
        switch message {
        // The client will ask the next daemon.
        case .lock where isStopping:
            close(session)
        case .lock(let lock):
            receiveLock(lock, session)
        case .unlock(let unlock) where unlock.isExpired && session.state.speaksExtension:
            session.unfinished = nil
            apply(.expired(connection.session))
        case .unlock(let unlock):
            guard
                let name = session.state.nameToUnlock(
                    unlock.name, hasRequest: engine.request(of: connection.session) != nil)
            else {
                logWrongUnlock(unlock.name, session)
                return close(session)
            }
            apply(.unlock(connection.session, name, unlock.completion ?? .unlocked(rollback: unlock.rollback)))
        case .parts(let parts) where session.state.speaksExtension && session.unfinished != nil:
            finish(with: parts, session)
        case .describe(let command) where session.state.speaksExtension:
            describe(command, session)
        case .started(let process) where session.state.speaksExtension:
            apply(.started(connection.session, session.state.verified(process)))
        case .confirm where session.state.speaksExtension:
            let (id, open) = (connection.session, engine.request(of: connection.session))
            switch session.state.confirmation(of: id, open: open, holds: engine.holdsLock(id)) {
            case .answer(let stands):
                session.connection.send(.confirmed(refusal: stands ? nil : "the lock is not held any more"))
            case .apply(let input): apply(input)
            case .close: close(session)
            }
        case .breakLock(let message) where session.state.speaksExtension:
            receiveBreak(message, session)
        case .prune(let before) where session.state.speaksExtension:
            prune(before: before, session)
        case .expired where session.state.speaksExtension:
            apply(.expired(connection.session))
        case .query(let query) where session.state.speaksExtension:
            receiveQuery(query, session)
        case .shutdown(let shutdown) where session.state.boundName == nil:
            receiveShutdown(shutdown, session)
        case .describe, .started, .expired, .query, .parts, .confirm, .breakLock, .prune, .discover, .shutdown:
            close(session)
        }
    }

    func close(_ session: Session) {
        session.isClosing = true
        session.connection.close()
    }

    // MARK: - What not everybody may

    private func receiveBreak(_ message: BreakMessage, _ session: Session) {
        // A request for several resources may be named by any part. A person without the right is not told what is open.
        let request = engine.leader(of: message.request)
        let resources = request.map { engine.resources(of: $0).map(\.bytes) } ?? []
        guard let who = permissions.administrator(.breakLock, session, on: resources) else {
            return session.connection.send(.breakAnswer(refusal: refusal(.breakLock, session)))
        }
        guard let request else {
            return session.connection.send(.breakAnswer(refusal: "request \(message.request.number) is not open"))
        }
        let holder = engine.session(of: request).flatMap { sessions[$0] }
        apply(.broken(request, by: who, reason: message.reason))
        holder?.state.boundName = nil
        // The engine's word to the holder reaches the device first, and this answer follows.
        whenTurnEnds { [gate] in gate.whenSynced { session.connection.send(.breakAnswer(refusal: nil)) } }
    }

    private func prune(before: Int64, _ session: Session) {
        guard let who = permissions.administrator(.prune, session) else {
            return session.connection.send(.pruneAnswer(.refused(refusal(.prune, session))))
        }
        housekeeper?.prune(.init(person: who, before: before, asker: session.connection.session))
    }

    private func receiveShutdown(_ shutdown: ShutdownMessage, _ session: Session) {
        if let complaint = tls?.complaint(peerID: shutdown.peerID, of: session) {
            if shutdown.speaksExtension { session.connection.send(.shutdownAnswer(refusal: complaint)) }
            return close(session)
        }
        guard let who = permissions.administrator(.shutdown, session) else {
            let sentence = refusal(.shutdown, session)
            if shutdown.speaksExtension { session.connection.send(.shutdownAnswer(refusal: sentence)) }
            return close(session)
        }
        if shutdown.restarts { return makeWay(by: who, askedBy: session) }
        if shutdown.speaksExtension { session.connection.send(.shutdownAnswer(refusal: nil)) }
        if shutdown.immediate { return shutDownAtOnce(by: who) }
        close(session)
        drain(by: who)
    }
}
