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

/// Turns lock messages into requests for the engine, or refuses them first.
extension Daemon {
    func receiveLock(_ lock: LockMessage, _ session: Session) {
        if let complaint = tls?.complaint(peerID: lock.peerID, of: session) {
            // A client of flom is told, and then closed.
            if lock.offer != nil {
                session.state.speaksExtension = true
                refuse(session, .cannotLock, complaint, number: TLSNumber.read)
            }
            return close(session)
        }
        if let offer = lock.offer {
            session.state.speaksExtension = true
            session.connection.frameLimit = FrameLimit.betweenOurs
            session.state.confirmsOffers = offer.confirmsOffers
            session.secretHash = SHA256.digest(of: offer.secret.bytes).bytes
            let own = session.connection.session
            switch table.arrival(
                session.secretHash, resumes: offer.resumes != nil,
                isOpenElsewhere: { engine.isOpen($0) && engine.session(of: $0) != own })
            {
            case .comesBack(let open): return resume(open, lock, session)
            case .comesBackInVain: return resumeUnknown(offer.resumes ?? "", lock, session)
            case .asks: break
            }
            if offer.partCount > 1 {
                session.unfinished = lock
                session.connection.send(.tellParts)
                return
            }
        }
        ask(lock, for: [ResourceMessage(name: lock.name, mode: lock.mode, quantity: lock.quantity)], session)
    }

    /// Takes the rest of a request for several resources.
    func finish(with parts: [ResourceMessage], _ session: Session) {
        guard let lock = session.unfinished, parts.count == lock.offer?.partCount else { return close(session) }
        session.unfinished = nil
        ask(lock, for: parts, session)
    }

    private func ask(_ lock: LockMessage, for resources: [ResourceMessage], _ session: Session) {
        guard let parts = judge(resources, session) else { return }
        if isProbe(lock, parts[0]) { return refuse(session, .cannotWait, "there is no such resource") }
        let forbidden = permissions.forbiddenResource(parts, session)
        let isForbidden = forbidden != nil
        if isForbidden { session.forbidden = refusal(.lock, session, on: forbidden) }
        if let reason = gate.refusal { return refuse(session, .cannotLock, reason) }

        var request = request(lock, for: parts, session)
        request.isForbidden = isForbidden
        request.mayWait = lock.wait
        request.mayCreate = lock.create
        if let offer = lock.offer {
            request.parent = parent(offer, request.client)
            request.mayBeRefusedAsDeadlock = offer.mayBeRefusedAsDeadlock
            request.confirmsOffers = offer.confirmsOffers
        }
        // A request from an open lock's command must be served, or that lock will not end.
        if isDraining && request.parent == nil {
            return refuse(
                session, .cannotLock, "the daemon is being shut down (-x) and gives no new locks; try again when it is gone")
        }
        if isSentAway(request, session) { return }
        // A second request is refused while the first holds: the connection stays bound to its lock.
        if !engine.holdsLock(session.connection.session) { session.state.boundName = parts[0].resource }
        note(request.client, lock.offer, session)
        if lock.offer == nil { endEarlierGrants(of: request) }
        session.state.asked = RequestID(engine.newestRequest.number + 1)
        session.state.askedParts = parts.count
        apply(.lock(session.connection.session, request))
    }

    /// The request to the engine, both for new locks and for locks that come back.
    private func request(_ lock: LockMessage, for parts: [LockPart], _ session: Session) -> LockRequest {
        var request = LockRequest(resource: parts[0].resource, mode: parts[0].mode)
        request.quantity = parts[0].quantity
        request.others = Array(parts.dropFirst())
        request.idleLifespanMilliseconds = lock.idleLifespanMilliseconds
        request.client = identify(lock, session)
        request.secretHash = lock.offer == nil ? [] : session.secretHash
        request.isLeaseless = lock.offer?.isLeaseless == true
        request.endsOrphan = lock.offer?.endsOrphan == true
        request.runsNoCommand = lock.offer?.runsNoCommand == true
        return request
    }

    /// Whether the client's process numbers and start times mean the same here. The client's pid alone does not tell: two
    /// namespaces may give one number to two processes.
    private func countsAlike(_ client: ClientIdentity, _ offer: Offer?) -> Bool {
        guard let process = client.process, let claimed = offer?.process, let namespace = offer?.pidNamespace else {
            return false
        }
        // A start time that is hidden from this daemon is never compared.
        return process.pid == claimed.pid && namespace == processView.pidNamespace
            && (process.startTime == claimed.startTime || process.startTime == 0)
    }

    /// Remembers what the client says about itself.
    private func note(_ client: ClientIdentity, _ offer: Offer?, _ session: Session) {
        session.state.isRemote = !client.isLocal
        session.state.sharesProcessNumbers = countsAlike(client, offer)
        guard session.state.isRemote, session.state.speaksExtension else { return }
        session.connection.noticeLoss(withinMilliseconds: settings.lostHolderDelayMilliseconds / 2)
        noteMachine(of: client, session)
    }

    /// Ends the grants that the process has from an earlier daemon, after the grace. A process with 1.7.2's library cannot come
    /// back to its lock; it asks anew, and its own lock would block it for ever.
    private func endEarlierGrants(of request: LockRequest) {
        guard let process = request.client.process else { return }
        for (id, holder) in table.holders where holder.client == process && holder.isSeenAlike && holder.secretHash.isEmpty {
            guard engine.session(of: id) == nil, engine.isHeld(id),
                engine.resources(of: id).contains(where: { $0.identity == request.resource.identity })
            else { continue }
            let grace = settings.reclaimGraceMilliseconds
            loop.assumeIsolated().scheduleTask(in: .milliseconds(grace)) { [unowned self] in
                guard engine.isHeld(id), engine.session(of: id) == nil else { return }
                inquiry.close(id)
                apply(.gone(id, .notResumed(milliseconds: grace)))
            }
        }
    }

    // MARK: - Coming back

    /// Gives an open request to this connection; the earlier connection no longer counts.
    private func resume(_ request: RequestID, _ lock: LockMessage, _ session: Session) {
        let earlier = engine.session(of: request).flatMap { sessions[$0] }
        session.state.boundName = engine.resources(of: request).first
        let client = identify(lock, session)
        note(client, lock.offer, session)
        if session.state.confirmsOffers { apply(.promisesToConfirm(request)) }
        apply(.resumed(session.connection.session, request))
        let isHolder = lock.offer?.resumes != nil
        let next = table.returned(request, client, isHeld: engine.isHeld(request), isHolder: isHolder)
        if next.isIdentified { apply(.identified(request, client.process)) }
        if next.makesLivenessPipe { livenessPipes.make(for: request) }
        if let earlier { close(earlier) }
    }

    /// Handles a lock that the journal does not know: the journal may be a copy that is older than the lock.
    private func resumeUnknown(_ text: String, _ lock: LockMessage, _ session: Session) {
        guard
            SessionTable.mayReinstate(
                parts: lock.offer?.partCount ?? 0, isShut: engine.isShut, isOnRecord: hasEndedOnRecord(text, session)),
            let part = judge([ResourceMessage(name: lock.name, mode: lock.mode, quantity: lock.quantity)], session)?.first
        else { return refuseToResume(text, session) }
        let request = request(lock, for: [part], session)
        session.state.boundName = part.resource
        note(request.client, lock.offer, session)
        session.state.hasCommand = true
        apply(.reinstated(session.connection.session, request, element: lock.offer?.element))
    }

    /// Whether the journal knows the request and it has ended. It stays ended: a person may have taken the lock away, or another
    /// client has had it since.
    private func hasEndedOnRecord(_ text: String, _ session: Session) -> Bool {
        guard let number = requestNumber(text) else { return false }
        return (try? journal.knows(RequestID(number), secretHash: session.secretHash)) ?? true
    }

    /// Tells the client that its lock is lost, or belongs to another journal.
    private func refuseToResume(_ text: String, _ session: Session) {
        guard let number = requestNumber(text) else {
            return session.connection.send(
                answers.lost("its daemon is gone, and this one has another journal (\(journal.id))", outcome: nil))
        }
        let query = HistoryQuery(after: RequestID(number - 1), upTo: RequestID(number))
        // The request may have ended in this turn.
        whenTurnEnds { [unowned self] in
            queries.answer(query, for: .internalUse) { [unowned self] answer in
                guard !session.isClosing, sessions[session.connection.session] === session else { return }
                guard case .page(let page) = answer, let row = page.rows.first, row.request.number == number else {
                    return session.connection.send(answers.lost("the journal knows nothing of request \(number)", outcome: nil))
                }
                session.connection.send(answers.lost(reason(ofLoss: row), outcome: row.outcome))
            }
        }
    }

    private func reason(ofLoss row: HistoryRow) -> String {
        var sentence = "request \(row.request.number) is \(row.outcome.rawValue)"
        if let detail = row.detail { sentence += " (\(detail))" }
        guard let name = try? ResourceName(row.resource) else { return sentence }
        let holders = engine.holders(of: name).map { "\($0.number)" }
        if !holders.isEmpty { sentence += "; '\(name)' is held by request \(holders.joined(separator: ", "))" }
        return sentence
    }

    /// The request number in a `FLOM_REQUEST_ID` of this journal; nil for another journal.
    private func requestNumber(_ text: String) -> Int64? {
        guard let colon = text.lastIndex(of: ":"), text[..<colon] == journal.id else { return nil }
        return Int64(text[text.index(after: colon)...])
    }

    // MARK: - Judging

    /// The parts that the message asks for; nil if it was refused as invalid.
    private func judge(_ resources: [ResourceMessage], _ session: Session) -> [LockPart]? {
        var parts: [LockPart] = []
        for resource in resources {
            let name: ResourceName
            do { name = try ResourceName(resource.name) } catch {
                Trace.step(.names, "'\(String(decoding: resource.name, as: UTF8.self))' is no name: \(error.reason)")
                // 1.7.2 takes a pool of size 0 for a resource that satisfies no request.
                refuse(
                    session, error.isImpossiblePool ? .impossible : .invalidResourceName,
                    "this is not the name of a resource: \(error.reason)")
                return nil
            }
            Trace.step(.names, "'\(name)' is a \(name.kind.word) resource")
            let number = name.kind.hasModes ? resource.mode ?? 0 : Int32(LockMode.exclusive.rawValue)
            guard let mode = UInt8(exactly: number).flatMap(LockMode.init(rawValue:)) else {
                refuse(session, .impossible, "lock mode \(number) does not exist (0 to 5)")
                return nil
            }
            parts.append(LockPart(name, mode, quantity: name.kind.hasQuantity ? resource.quantity ?? 1 : 1))
        }
        return parts
    }

    /// Records the command. A request that was refused at once gets one too: the history should show what could not run.
    func describe(_ command: [[UInt8]], _ session: Session) {
        let open = engine.request(of: session.connection.session)
        if let open, table.isDescribed(open) { return }
        guard let command = settings.recording.recorded(command) else { return }
        if open != nil { return apply(.described(session.connection.session, command: command)) }
        guard let refused = session.refused else { return }
        apply(.describedRefused(refused.request, parts: refused.parts, command: command))
        session.refused = nil
    }

    private func refuse(_ session: Session, _ code: ReturnCode, _ reason: String, number: Int32? = nil) {
        session.connection.send(
            answers.refusal(code, reason: reason, number: number, speaksExtension: session.state.speaksExtension))
        if code == .invalidResourceName && !session.state.speaksExtension { close(session) }
    }

    /// The client's identity: from the kernel on a UNIX socket, otherwise as claimed.
    private func identify(_ lock: LockMessage, _ session: Session) -> ClientIdentity {
        let connection = session.connection
        var client = ClientIdentity()
        client.canResume = lock.offer != nil
        client.claimedPID = lock.offer?.process?.pid
        client.machineID = lock.peerID ?? ""
        client.bootID = lock.offer?.bootID ?? ""
        client.user = lock.offer?.user ?? ""
        client.host = lock.offer?.host ?? ""
        client.tlsSubject = session.tlsSubject
        if let credentials = connection.credentials {
            client.isLocal = true
            client.uid = credentials.uid
            client.user = userNames.name(of: credentials.uid)
            client.host = hostName
            client.machineID = machineID
            client.bootID = bootID
            if session.process == nil, credentials.pid > 0 {
                let startTime = Processes.startTime(of: credentials.pid) ?? 0
                session.process = ProcessIdentity(pid: credentials.pid, startTime: startTime)
            }
            client.process = session.process
        } else if let peer = connection.peerAddress {
            client.address = peer.text
            // The address is one of this host, and the boot is this one: the processes can be watched if they are as claimed. A
            // process that is gone or numbered differently counts as one on another host, whose lock only time ends.
            if !bootID.isEmpty, client.bootID == bootID, Interfaces.isAddressOfThisHost(peer),
                let claimed = lock.offer?.process, let namespace = lock.offer?.pidNamespace,
                namespace == processView.pidNamespace, Processes.startTime(of: claimed.pid) == claimed.startTime
            {
                client.isLocal = true
                client.process = claimed
            }
        }
        return client
    }

    /// The grant under whose command the client runs, if any.
    private func parent(_ offer: Offer, _ client: ClientIdentity) -> RequestID? {
        let named = offer.parent.flatMap(requestNumber).map { RequestID($0) }
        switch table.parent(named, of: client, isHeld: { engine.isHeld($0) }) {
        case .none: return nil
        case .isHeld(let parent): return parent
        case .isHeldByOneOf(let parent, let known):
            return Processes.ancestors(of: client.process?.pid ?? 0).contains { pid in
                // The pid alone may belong to another process by now.
                known.contains { $0.pid == pid && $0.startTime == Processes.startTime(of: pid) }
            } ? parent : nil
        }
    }
}
