internal import FlomModel

/// How often each limit has turned somebody away since the daemon began.
struct LimitCounts {
    var connections = 0
    var connectionsPerPeer = 0
    var connectionRate = 0
    var waiters = 0
    var resources = 0
    var unreadAnswers = 0
    /// How often accepting had to pause because descriptors are kept back.
    var descriptors = 0
    /// Whether the machine had none for somebody since that was looked at last.
    var hasLackedDescriptors = false

    mutating func count(_ refusal: Admission.Refusal) {
        switch refusal {
        case .connections: connections += 1
        case .perPeer: connectionsPerPeer += 1
        case .rate: connectionRate += 1
        }
    }

    /// After a request was refused; other reasons count nothing.
    mutating func count(_ refusal: Refusal) {
        switch refusal {
        case .queueFull: waiters += 1
        case .tooManyResources: resources += 1
        default: break
        }
    }
}
