package import FlomCore
package import FlomModel
internal import FlomNet
internal import FlomNetCore
package import FlomSystem
package import FlomWire

/// A client's session with a daemon about one lock, over as many connections as it takes: ask and wait (`lock`), hold (`tend`), let go
/// (`unlock`).
///
/// A waiter that loses its connection finds its place again, a holder its lock, by the secret that was sent first. Not for several
/// threads.
package final class LockSession {
    package let connector: DaemonConnector
    let terms: LockTerms
    let deadlines: RequestDeadlines
    /// The command, for those who look at the queue or the history; nil if it is not to be known.
    let describe: () -> [[UInt8]]?
    let request: LockRequestMessage
    private let tell: (LockNotice, LockSession) -> Void
    /// Makes what shows the wait to the user, when the first answer says to wait. Nil where nobody looks.
    private let observe: (LockAnswer) -> (any WaitObserver)?
    var observer: (any WaitObserver)?

    /// Nil while the daemon is lost.
    var connection: ClientConnection?
    /// Whether the connection is one that an earlier lock has left, and nothing has been heard on it since.
    var isConnectionKept = false
    /// Whether the connection is left for the next lock.
    package var leavesConnection = false
    /// What the daemon has sent with the grant, so that any daemon sees that this lock has a holder.
    var livenessPipe: LivenessPipe?
    /// Whether the daemon has confirmed the marker, so that it is ours and the client can come back.
    var speaksExtension = false
    /// What the daemon said before it closed; nil if it said nothing.
    var closing: ClosingReason? {
        didSet { if closing != oldValue { departedAt = .now } }
    }
    private var departedAt = Instant(nanoseconds: 0)
    var backOff = BackOff()
    var hasDescribed = false
    /// Whether a daemon was there and had no room: it is asked again for as long as the terms wait.
    var hasBeenSentAway = false
    /// Whether a daemon has said that the lock is not free.
    var isQueued = false
    var queue = QueueJournal()
    /// Why the next daemon could not be started when that was tried last.
    var whyNotStarted: String?
    /// Connections that were closed before anything was said on them, over TLS.
    var unansweredConnections = 0

    /// The request in the daemon's journal, `JOURNAL:NUMBER`; nil as long as no daemon has told it.
    package var requestID: String?
    /// What has been granted: of several parts only one by a daemon of 1.7.2.
    package private(set) var held: [HeldResource] = []
    var asking = Asking()
    var stage = Stage.reaches
    var holding: Holding

    /// - Parameters:
    ///   - describe: called at most once, when the daemon needs the waiter's command.
    ///   - observe: called when the first answer says to wait.
    ///   - notice: told of what a user should know while it goes on.
    ///   - request: the first message, if it is not to be made anew.
    package init(
        _ terms: LockTerms, over connector: DaemonConnector, until deadlines: RequestDeadlines,
        asking request: LockRequestMessage? = nil, describe: @escaping () -> [[UInt8]]? = { nil },
        observe: @escaping (LockAnswer) -> (any WaitObserver)? = { _ in nil },
        notice: @escaping (LockNotice, LockSession) -> Void
    ) {
        self.terms = terms
        self.connector = connector
        self.deadlines = deadlines
        self.describe = describe
        self.observe = observe
        tell = notice
        holding = Holding(isLeaseless: terms.isLeaseless)
        self.request = request ?? LockRequestMessage(terms)
    }

    func notice(_ notice: LockNotice) { tell(notice, self) }

    // MARK: - The daemon

    var departure: DaemonDeparture { DaemonDeparture(closing) }

    /// Whether the next attempt to come back may start the next daemon.
    var mayStartNext: Bool { connector.startingRight.mayReplace(departure, since: departedAt, now: .now) }

    func confirmMarker() {
        speaksExtension = true
        isConnectionKept = false
        connection!.raiseFrameLimit()
    }

    /// Asks over a connection that an earlier lock has left to a daemon of flom. Call it before anything else.
    func use(_ kept: consuming ClientConnection) {
        connection = consume kept
        speaksExtension = true
        isConnectionKept = true
    }

    /// The connection, if `unlock` has left it for the next lock.
    func takeConnection() -> ClientConnection? { connection.take() }

    // MARK: - What was granted

    func note(_ answer: LockAnswer) {
        if let pipe = connection!.takeLivenessPipe() { livenessPipe = consume pipe }
        // A daemon that confirms the marker has been told of all.
        held = (speaksExtension ? terms.parts : [LockRequestMessage.canonicallyFirst(of: terms.parts)]).map { HeldResource($0) }
        held[0].element = answer.element
        held[0].token = answer.details?.token
        held[0].requestID = answer.details?.request
        for (index, other) in answer.others.enumerated() where index + 1 < held.count {
            held[index + 1].element = other.element
            held[index + 1].token = other.token
            held[index + 1].requestID = other.request
        }
        noteHowLongKept(answer)
    }

    /// Waiters too: a client that notices a cut later than the daemon comes back to a place that was given up.
    func noteHowLongKept(_ answer: LockAnswer) {
        holding.keptMilliseconds = answer.details?.keptMilliseconds
        noticeLossInTime()
    }

    func noticeLossInTime() {
        if let kept = holding.keptMilliseconds { connection?.noticeLoss(withinMilliseconds: kept / 2) }
    }

    func show(_ answer: LockAnswer) {
        if let observer { observer.waits(answer) } else { observer = observe(answer) }
    }

    // MARK: - The command

    /// Lets what the holder starts from now on keep the lock: the liveness pipe, and the connection of a lock that time ends.
    package func makeInheritable() {
        livenessPipe?.makeInheritable()
        if holding.keptMilliseconds != nil { connection?.makeInheritable() }
    }

    /// Tells the daemon what runs under the lock now.
    ///
    /// - Parameter command: its words; nil if they are not to be known.
    package func announce(_ process: ProcessIdentity, _ command: [[UInt8]]?) {
        guard speaksExtension else { return }
        running = (process, command)
        announce(again: false)
    }

    /// - Parameter again: to a daemon that may not have heard it before.
    func announce(again: Bool) {
        guard let (process, command) = running else { return }
        if let command, again || !hasDescribed {
            try? connection?.send(.describe(command: command), then: .started(process))
        } else {
            try? connection?.send(.started(process))
        }
        hasDescribed = true
    }

    private var running: (process: ProcessIdentity, command: [[UInt8]]?)?

    /// Tells the daemon which program holds the lock, if it does not know. For a holder that runs no command.
    package func describeHolder() {
        if speaksExtension { describeOnce() }
    }

    /// Describes the command, so that the queue and the history show what waits, holds, or could not run.
    func describeOnce() {
        guard !hasDescribed else { return }
        if let command = describe() { try? connection?.send(.describe(command: command)) }
        hasDescribed = true
    }
}

/// Shows a wait to the user, and may ask the daemon about it over the waiting connection: nothing is connected or waited for that could
/// hold up the grant.
package protocol WaitObserver: AnyObject {
    /// What the daemon says of the wait by itself, when the client has come back.
    func waits(_ answer: LockAnswer)
    /// When `questions` has something to do.
    var due: Deadline { get }
    /// What the daemon is to be asked now.
    func questions() -> [ClientMessage]
    /// The answer to a question.
    func heard(_ page: HistoryPage)
    /// A question is refused: none is asked any more.
    func heardRefusal()
    func disconnected()
    func granted()
    /// The wait is over, whatever has come of it.
    func ended()
}

extension DaemonDeparture {
    /// - Parameter closing: what the daemon has said; nil if it said nothing.
    init(_ closing: ClosingReason?) {
        self =
            switch closing {
            case nil: .unexplained
            case .stopped: .stopped
            case .restart: .restarting
            case .shutdown: .shutDown
            case .idle: .idle
            case .crowded, .full: .noRoom
            }
    }
}
