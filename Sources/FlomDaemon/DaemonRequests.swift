internal import FlomEngine
internal import FlomNet
internal import FlomStore
internal import FlomSystem
internal import FlomWire
internal import Glibc

/// What the daemon does with connections and their messages.
extension Daemon: ConnectionOwner {
    func opened(_ connection: Connection) {
        hasBeenUsed = true
        sessions[connection.session] = Session(connection)
        reviewLife()
    }

    func closed(_ connection: Connection) {
        sessions[connection.session] = nil
        take(.hungUp(connection.session))
    }

    func received(_ message: ClientMessage, on connection: Connection) {
        guard let session = sessions[connection.session], !session.isClosing else { return }
        switch message {
        case .lock(let lock):
            receive(lock, session)
        case .unlock(let unlock):
            guard let name = session.boundName, isSame(name, unlock.name) || engine.request(of: connection.session) == nil
            else { return close(session) }
            take(.unlock(connection.session, name, unlock.completion ?? .unlocked(rollback: unlock.rollback)))
        case .describe(let command) where session.isMarked:
            describe(command, session)
        case .started(let process) where session.isMarked:
            take(.started(connection.session, verified(process, session)))
        case .expired where session.isMarked:
            take(.expired(connection.session))
        case .query(let query) where session.isMarked:
            receive(query, session)
        case .shutdown(let shutdown) where session.boundName == nil:
            receive(shutdown, session)
        case .describe, .started, .expired, .query, .discover, .shutdown:
            close(session)
        }
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

    // MARK: - Locks

    private func receive(_ lock: LockMessage, _ session: Session) {
        if lock.offer != nil {
            session.isMarked = true
            session.connection.frameLimit = FrameLimit.betweenOurs
        }
        let name: ResourceName
        do { name = try ResourceName(lock.name) } catch {
            // 1.7.2 takes a pool of nothing for a resource that can satisfy nobody.
            return refuse(
                session, error.isImpossiblePool ? .impossible : .invalidResourceName,
                "this is not the name of a resource: \(error.reason)")
        }
        let number = name.kind.hasModes ? lock.mode ?? 0 : Int32(LockMode.exclusive.rawValue)
        guard let mode = UInt8(exactly: number).flatMap(LockMode.init(rawValue:)) else {
            return refuse(session, .impossible, "lock mode \(number) does not exist (0 to 5)")
        }
        if isProbe(lock, name, mode) {
            return refuse(session, .cannotWait, "there is no such resource")
        }
        if let reason = gate.refusal ?? record.refusal {
            return refuse(session, .cannotLock, reason)
        }
        if isDraining {
            return refuse(
                session, .cannotLock, "the daemon is being shut down (-x) and gives no new locks; try again when it is gone")
        }
        var request = LockRequest(resource: name, mode: mode)
        if name.kind.hasQuantity { request.quantity = lock.quantity ?? 1 }
        request.mayWait = lock.wait
        request.mayCreate = lock.create
        request.idleLifespanMilliseconds = lock.idleLifespanMilliseconds
        request.client = identify(lock, session)
        if let offer = lock.offer { request.secretHash = SHA256.digest(of: offer.secret.bytes).bytes }
        // A second request is refused while the first holds: the connection stays bound to what it holds.
        if !engine.holdsLock(session.connection.session) { session.boundName = name }
        session.isRemote = !request.client.isLocal
        session.sharesProcessNumbers = request.client.process.map { $0.pid == request.client.claimedPID } ?? false
        take(.lock(session.connection.session, request))
    }

    /// A request that was refused at once is described too: the history should say what could not run.
    private func describe(_ command: [[UInt8]], _ session: Session) {
        if engine.request(of: session.connection.session) == nil, let refused = session.refused {
            effects.events.append(Event(refused, .described(command: command)))
            session.refused = nil
        }
        take(.described(session.connection.session, command: command))
    }

    private func refuse(_ session: Session, _ code: ReturnCode, _ reason: String) {
        session.connection.send(answers.refusal(code, reason: reason, isMarked: session.isMarked))
        if code == .invalidResourceName && !session.isMarked { close(session) }
    }

    /// On a UNIX socket the kernel says who it is, and that is believed; the rest is noted as claimed.
    private func identify(_ lock: LockMessage, _ session: Session) -> ClientIdentity {
        let connection = session.connection
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
            if session.process == nil, credentials.pid > 0 {
                let startTime = Processes.startTime(of: credentials.pid) ?? 0
                session.process = ProcessIdentity(pid: credentials.pid, startTime: startTime)
            }
            client.process = session.process
        } else if let peer = connection.peerAddress, client.bootID == bootID, Interfaces.isAddressOfThisHost(peer) {
            // From an address of this host, in this boot: its processes are ours to watch, if they are what it says.
            client.isLocal = true
            if let claimed = lock.offer?.process, Processes.startTime(of: claimed.pid) == claimed.startTime {
                client.process = claimed
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

    // MARK: - Shutdown

    private func receive(_ shutdown: ShutdownMessage, _ session: Session) {
        guard let who = administrator(session.connection) else {
            if shutdown.isMarked {
                session.connection.send(
                    .shutdownAnswer(refusal: "only the user who runs the daemon, or root on its host, may shut it down"))
            }
            return close(session)
        }
        if shutdown.isMarked { session.connection.send(.shutdownAnswer(refusal: nil)) }
        if shutdown.immediate { shutDownAtOnce(by: who) }
        close(session)
        drain(by: who)
    }

    /// The name of a peer that may shut the daemon down; nil for everybody else.
    private func administrator(_ connection: Connection) -> String? {
        guard let uid = connection.credentials?.uid ?? TCPPeerUser.uid(of: connection), uid == 0 || uid == geteuid() else {
            return nil
        }
        return userName(of: uid)
    }
}
