internal import FlomModel

/// The number of times that each limit has refused something since the daemon began.
struct LimitCounts {
    var connections = 0
    var connectionsPerPeer = 0
    var connectionRate = 0
    var waiters = 0
    var resources = 0
    var unreadAnswers = 0
    /// The number of times that accepting had to pause because descriptors are kept back.
    var descriptors = 0
    /// Whether the machine had no descriptor for a connection since the last look.
    var hasLackedDescriptors = false

    mutating func countConnection(_ refusal: Admission.ExceededLimit) {
        switch refusal {
        case .connections: connections += 1
        case .perPeer: connectionsPerPeer += 1
        case .rate: connectionRate += 1
        }
    }

    /// Counts a request that was refused, if a limit was the reason.
    mutating func countRequest(_ refusal: Refusal) {
        switch refusal {
        case .queueFull: waiters += 1
        case .tooManyResources: resources += 1
        default: break
        }
    }
}
