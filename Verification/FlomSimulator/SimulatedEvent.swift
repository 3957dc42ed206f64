import FlomCore
import FlomEngine
import FlomModel

/// What can happen in the simulated world.
enum SimulatedEvent {
    // MARK: Clients
    case userComes(Int)
    case connects(ModelClient)
    case hearsAnswer(Connection, DaemonWord)
    /// Tries to reach the daemon again; a later attempt makes an earlier one void.
    case comesBack(ModelClient, attempt: Int)
    /// Has waited long enough for the answer on a connection.
    case missesAnswer(ModelClient, Connection)
    /// Looks after the lock under which its command runs.
    case tends(ModelClient)
    case startsInner(ModelClient)
    /// The client's end of its connection learns that the daemon's end is gone.
    case hearsLoss(Connection)
    case givesUp(ModelClient)
    case losesPatience(ModelClient)
    case commandEnds(ModelClient, signalled: Bool)
    /// Killed without a chance to say anything; with its command or without.
    case isKilled(ModelClient, withCommand: Bool)
    case connectionBreaks(ModelClient)
    /// While it waits.
    case isStopped(ModelClient, for: Int64)
    case exits(ModelClient)

    // MARK: The daemon. What belongs to one that is gone does not happen.
    case arrives(Connection, ClientWord)
    case hangsUp(Connection)
    case turnEnds(incarnation: Int)
    case deadlineComes(incarnation: Int, Instant)
    /// All up to this commit.
    case deviceHas(incarnation: Int, UInt64)
    case commitIsDue(incarnation: Int)
    case syncIsDue(incarnation: Int)
    case triesToWrite(incarnation: Int)
    case resourcesOpen(incarnation: Int)
    case processEndIsSeen(ProcessIdentity)
    case livenessPipeEndIsSeen(RequestID)
    case inquiryIsDue(incarnation: Int, HolderInquiry.Alarm)

    // MARK: Faults
    case daemonIsKilled
    case daemonIsStopped(Stop)
    case daemonStarts
    case wallClockIsSet(byMicroseconds: Int64)
    case hostReboots
    case powerIsLost
    /// Commits fail for so long; with 0 only the next one.
    case journalFails(Int64)
    case lockIsBroken
    /// A person looks after locks that only a person may end.
    case personLooksAround
}

/// What a client says to the daemon.
enum ClientWord {
    /// A lock request; `resumes` is the request for which a holder comes back.
    case lock(LockRequest, resumes: RequestID?)
    case confirm
    case unlock(ResourceName, Completion)
    case described
    case started(ProcessIdentity)
    case expired
}

/// What the daemon says to a client.
enum DaemonWord {
    case engine(Answer)
    /// Whether the lock that was granted late still stands.
    case confirmed(Bool)
    /// What the client comes back for is not its own any more.
    case lost
}

/// The orderly ways in which a daemon ends.
enum Stop: CaseIterable {
    /// By a signal: a restart without a successor.
    case signal
    /// Waiters are sent away, holders keep their locks.
    case atOnce
    /// A successor starts at once.
    case restart
    /// No new requests; the end comes with the last open one, and resources end with it.
    case drain
}

extension SimulatedEvent {
    /// The client that does it or hears it, unless that is stopped; nil for what happens all the same.
    var actor: ModelClient? {
        switch self {
        case .connects(let client), .comesBack(let client, _), .missesAnswer(let client, _), .losesPatience(let client): client
        case .hearsAnswer(let connection, _), .hearsLoss(let connection): connection.client
        default: nil
        }
    }

    /// For people who look at what went wrong.
    var words: String {
        switch self {
        case .hearsAnswer(let connection, .engine(let answer)):
            "\(connection.client) hears of \(answer.request?.number ?? 0): \(answer.body)"
        case .arrives(let connection, .lock(let request, let resumed)):
            """
            lock \(request.parts.map { "\($0.resource) \($0.mode.shortName) \($0.quantity)" }.joined(separator: " + "))\
            \(request.mayWait ? "" : " no-wait")\(request.mayCreate ? "" : " no-create")\
            \(resumed.map { " resumes \($0.number)" } ?? "") arrives on \(connection)
            """
        case .arrives(let connection, let word): "\(word) arrives on \(connection)"
        case .inquiryIsDue(_, .searchAgain(let request, _)): "searches for the command of \(request.number)"
        case .inquiryIsDue(_, .giveUp(let request, _, let proof)): "\(request.number) stays away: \(proof)"
        case .livenessPipeEndIsSeen(let request): "end of the liveness pipe of \(request.number) is seen"
        case .deviceHas(_, let commit): "device has what was committed up to \(commit)"
        case .processEndIsSeen(let process): "end of process \(process.pid) is seen"
        default: "\(self)"
        }
    }
}
