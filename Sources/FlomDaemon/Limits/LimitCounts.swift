internal import FlomModel

/// How often each limit has refused something since the daemon started.
struct LimitCounts {
    var connections = 0
    var connectionsPerPeer = 0
    var connectionRate = 0
    var waiters = 0
    var resources = 0
    var unreadAnswers = 0
    /// How often accepting had to pause because descriptors are kept back.
    var descriptors = 0
    /// Whether a connection has failed for lack of a descriptor since the last look.
    var hasLackedDescriptors = false

    mutating func countConnection(_ refusal: Admission.ExceededLimit) {
        switch refusal {
        case .connections: connections += 1
        case .perPeer: connectionsPerPeer += 1
        case .rate: connectionRate += 1
        }
    }

    /// Counts a request that was refused because of a limit.
    mutating func countRequest(_ refusal: Refusal) {
        switch refusal {
        case .queueFull: waiters += 1
        case .tooManyResources: resources += 1
        default: break
        }
    }
}
