import FlomModel

/// What a journal would have recorded: the open requests as they follow from the engine's events, and nothing that the engine
/// did not say. Complains about a history that contradicts itself.
struct RecordedJournal {
    struct Contradiction: Error, CustomStringConvertible {
        let description: String
    }

    /// By request number.
    private(set) var open: [OpenRequest] = []
    private(set) var newestRequest: Int64 = 0
    private(set) var newestToken = FencingToken(0)
    /// The resources that exist, and the last stamps, as the engine told.
    private(set) var living: [ResourceName: StoredResource] = [:]
    private(set) var lastStamps: [ResourceName: TimestampValue] = [:]
    /// Asked in this step and not yet decided.
    private var undecided: Set<RequestID> = []

    /// However many resources a request is for.
    var openRequestCount: Int { open.count { $0.request.group == nil || $0.request.group == $0.id } }
    var holders: [OpenRequest] { open.filter { if case .held = $0.phase { true } else { false } } }
    var waiters: [OpenRequest] { open.filter { $0.phase == .waiting } }
    var awaitingCreation: [OpenRequest] { open.filter { $0.phase == .awaitingCreation } }

    func find(_ id: RequestID) -> OpenRequest? { open.first { $0.id == id } }

    /// The events of one step.
    mutating func append(_ events: [Event], at now: Instant) throws(Contradiction) {
        for event in events { try append(event, at: now) }
        try endStep()
    }

    mutating func append(_ lives: [ResourceChange]) {
        for change in lives {
            switch change {
            case .lives(let resource):
                living[resource.name] = resource
                if case .timestamp(_, let last?) = resource.state { lastStamps[resource.name] = last }
            case .ended(let name): living[name] = nil
            case .allEnded: living = [:]
            }
        }
    }

    /// As the store would give it back: the last stamp stands in a table of its own.
    var recovered: [StoredResource] {
        living.values.map { resource in
            guard case .timestamp(let first, _) = resource.state else { return resource }
            var resource = resource
            resource.state = .timestamp(firstShown: first, last: nil)
            return resource
        }
    }

    func endStep() throws(Contradiction) {
        if let id = undecided.min() { throw Contradiction(description: "request \(id.number) was asked and never decided") }
    }

    mutating func append(_ event: Event, at now: Instant) throws(Contradiction) {
        func contradiction(_ what: String) -> Contradiction {
            Contradiction(description: "request \(event.request.number): \(event.kind), but \(what)")
        }
        if case .requested(let request) = event.kind {
            guard event.request.number > newestRequest else { throw contradiction("the newest is \(newestRequest)") }
            newestRequest = event.request.number
            undecided.insert(event.request)
            open.append(OpenRequest(id: event.request, request: request, phase: .waiting, askedAt: now))
            return
        }
        guard let place = open.firstIndex(where: { $0.id == event.request }) else { throw contradiction("it is not open") }
        let isNew = undecided.contains(event.request)
        let isHeld = if case .held = open[place].phase { true } else { false }

        switch event.kind {
        case .requested: break
        case .queued:
            guard isNew || open[place].phase == .awaitingCreation else { throw contradiction("it has its place already") }
            open[place].phase = .waiting
            open[place].queuedAt = now
        case .awaitingCreation:
            guard isNew else { throw contradiction("it is not new") }
            open[place].phase = .awaitingCreation
            open[place].queuedAt = now
        case .granted(let token, let element):
            guard !isHeld else { throw contradiction("it holds already") }
            guard newestToken < token else { throw contradiction("token \(newestToken.value) was given before") }
            newestToken = token
            open[place].phase = .held(token)
            open[place].grantedAt = now
            open[place].element = element
        case .described(let command): open[place].commandLine = command
        case .started(let process):
            guard isHeld else { throw contradiction("it holds nothing") }
            open[place].command = process
        case .orphaned:
            guard isHeld else { throw contradiction("it holds nothing") }
            open[place].isOrphan = true
        case .refused:
            guard !isHeld else { throw contradiction("it holds already") }
            open.remove(at: place)
        case .withdrawn:
            guard !isNew else { throw contradiction("it is new") }
            open.remove(at: place)
        case .resumed: open[place].isOrphan = false
        case .passedOver:
            guard open[place].phase == .waiting else { throw contradiction("it does not wait") }
        case .identified: open[place].command = nil
        case .broken: open.remove(at: place)
        case .released, .reclaimed:
            guard isHeld else { throw contradiction("it holds nothing") }
            open.remove(at: place)
        }
        // A replaced request ends between the question and the decision of the new one.
        undecided.remove(event.request)
    }
}
