import FlomCore
import FlomModel

/// One conversation. Its two ends can fail by themselves.
final class Connection {
    let number: UInt64
    let client: ModelClient
    let incarnation: Int
    /// Words arrive in the order in which they were said.
    var lastArrival: Int64 = 0
    var lastAnswer: Int64 = 0
    var clientEndIsOpen = true
    var daemonEndIsOpen = true
    /// Whether messages on their way to the client still arrive.
    var carriesAnswers = true
    /// Whether messages on their way to the daemon are lost.
    var isCut = false

    init(_ number: UInt64, _ client: ModelClient, incarnation: Int) {
        self.number = number
        self.client = client
        self.incarnation = incarnation
    }

    /// What the daemon said before it ended.
    var departure = DaemonDeparture.unexplained

    var session: SessionID { SessionID(number) }
}

extension Connection: CustomStringConvertible {
    var description: String { "connection \(number) of \(client)" }
}

extension ModelClient: CustomStringConvertible {
    var description: String { "client \(id)" }
}

/// One resource that a client holds.
struct HeldPart {
    let request: Int64
    let token: FencingToken
    let element: [UInt8]?
}

/// A process that wants a lock and runs a command under it: flom of ours, flom 1.7.2, or a program with libflom.
final class ModelClient {
    /// A flom of ours is `asking` until it has its lock: what that means is known to its `Asking`.
    enum State { case beginning, asking, waiting, running, lettingGo, over }

    /// What is going to befall it; drawn when it begins.
    enum Fate {
        case none
        /// Each so long after its birth, whatever it is doing then.
        case isKilled(after: Int64)
        case losesConnection(after: Int64)
        /// While its command runs.
        case isKilledRunning(withCommand: Bool)
        /// After the command was started, before the daemon is told.
        case diesBeforeTelling
        case commandIsKilled
        case cannotStartCommand
    }

    let id: Int64
    let user: Int
    let isLocal: Bool
    let canResume: Bool
    let fate: Fate
    let process: ProcessIdentity
    /// What it asks for, one after the other on the same connection; only libflom does more than one.
    var requests: [LockRequest]
    /// What it asks for now; whoever can resume says it again until there is an answer.
    var request: LockRequest?
    let patience: Int64?
    /// The same in what a flom of ours decides by.
    let deadlines: RequestDeadlines
    let commandTime: Int64
    let completion: Completion
    /// How long the client lives on after it has lost the daemon while waiting.
    let linger: Int64
    /// Ends its command when it has to take its lock for lost.
    let killsOnLoss: Bool
    /// Says a second thing while the first is undecided, as no well-behaved client does.
    let isRude: Bool

    var state = State.beginning
    var connection: Connection?
    var isAlive = true
    /// The name that it asked for last.
    var boundName: ResourceName?
    var held: [HeldPart] = []
    var command: ProcessIdentity?
    var commandLives = false
    /// How it lets go, from then on.
    var unlocksAs = Completion.notStarted
    /// When its command can be found by its environment.
    var commandIsVisibleFrom: Int64 = 0
    /// Where it runs; of one on another host, which machine that is.
    var place = Place.host
    var machine: Machine?
    /// Under whose command it runs.
    var outer: ModelClient?
    /// The clients that run under its command; the command ends after them.
    var inner: Set<Int64> = []

    /// Its network is down until then.
    var cutOffUntil: Int64 = 0

    // A flom of ours decides by the product's own values.

    var asking = Asking()
    var holding = Holding(isLeaseless: false)
    var unlocking: Unlocking?
    var backOff = BackOff()
    /// How it has lost its daemon, and when.
    var departure = DaemonDeparture.unexplained
    var departedAt = Instant(nanoseconds: 0)
    /// Tells attempts to come back apart: only the newest counts.
    var attempt = 0
    var hasDescribed = false
    /// It is stopped until then: ^Z, a freezer.
    var stoppedUntil: Int64 = 0
    /// It has asked for what it holds, and hears nothing else before the answer.
    var isResuming = false

    init(
        id: Int64, user: Int, isLocal: Bool, canResume: Bool, fate: Fate, bornAt: Int64, requests: [LockRequest],
        mayWait: Bool, patience: Int64?, commandTime: Int64, completion: Completion, linger: Int64, killsOnLoss: Bool,
        isRude: Bool
    ) {
        self.id = id
        self.user = user
        self.isLocal = isLocal
        self.canResume = canResume
        self.fate = fate
        let timeout = patience.map { Int32(clamping: $0 / Style.millisecond + 1) } ?? (mayWait ? -1 : 0)
        deadlines = RequestDeadlines(timeoutMilliseconds: timeout, from: Instant(nanoseconds: bornAt))
        process = ProcessIdentity(pid: Int32(id), startTime: UInt64(bornAt / 10_000_000) + 1)
        self.requests = requests
        self.patience = patience
        self.commandTime = commandTime
        self.completion = completion
        self.linger = linger
        self.killsOnLoss = killsOnLoss
        self.isRude = isRude
    }
}
