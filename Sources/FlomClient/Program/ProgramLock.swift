internal import FlomCore
package import FlomModel
internal import FlomNet
internal import FlomNetCore
internal import FlomSystem
internal import FlomWire
internal import Glibc
internal import Synchronization

/// A lock of a program that this is linked into: asked for once, held, and let go of once.
///
/// Its session is used by one thread at a time, the one that has its turn: the thread that asks or lets go, the loop's, or a helper's.
/// All of it may be called from any thread.
package final class ProgramLock: @unchecked Sendable {
    /// Why there is no lock.
    package enum Failure: Error, Sendable {
        case refused(LockError)
        /// `cancel` was called.
        case cancelled
        /// The process was forked after the lock was made. It is the parent's.
        case ofParent
        /// The daemon is one of 1.7.2, which grants one resource at a time, and this asks for several.
        case oneAtATime
        /// What the library needs of the system cannot be had, in a sentence.
        case system(String)
    }

    /// What becomes of a lock while it is held.
    package enum Change: Sendable {
        /// The daemon is gone. The lock stands: this comes back to the daemon, or to the next one.
        case daemonLost
        case daemonBack
        case lost(LossReason)
        /// The lock was taken for lost, and is not.
        case heldAfterAll
    }

    /// What has become of a lock that was let go of.
    package enum End: Hashable, Sendable {
        case released
        /// It was lost before.
        case lost
        /// No daemon could be told within the time. This goes on trying, as long as the process lives.
        case untold
        /// The lock is the parent's, and stays as it is.
        case ofParent
    }

    enum Phase {
        case asks
        case held
        /// The daemon was told of the end, and confirms it by then.
        case ends(by: Deadline)
        /// The daemon was lost before it has confirmed the end. The next attempt to tell one is then.
        case seeksDaemon(at: Deadline)
        case over
    }

    package let endpoint: ProgramEndpoint
    package let terms: LockTerms
    let loop: LockLoop
    /// Tells this lock from others in the loop.
    let number: UInt64

    // Used by the thread that has the turn.
    let turn = Turn()
    let session: LockSession
    var phase = Phase.asks
    var failure: Failure?
    var isDaemonLost = false
    /// What has to be told when the turn is over.
    var changes: [Change] = []
    var isLost = false
    /// When the lock was let go of; nil before.
    var endsSince: Instant?
    private let notices: Notices

    // Used by the loop's thread.
    var timer: (at: Int64, version: UInt32) = (.max, 0)
    var isWithHelper = false

    // Under the loop's mutex.
    var freshIndex: Int?
    var freshSince: UInt32 = 0

    /// What other threads want of it.
    struct Wishes {
        /// How it shall end.
        var completion: Completion?
        /// Since when it shall end.
        var endsSince: Instant?
        var isCancelled = false
        /// Whether the asking is over.
        var isSettled = false
        var isDrivenByLoop = false
        var whenSettled: (@Sendable (Result<Void, Failure>) -> Void)?
        var whenEnded: [@Sendable (End) -> Void] = []
        var end: End?
        var wakeUp: WakeUp?
    }

    let wishes = Mutex(Wishes())
    private let news = Mutex(News())
    private let tell: (@Sendable (Change) -> Void)?

    /// What was granted, in the order of the terms; empty before.
    package private(set) var granted: [GrantedResource] = []

    /// - Parameters:
    ///   - description: the words of the program, for those who look at the queue or the history; nil if they are not to be known.
    ///   - tell: told of changes while the lock is held, on a thread of this library. It must not wait.
    package init(
        _ terms: LockTerms, at endpoint: ProgramEndpoint, description: [[UInt8]]? = nil, tell: (@Sendable (Change) -> Void)? = nil
    ) throws(Failure) {
        let loop = try LockLoop.current()
        guard let (number, secret) = loop.nextLock() else { throw .system(Host.noRandomBytes) }
        let credentials: TLSCredentials?
        do { credentials = try loop.credentials(for: endpoint) } catch { throw .refused(.connecting(.unreachable(error))) }
        let notices = Notices()
        self.notices = notices
        var terms = terms
        terms.runsNoCommand = true
        self.endpoint = endpoint
        self.terms = terms
        self.loop = loop
        self.tell = tell
        self.number = number
        session = LockSession(
            terms, over: endpoint.connector(credentials, isImpatient: terms.timeoutMilliseconds == 0),
            until: .starting(timeoutMilliseconds: terms.timeoutMilliseconds),
            asking: LockRequestMessage(terms, from: loop.client, secret: secret), describe: { description },
            notice: { notice, _ in notices.list.append(notice) })
        session.leavesConnection = true
        if let kept = loop.takeConnection(of: endpoint) { session.use(kept) }
    }

    /// What the session tells, until the step that it is told in is over.
    private final class Notices {
        var list: [LockNotice] = []
    }

    /// Whether this is still the process in which the lock was made.
    package var isOfThisProcess: Bool { loop.isOfThisProcess }

    // MARK: - Turns

    /// Ends the turn, and tells what has changed in it.
    func leaveTurn() {
        noteChanges()
        if changes.isEmpty { return turn.leave() }
        let latest = changes
        changes = []
        news.withLock { $0.changes += latest }
        turn.leave()
        tellNews()
    }

    /// Tells what is to be told, unless another thread is doing so: one at a time, so that all is told in its order.
    private func tellNews() {
        var isTelling = false
        while let change = news.withLock({ $0.next(isTelling) }) {
            isTelling = true
            tell?(change)
        }
    }

    private struct News {
        var changes: [Change] = []
        var isBeingTold = false

        /// - Parameter isTelling: whether it is the caller that has told what came before.
        mutating func next(_ isTelling: Bool) -> Change? {
            guard isTelling || !isBeingTold else { return nil }
            isBeingTold = !changes.isEmpty
            return isBeingTold ? changes.removeFirst() : nil
        }
    }

    /// Reads what the session has told.
    func noteChanges() {
        for notice in notices.list {
            switch notice {
            case .lost(let reason):
                isLost = true
                changes.append(.lost(reason))
            case .cannotReclaim:
                isLost = true
                let reason = "the connection is lost, and the daemon is one of FLoM 1.7.2, which gives the lock to others"
                changes.append(.lost(.told(reason)))
            case .heldAfterAll:
                isLost = false
                changes.append(.heldAfterAll)
            case .lostBeforeUnlock: isLost = true
            case .noRoom, .anotherJournal, .awaitsDaemon, .unlockUntold, .unlockUnconfirmed: break
            }
        }
        if !notices.list.isEmpty { notices.list = [] }
        guard case .held = phase, isDaemonLost != (session.descriptor == nil) else { return }
        isDaemonLost.toggle()
        if !isLost { changes.append(isDaemonLost ? .daemonLost : .daemonBack) }
    }

    /// The lock is granted. Call it with the turn.
    func noteGrant() {
        phase = .held
        granted = session.held.map { GrantedResource($0) }
    }
}

/// A resource that was granted to a program.
package struct GrantedResource: Sendable {
    package let part: LockPart
    package let element: [UInt8]?
    /// Nil with a daemon of 1.7.2. `requestID` likewise.
    package let token: FencingToken?
    package let requestID: String?

    init(_ held: HeldResource) {
        part = held.part
        element = held.element
        token = held.token
        requestID = held.requestID
    }
}
