package import FlomModel

// Machine-readable words for the engine's reasons, in the details of events and requests. They are public and never change.

extension Refusal {
    var word: String {
        switch self {
        case .busy: "busy"
        case .unknownResource: "unknown_resource"
        case .alreadyAsking: "already_asking"
        case .tokensUsedUp: "tokens_used_up"
        case .shutDown: "shut_down"
        case .impossible: "impossible"
        case .clockBehind: "clock_behind"
        case .stampsUsedUp: "stamps_used_up"
        case .notAllowed: "not_allowed"
        case .queueFull: "queue_full"
        case .tooManyResources: "too_many_resources"
        case .together: "together"
        case .overlapping: "overlapping"
        case .deadlock: "deadlock"
        }
    }

    /// The word and its subject, on one line.
    var words: String {
        switch self {
        case .together(let culprit): "\(word) \(culprit.number)"
        case .overlapping(let one, let other): "\(word) \(one.resource) \(other.resource)"
        case .deadlock(let links): links.reduce(word) { "\($0) \($1.waiter.number)>\($1.resource)>\($1.holder.number)" }
        case .busy, .unknownResource, .alreadyAsking, .tokensUsedUp, .shutDown, .impossible, .clockBehind, .stampsUsedUp,
            .notAllowed, .queueFull, .tooManyResources:
            word
        }
    }
}

extension Completion {
    var word: String {
        switch self {
        case .exited: "exited"
        case .signalled: "signalled"
        case .notStarted: "not_started"
        case .unlocked: "unlocked"
        case .disconnected: "disconnected"
        }
    }
}

extension Withdrawal {
    var word: String {
        switch self {
        case .hungUp: "hung_up"
        case .timedOut: "timed_out"
        case .unlocked: "unlocked"
        case .gone: "gone"
        case .cannotResume: "cannot_resume"
        case .shutDown: "shut_down"
        }
    }
}

extension Proof {
    package var word: String {
        switch self {
        case .processesEnded: "processes_ended"
        case .livenessPipeEnded: "witness_ended"
        case .hostRebooted: "host_rebooted"
        case .connectionLost: "connection_lost"
        case .notResumed: "not_resumed"
        }
    }

    /// The proof on one line: its word, followed by `pid@start` of each process, the two boot ids, or the time without a
    /// connection.
    var words: String {
        switch self {
        case .processesEnded(let processes):
            processes.reduce(word) { "\($0) \($1.pid)@\($1.startTime)" }
        case .livenessPipeEnded: word
        case .hostRebooted(let from, let to):
            "\(word) \(from) \(to)"
        case .connectionLost(let milliseconds), .notResumed(let milliseconds):
            "\(word) \(milliseconds)ms"
        }
    }
}
