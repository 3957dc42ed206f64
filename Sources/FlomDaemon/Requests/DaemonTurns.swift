internal import FlomCore
internal import FlomEngine
internal import FlomModel
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import NIOCore

/// One turn of the loop: inputs step the engine as they come; at the end their events are committed, and then the answers are
/// sent.
extension Daemon {
    func apply(_ input: Input) {
        guard turn.apply(input, at: .now(), &engine) else { return }
        // After everything that is readable now has been read, because the loop runs tasks after its I/O.
        loop.assumeIsolated().execute { [unowned self] in if turn.isOpen { endTurn() } }
    }

    /// Runs `work` when all inputs so far are decided, and committed if possible.
    func whenTurnEnds(_ work: @escaping () -> Void) {
        if turn.isOpen { afterTurn.append(work) } else { work() }
    }

    func endTurn() {
        turn.end()
        let now = Moment.now()
        // Inputs and waiting work that come while the answers leave belong to the next turn.
        let waiting = afterTurn
        if !waiting.isEmpty { afterTurn = [] }
        // Before anybody is told: a command that has its lock finds itself there.
        statusFiles?.changed()
        for event in turn.events { follow(event, at: now.boottime) }
        turn.forEachChange(
            isInUse: { engine.isInUse($0) },
            handOn: { change in
                marks?.note(change)
                gate.append(change)
            })
        gate.pass(turn.events, turn.answers, at: now) { [unowned self] in sessions[$0]?.state.isRemote }
        if !turn.answers.isEmpty {
            Trace.step(
                .daemon, "turn: \(turn.events.count) events, \(turn.answers.count) answers, \(sessions.count) sessions")
        }
        for request in turn.inquiries { inquiry.open(request, table.holders[request] ?? Holder(), .disconnected) }
        turn.ended()
        gate.tidyUp()
        armDeadline()
        reviewLife()
        for work in waiting { work() }
    }

    /// Updates what the daemon itself keeps about open requests.
    private func follow(_ event: Event, at now: Instant) {
        log(event)
        trace(event)
        monitor?.count(event, at: now)
        let next = table.follow(event) { [unowned self] in hasCommand($0) }
        if next.contains(.makeLivenessPipe) { livenessPipes.make(for: event.request) }
        if next.contains(.removeLivenessPipe) { livenessPipes.remove(event.request) }
        if next.contains(.closeInquiry) { inquiry.close(event.request) }
    }

    /// Whether the request's command runs already. For a lock that a restored journal did not know it does, and can no longer
    /// inherit a liveness pipe.
    private func hasCommand(_ request: RequestID) -> Bool {
        engine.session(of: request).flatMap { sessions[$0] }?.state.hasCommand == true
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
                apply(.deadlinePassed)
            }
        )
    }

    private func send(_ message: ServerMessage, _ answer: Answer, _ session: Session) {
        if case .granted = answer.body, let livenessPipe = answer.request.flatMap({ livenessPipes.takeUntold($0) }) {
            defer { Glibc.close(livenessPipe) }
            if session.connection.send(message, passing: livenessPipe) { return }
        }
        session.connection.send(message)
    }

    /// Sends the answers that the gate has released.
    func deliver(_ ready: [Answer]) {
        for answer in ready {
            guard let session = sessions[answer.session], !session.isClosing else { continue }
            if let message = answers.message(for: answer, of: session) { send(message, answer, session) }
            if case .refused(let refusal) = answer.body { limitCounts.countRequest(refusal) }
            if case .refused = answer.body, let asked = session.state.asked, answer.request == asked {
                session.refused = Session.Refused(request: asked, parts: session.state.askedParts)
            }
            // A daemon of 1.7.2 half-closes here, and its clients wait for the end; closing at once is the same to them.
            if case .refused(.unknownResource) = answer.body, !session.state.speaksExtension { close(session) }
        }
    }
}
