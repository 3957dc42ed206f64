internal import FlomModel

/// The change that an event makes to the row of its request.
enum RequestChange {
    case asked(LockRequest)
    /// The request joined the queue, or waits for the resource's creation.
    case waits(RequestOutcome)
    case granted(FencingToken, element: [UInt8]?)
    case described([[UInt8]])
    case started(ProcessIdentity)
    case orphaned
    /// Also for a waiter that was passed over: it waits as before.
    case resumed
    case identified(ProcessIdentity?)
    case ended(RequestEnd)

    init(_ kind: Event.Kind) {
        self =
            switch kind {
            case .requested(let request): .asked(request)
            case .queued: .waits(.waiting)
            case .awaitingCreation: .waits(.awaitingCreation)
            case .granted(let token, let element): .granted(token, element: element)
            case .described(let command): .described(command)
            case .started(let process): .started(process)
            case .orphaned: .orphaned
            case .resumed, .passedOver: .resumed
            case .identified(let process): .identified(process)
            case .broken(let person, let reason):
                .ended(RequestEnd(outcome: .broken, detail: reason.isEmpty ? "by \(person)" : "by \(person): \(reason)"))
            case .released(let completion): .ended(RequestEnd(completion))
            case .withdrawn(let withdrawal): .ended(RequestEnd(withdrawal))
            case .refused(let refusal): .ended(RequestEnd(outcome: .refused, detail: refusal.words))
            case .reclaimed(let proof): .ended(RequestEnd(outcome: .reclaimed, detail: proof.words))
            }
    }
}

/// The end of a request.
struct RequestEnd {
    var outcome: RequestOutcome
    var exitStatus: UInt8?
    var signal: Int32?
    /// The reason in machine-readable words, if the outcome alone does not say it.
    var detail: String?
}

extension RequestEnd {
    init(_ completion: Completion) {
        self.init(outcome: .released)
        switch completion {
        case .exited(let status): exitStatus = status
        case .signalled(let signal): self.signal = signal
        case .unlocked(let rollback): detail = rollback ? "unlocked rollback" : "unlocked"
        case .notStarted, .disconnected: detail = completion.word
        }
    }

    init(_ withdrawal: Withdrawal) {
        self.init(outcome: withdrawal == .timedOut ? .timedOut : .withdrawn)
        switch withdrawal {
        case .hungUp, .unlocked, .cannotResume, .shutDown: detail = withdrawal.word
        case .gone(let proof): detail = "\(withdrawal.word) \(proof.words)"
        case .timedOut: break
        }
    }
}
