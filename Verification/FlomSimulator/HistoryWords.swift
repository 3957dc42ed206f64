import FlomChecker
import FlomEngine
import FlomModel

// What the engine says, in the words of a history. Nothing is judged here.

extension Fact {
    /// Nil for what the history does not need.
    init?(_ event: Event) {
        let number = event.request.number
        switch event.kind {
        case .requested(let request): self = .asked(Asked(number, request))
        case .queued: self = .queued(number)
        case .awaitingCreation: self = .awaitingCreation(number)
        case .granted(let token, let element): self = .granted(number, token: token.value, element: element)
        case .passedOver: self = .passedOver(number)
        case .described, .identified: return nil
        case .resumed: self = .resumed(number)
        case .broken: self = .ended(number, .broken)
        case .started: self = .started(number)
        case .released(.disconnected): self = .ended(number, .disconnected)
        case .released(let completion): self = .ended(number, .released(rollsBack: completion.rollsBack))
        case .withdrawn(let withdrawal): self = .ended(number, FlomChecker.Ending(withdrawal))
        case .refused(let refusal): self = .ended(number, .refused(.init(refusal)))
        case .orphaned: self = .orphaned(number)
        case .reclaimed(let proof): self = .ended(number, .reclaimed(.init(proof)))
        }
    }
}

extension Fact {
    /// Nil for what is about no request, and for what 1.7.2 is not told.
    init?(_ answer: Answer, speaksExtension: Bool) {
        guard let request = answer.request?.number else { return nil }
        switch answer.body {
        case .granted(let grant, _): self = .told(request, .granted(token: grant.token.value))
        case .queued, .awaitingCreation, .offered: self = .told(request, .waits)
        case .refused: self = .told(request, .ended)
        case .revoked, .released:
            guard speaksExtension else { return nil }
            self = .told(request, .ended)
        case .notHeld: return nil
        }
    }
}

extension Asked {
    init(_ number: Int64, _ request: LockRequest) {
        self.init(request: number, resource: request.resource.bytes, client: Int64(request.client.claimedPID ?? 0))
        mode = request.resource.kind.hasModes ? Mode(rawValue: request.mode.rawValue)! : .exclusive
        quantity = request.resource.kind.hasQuantity ? Int(request.quantity) : 1
        mayWait = request.mayWait
        mayCreate = request.mayCreate
        idleMilliseconds = Int64(request.idleLifespanMilliseconds)
        group = request.group?.number
        parent = request.parent?.number
        mayBeRefusedAsDeadlock = request.mayBeRefusedAsDeadlock && parent != nil
        isLeaseless = request.isLeaseless
    }
}

extension FlomChecker.Ending {
    init(_ withdrawal: Withdrawal) {
        switch withdrawal {
        case .hungUp: self = .hungUp
        case .timedOut: self = .timedOut
        case .unlocked: self = .unlocked
        case .gone(let proof): self = .gone(.init(proof))
        case .cannotResume: self = .cannotResume
        case .shutDown: self = .shutDown
        }
    }
}

extension FlomChecker.Ending.Evidence {
    init(_ proof: Proof) {
        switch proof {
        case .processesEnded: self = .processesEnded
        case .hostRebooted: self = .hostRebooted
        case .livenessPipeEnded: self = .livenessPipeEnded
        case .connectionLost: self = .connectionLost
        case .notResumed: self = .notResumed
        }
    }
}

extension FlomChecker.Ending.Refusal {
    init(_ refusal: Refusal) {
        switch refusal {
        case .busy: self = .busy
        case .unknownResource: self = .unknownResource
        case .alreadyAsking: self = .alreadyAsking
        case .impossible: self = .impossible
        // To a waiter this is an answer and no event.
        case .shutDown, .tokensUsedUp, .clockBehind, .stampsUsedUp, .notAllowed, .queueFull, .tooManyResources: self = .other
        case .together: self = .together
        case .overlapping: self = .overlapping
        case .deadlock: self = .deadlock
        }
    }
}
