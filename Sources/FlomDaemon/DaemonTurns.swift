internal import FlomEngine
internal import FlomNet
internal import FlomSystem
internal import FlomWire
internal import NIOCore

/// One turn of the loop: inputs step the engine as they come; at the end what they did is committed and then told.
extension Daemon {
    func now() -> Moment {
        Moment(
            boottime: Instant(nanoseconds: Clock.boottimeNanoseconds()), wallMicroseconds: Clock.wallMicroseconds())
    }

    func take(_ input: Input) {
        engine.step(input, at: now(), into: &effects)
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
        for event in effects.events { follow(event) }
        for change in effects.lives { gate.append(change) }
        gate.pass(effects.events, effects.answers) { [unowned self] answer in needsDevice(answer) }
        let inquiries = effects.inquiries
        effects.removeAll()
        for request in inquiries {
            inquiry.open(request, processes[request] ?? HolderProcesses(), absence: .disconnected)
        }
        if gate.failure != nil { retryLater() }
        gate.tidyUp()
        armDeadline()
        reviewLife()
    }

    /// A grant to another host, which could outlive a power loss of this one, and a number that must never come again.
    private func needsDevice(_ answer: Answer) -> Bool {
        guard let session = sessions[answer.session] else { return false }
        let isDurable = session.boundName?.kind.hasDurableElements == true
        return switch answer.body {
        case .granted: session.isRemote || isDurable
        case .released: isDurable
        case .queued, .awaitingCreation, .refused, .notHeld: false
        }
    }

    /// Keeps what the shell itself must know of open requests.
    private func follow(_ event: Event) {
        switch event.kind {
        case .requested(let request):
            if request.client.canResume {
                processes[event.request] = HolderProcesses(client: request.client.process, isLocal: request.client.isLocal)
            }
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
        let delay = TimeAmount.nanoseconds(max(0, next.nanoseconds - now().boottime.nanoseconds))
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

    /// What the gate lets out.
    func deliver(_ ready: [Answer]) {
        for answer in ready {
            guard let session = sessions[answer.session], !session.isClosing else { continue }
            if let message = answers.message(for: answer, of: session) { session.connection.send(message) }
            if case .refused = answer.body { session.refused = answer.request }
            // 1.7.2's daemon half-closes here, and its clients wait for the end; closing at once is the same to them.
            if case .refused(.unknownResource) = answer.body, !session.isMarked { close(session) }
        }
    }
}
