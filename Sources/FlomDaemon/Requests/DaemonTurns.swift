internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// One turn of the loop: inputs step the engine as they come; at the end what they did is committed and then told.
extension Daemon {
    func take(_ input: Input) {
        engine.step(input, at: .now(), into: &effects)
        scheduleTurnEnd()
    }

    /// After everything that is readable now has been read: the loop runs tasks after its I/O.
    private func scheduleTurnEnd() {
        guard !turnEndIsScheduled else { return }
        turnEndIsScheduled = true
        loop.assumeIsolated().execute { [unowned self] in endTurn() }
    }

    func endTurn() {
        turnEndIsScheduled = false
        // A write that fails tells at once what the connection has still said, and that it has ended: that is the next turn's.
        swap(&effects, &finished)
        for event in finished.events { follow(event) }
        for change in finished.lives where !isOutdated(change) {
            marks?.note(change)
            gate.append(change)
        }
        gate.pass(finished.events, finished.answers) { [unowned self] in sessions[$0]?.isRemote }
        if !finished.answers.isEmpty {
            Trace.step(
                .daemon, "turn: \(finished.events.count) events, \(finished.answers.count) answers, \(sessions.count) sessions")
        }
        for request in finished.inquiries {
            inquiry.open(request, holders[request] ?? Holder(), .disconnected)
        }
        finished.removeAll()
        gate.tidyUp()
        armDeadline()
        reviewLife()
    }

    /// Whether a resource has fallen idle and been taken again within this turn: what its row says of idling means nothing while it is in
    /// use, and each row that is not written saves a page.
    private func isOutdated(_ change: ResourceChange) -> Bool {
        guard case .lives(let resource) = change, resource.idleSince != nil, resource.state == nil else { return false }
        return engine.isInUse(resource.name)
    }

    /// Keeps what the shell itself must know of open requests.
    private func follow(_ event: Event) {
        log(event)
        trace(event)
        switch event.kind {
        case .requested(let request):
            // Of several resources the first stands for all.
            if request.client.canResume, request.group ?? event.request == event.request {
                keep(Holder(request), of: event.request)
            }
        case .started(let command):
            holders[event.request]?.command = command
        case .described:
            holders[event.request]?.isDescribed = true
        case .resumed:
            inquiry.close(event.request)
        case .identified(let process):
            holders[event.request]?.client = process
            holders[event.request]?.command = nil
            holders[event.request]?.isSeenAlike = true
        case .granted:
            // Also where nobody hears of the grant yet: as long as we have the witness, nobody else has.
            if holders[event.request]?.takesWitness == true, !hasCommand(event.request) { witnesses.make(for: event.request) }
        case .released, .withdrawn, .refused, .reclaimed, .broken:
            witnesses.remove(event.request)
            if let ended = holders.removeValue(forKey: event.request) { secrets[ended.secretHash] = nil }
            inquiry.close(event.request)
        case .passedOver:
            witnesses.remove(event.request)
        case .queued, .awaitingCreation, .orphaned:
            break
        }
    }

    /// Of a lock that is given back to whom a restored journal does not know: its command runs, and inherits nothing any more.
    private func hasCommand(_ request: RequestID) -> Bool {
        engine.session(of: request).flatMap { sessions[$0] }?.hasCommand == true
    }

    func keep(_ holder: Holder, of request: RequestID) {
        holders[request] = holder
        if !holder.secretHash.isEmpty { secrets[holder.secretHash] = request }
    }

    private func armDeadline() {
        guard let next = engine.nextDeadline else {
            deadline?.task.cancel()
            deadline = nil
            return
        }
        guard deadline?.at != next else { return }
        deadline?.task.cancel()
        let delay = TimeAmount.nanoseconds(max(0, next.nanoseconds - Moment.now().boottime.nanoseconds))
        deadline = (
            next,
            loop.assumeIsolated().scheduleTask(in: delay) { [unowned self] in
                deadline = nil
                take(.deadlinePassed)
            }
        )
    }

    private func send(_ message: ServerMessage, _ answer: Answer, _ session: Session) {
        if case .granted = answer.body, let witness = answer.request.flatMap({ witnesses.takeUntold($0) }) {
            defer { Glibc.close(witness) }
            if session.connection.send(message, passing: witness) { return }
        }
        session.connection.send(message)
    }

    /// What the gate lets out.
    func deliver(_ ready: [Answer]) {
        for answer in ready {
            guard let session = sessions[answer.session], !session.isClosing else { continue }
            if let message = answers.message(for: answer, of: session) { send(message, answer, session) }
            if case .refused(let refusal) = answer.body { limitCounts.count(refusal) }
            if case .refused = answer.body, answer.request == session.asked.first { session.refused = session.asked }
            // 1.7.2's daemon half-closes here, and its clients wait for the end; closing at once is the same to them.
            if case .refused(.unknownResource) = answer.body, !session.isMarked { close(session) }
        }
    }
}
